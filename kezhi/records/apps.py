"""What Django needs to know of this app."""

from importlib import import_module

from django.apps import AppConfig


class RecordsConfig(AppConfig):
    """Loads what the app registers once all models are there."""

    name = "kezhi.records"
    label = "records"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        for module in (
            "kezhi.records.figures",
            "kezhi.records.listing.figures",
            "kezhi.records.kinds",
            "kezhi.records.linking",
            "kezhi.records.handover",
            "kezhi.records.settings_pages",
            "kezhi.records.view_readings",
        ):
            import_module(module)
