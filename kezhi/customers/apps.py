"""What Django needs to know of this app."""

from importlib import import_module

from django.apps import AppConfig


class CustomersConfig(AppConfig):
    """Loads what the app registers once all models are there."""

    name = "kezhi.customers"
    label = "customers"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        for module in (
            "kezhi.customers.figures",
            "kezhi.customers.figures_pool",
            "kezhi.customers.defaults.lists",
            "kezhi.customers.defaults.pool_lists",
            "kezhi.customers.defaults.pool_rules",
            "kezhi.customers.defaults.rules",
            "kezhi.customers.defaults.review_rules",
            "kezhi.customers.rule_actions",
            "kezhi.customers.actions_pool",
            "kezhi.customers.record_types",
            "kezhi.customers.merging",
            "kezhi.customers.promises",
            "kezhi.customers.operations.consents",
            "kezhi.customers.jobs",
            "kezhi.customers.correspondence",
            "kezhi.customers.defaults.mail_rules",
            "kezhi.customers.recalling",
            "kezhi.customers.operations.pool_terms",
            "kezhi.customers.pages",
            "kezhi.customers.pages_pool",
            "kezhi.customers.importing",
        ):
            import_module(module)
