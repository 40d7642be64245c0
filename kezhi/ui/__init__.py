"""The look and feel: base templates, components, styles, scripts, template tags. Has no models; imports core only."""
