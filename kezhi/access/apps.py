from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "kezhi.access"
    label = "access"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from kezhi.access import figures, first_steps, kinds, settings_pages  # noqa: F401 - they register themselves
        from kezhi.access.operations.preferences import keep_preferences
        from kezhi.ui.preferences import register_preference_saver

        register_preference_saver(keep_preferences)
