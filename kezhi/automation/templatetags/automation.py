"""The way from any button to a rule that does it by itself."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django import template
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from kezhi.ui.templatetags.ui import icon_button

register = template.Library()


@register.simple_tag(takes_context=True)
def automate(context: Mapping[str, Any], record_type: str, on: str, field: str = "", event: str = "") -> SafeString:
    """A bolt beside an act of a page: a new rule with its trigger filled in, for those who write rules.

    ``on`` is how the rule starts (changed, created, event …), ``field`` or ``event`` what the act changes or records.
    """
    actor = getattr(context.get("request"), "actor", None)
    if actor is None or not actor.allows("automation", "edit"):
        return SafeString("")
    given = {"record_type": record_type, "on": on, "field": field, "event": event}
    url = f"{reverse('automation:rule_new')}?{urlencode({key: value for key, value in given.items() if value})}"
    return icon_button("bolt", gettext("为这件事写一条规则"), href=url, sheet=True)
