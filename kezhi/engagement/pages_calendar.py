"""What stands in the calendar beside tasks, and its place in the rail (FUP-9)."""

from django.utils.translation import gettext_lazy as _

from kezhi.sales.models import Contract, Instalment
from kezhi.ui.navigation import NavItem, register_nav
from kezhi.work.calendar import date_source, register_calendar_source

# Of contracts what holds, of their money what is still to come.
_SIGNED = Contract.State.SIGNED
_RUNNING = (_SIGNED, Contract.State.FINISHED)
_UNPAID = (Instalment.State.PLANNED, Instalment.State.PARTLY)

register_calendar_source("cadence", date_source("customer", "cadence_next_on", _("计划联系"), "refresh"))
register_calendar_source("contract", date_source("contract", "ends_on", _("合同到期"), "file", state__in=_RUNNING))
register_calendar_source(
    "instalment",
    date_source(
        "instalment", "due_on", _("应收款"), "clock", of="contract", state__in=_UNPAID, contract__state=_SIGNED
    ),
)
register_nav(NavItem("calendar", _("日历"), "calendar", "engagement:calendar", 54))
