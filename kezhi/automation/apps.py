"""What Django needs to know of this app."""

from importlib import import_module

from django.apps import AppConfig


class AutomationConfig(AppConfig):
    """Loads what the app registers once all models are there."""

    name = "kezhi.automation"
    label = "automation"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        for module in (
            "kezhi.automation.figures",
            "kezhi.automation.subjects",
            "kezhi.automation.kinds",
            "kezhi.automation.naming",
            "kezhi.automation.actions",
            "kezhi.automation.jobs",
            "kezhi.automation.undone",
            "kezhi.automation.settings_pages",
        ):
            import_module(module)
