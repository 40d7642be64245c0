"""What Django needs to know of this app."""

from importlib import import_module

from django.apps import AppConfig


class EngagementConfig(AppConfig):
    """Loads what the app registers once all models are there."""

    name = "kezhi.engagement"
    label = "engagement"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        for module in (
            "kezhi.engagement.figures",
            "kezhi.engagement.figures_cadence",
            "kezhi.engagement.promises",
            "kezhi.engagement.defaults.lists",
            "kezhi.engagement.defaults.rules",
            "kezhi.engagement.defaults.promise_rules",
            "kezhi.engagement.defaults.mail_rules",
            "kezhi.engagement.defaults.cadence_rules",
            "kezhi.engagement.actions_cadence",
            "kezhi.engagement.cadence",
            "kezhi.engagement.record_types",
            "kezhi.engagement.pages",
            "kezhi.engagement.pages_cadence",
            "kezhi.engagement.pages_calendar",
        ):
            import_module(module)
