"""What Django needs to know of this app."""

from importlib import import_module

from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    """Loads what the app registers once all models are there."""

    name = "kezhi.exchange"
    label = "exchange"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        for module in (
            "figures",
            "connection_figures",
            "kinds",
            "export_approval",
            "navigation",
            "settings_pages",
            "people.link",
            "channels.kinds",
            "webhooks.fan_out",
            "rule_actions",
            "mailboxes.figures",
            "mailboxes.fetching",
            "mailboxes.words",
        ):
            import_module(f"kezhi.exchange.{module}")
