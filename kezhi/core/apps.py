from importlib import import_module

from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "kezhi.core"
    label = "core"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Figures register themselves when their module is imported; they need the models, so not any earlier.
        import_module("kezhi.core.operation_figures")
        import_module("kezhi.core.workdays")
