"""What deadlines put on other apps' pages: chips on records, in lists and on boards, a section of Today, places."""

from typing import Any

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor
from kezhi.access.settings_sections import register_section as register_settings_section
from kezhi.core.clock import now
from kezhi.records.listing.marks import register_marks
from kezhi.records.slots import Place, register_slot
from kezhi.ui.navigation import NavItem, register_nav
from kezhi.work import deadlines_timeline  # noqa: F401 - says what events mean
from kezhi.work.deadlines_chips import Chip, chips_for, list_marks
from kezhi.work.deadlines_list import Row, deadline_rows, own_pressing
from kezhi.work.today import Act, Decision, Section, register_section

_SHOWN = 20


def _line(place: Place) -> SafeString | None:
    if place.record is None:
        return None
    chips = chips_for(place.record_type.key, [place.record.pk]).get(place.record.pk, ())
    return SafeString("".join(f"<span>{chip.html(href=_address(chip))}</span>" for chip in chips)) or None


def _address(chip: Chip) -> str:
    return reverse("work:deadline", args=[chip.deadline_id])


def _pressing(actor: Actor) -> Section | None:
    """One's own promises that are broken or run out within a day; those of tasks stand among the tasks."""
    moment = now()
    rows = own_pressing(actor, moment, but_types=("task",))
    found = list(rows[: _SHOWN + 1])
    if not found:
        return None
    count = len(found) if len(found) <= _SHOWN else rows[:1000].count()
    decisions = [_decision(row) for row in deadline_rows(found[:_SHOWN], actor, moment)]
    return Section("deadlines", _("快到期和已逾期的承诺"), decisions, count, reverse("work:deadlines"))


def _decision(row: Row) -> Decision:
    return Decision(
        state=row.chip.state,
        when=row.chip.words,
        title=row.title,
        url=row.url or row.address,
        why=row.chip.label,
        act=Act(_("去办"), row.url or row.address),
        person=row.owner,
        chip=row.chip.html(with_label=False),
        more=(Act(_("计时详情"), row.address, sheet=True),),
    )


def _signed_in(actor: Any) -> bool:
    return actor is not None


register_marks(list_marks)
register_slot("record.line", "*", _line, order=20)
register_section(_pressing, order=15)
register_nav(NavItem("deadlines", _("时限"), "clock", "work:deadlines", 56, allowed=_signed_in, minor=True))
register_settings_section(
    "deadlines",
    _("时限"),
    "clock",
    "work:deadline_terms",
    "settings.figures",
    45,
    group="process",
    help=_("首次联系、下一步、审核等承诺多久内完成、什么时候提醒、逾期报给谁。"),
)
