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
            "kezhi.work.approval_figures",
            "kezhi.work.approval_policy",
            "kezhi.work.approval_kinds",
            "kezhi.work.programs",
            "kezhi.work.notices",
            "kezhi.work.notices_lookups",
            "kezhi.work.notices_standing_in",
            "kezhi.work.standing_in_told",
            "kezhi.work.inbox_places",
            "kezhi.work.defaults",
            "kezhi.work.record_types",
            "kezhi.work.pages",
            "kezhi.work.undone",
            "kezhi.work.deadlines_policy",
            "kezhi.work.deadlines_following",
            "kezhi.work.deadlines_jobs",
            "kezhi.work.deadlines_pages",
            "kezhi.work.approvals",
            "kezhi.work.approval_requests",
            "kezhi.work.approval_deletion",
            "kezhi.work.approval_links",
            "kezhi.work.approval_replies",
            "kezhi.work.approval_places",
            "kezhi.work.approval_jobs",
            "kezhi.work.approval_handover",
        ):
            import_module(module)
