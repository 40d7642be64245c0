"""Where the forecast stands in the rail."""

from django.utils.translation import gettext_lazy as _

from kezhi.ui.navigation import NavItem, register_nav

register_nav(
    NavItem(
        "forecast",
        _("销售预测"),
        "chart",
        "/forecast/",
        40,
        allowed=lambda actor: actor is not None and actor.allows("opportunity", "view"),
    )
)
register_nav(
    NavItem(
        "sources",
        _("来源对比"),
        "chart",
        "/forecast/sources/",
        38,
        allowed=lambda actor: actor is not None and actor.allows("lead", "view"),
        minor=True,
    )
)
