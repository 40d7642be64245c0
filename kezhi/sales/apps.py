"""What Django needs to know of this app."""

from importlib import import_module

from django.apps import AppConfig


class SalesConfig(AppConfig):
    """Loads what the app registers once all models are there."""

    name = "kezhi.sales"
    label = "sales"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        for module in (
            "kezhi.sales.figures",
            "kezhi.sales.figures_leads",
            "kezhi.sales.figures_quotes",
            "kezhi.sales.defaults.lists",
            "kezhi.sales.defaults.pipelines",
            "kezhi.sales.defaults.views_leads",
            "kezhi.sales.promises_leads",
            "kezhi.sales.actions_leads",
            "kezhi.sales.defaults.rules_leads",
            "kezhi.sales.record_types",
            "kezhi.sales.figures_contracts",
            "kezhi.sales.lifecycle",
            "kezhi.sales.facts_contracts",
            "kezhi.sales.purchases",
            "kezhi.sales.operations.orders",
            "kezhi.sales.promises_contracts",
            "kezhi.sales.clocks_contracts",
            "kezhi.sales.actions_contracts",
            "kezhi.sales.defaults.rules_contracts",
            "kezhi.sales.defaults.views_contracts",
            "kezhi.sales.approvals_quotes",
            "kezhi.sales.approvals_stages",
            "kezhi.sales.quote_rows",
            "kezhi.sales.jobs_quotes",
            "kezhi.sales.defaults.rules_quotes",
            "kezhi.sales.timeline_quotes",
            "kezhi.sales.views.quote_public",
            "kezhi.sales.pages_quotes",
            "kezhi.sales.pages",
            "kezhi.sales.figures_pipelines",
            "kezhi.sales.facts_pipelines",
            "kezhi.sales.kinds_pipelines",
            "kezhi.sales.actions_pipelines",
            "kezhi.sales.defaults.rules_pipelines",
            "kezhi.sales.defaults.rules_introducing",
            "kezhi.sales.defaults.views_pipelines",
            "kezhi.sales.settings_pipelines",
            "kezhi.sales.pages_pipelines",
            "kezhi.sales.pages_contracts",
            "kezhi.sales.pages_leads",
            "kezhi.sales.importing",
            "kezhi.sales.words_leads",
            "kezhi.sales.words_rules",
            "kezhi.sales.jobs_leads",
            "kezhi.sales.mail_leads",
            "kezhi.sales.defaults.rules_mail",
            "kezhi.sales.source_facts",
            "kezhi.sales.forecast.figures",
            "kezhi.sales.pages_forecast",
            "kezhi.sales.forecast.source_export",
        ):
            import_module(module)
