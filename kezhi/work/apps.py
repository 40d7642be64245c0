"""What Django needs to know of this app."""

from importlib import import_module

from django.apps import AppConfig


class WorkConfig(AppConfig):
    """Loads what the app registers once all models are there."""

    name = "kezhi.work"
    label = "work"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        for module in (
            "kezhi.work.figures",
            "kezhi.work.notices",
            "kezhi.work.inbox_places",
            "kezhi.work.defaults",
            "kezhi.work.record_types",
            "kezhi.work.pages",
            "kezhi.work.deadlines_following",
            "kezhi.work.deadlines_jobs",
            "kezhi.work.deadlines_pages",
        ):
            import_module(module)
