"""The comparison of sources as a file, as one reader may see it; logged with its reason (DATA-2, LEAD-6)."""

import tempfile
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kezhi.access.actors import Actor
from kezhi.access.policies import require_area
from kezhi.core.clock import local, now
from kezhi.core.events import EventDraft, EventKind, record_event, register_event_kind
from kezhi.core.values.problem import ValueProblem
from kezhi.exchange.writing import Cell, sheet_writer
from kezhi.sales.forecast.asked import plus_months
from kezhi.sales.forecast.sources import SourceRow, SourcesPage

SOURCES_EXPORTED = EventKind("sources.exported", gettext_lazy("导出了来源对比"), icon="download", family="access")
register_event_kind(SOURCES_EXPORTED)
_SHORTEST_REASON = 2


def export_sources(page: SourcesPage, reason: str, *, actor: Actor) -> bytes:
    """The rows of the page as CSV, signed with who took it and why.

    Raises:
        NotAllowed: the actor may not export sources.
        ValueProblem: no reason was given.
    """
    require_area(actor, "lead_source", "export")
    reason = reason.strip()[:200]
    if len(reason) < _SHORTEST_REASON:
        raise ValueProblem("export.reason", _("请写明导出的用途，它会和导出记录一起保存。"))
    asked = page.asked
    span = f"{asked.first:%Y-%m} – {plus_months(asked.end, -1):%Y-%m}"
    title = _("来源对比 %(span)s") % {"span": span}
    signed = _("%(who)s 于 %(when)s 导出：%(what)s。用途：%(why)s") % {
        "who": actor.rights.name,
        "when": local(now()).strftime("%Y-%m-%d %H:%M"),
        "what": title,
        "why": reason,
    }
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "sources.csv"
        writer = sheet_writer("csv", path, title=title, watermark=signed, author=actor.rights.name)
        writer.headings(_headings(page))
        channel = ""
        for row in page.rows:
            channel = row.label if row.depth == 0 else channel
            writer.row(_cells(page, row, channel))
        writer.row(_cells(page, page.total, page.total.label))
        writer.close()
        content = path.read_bytes()
    with transaction.atomic():
        record_event(
            EventDraft(
                SOURCES_EXPORTED.key,
                "user",
                actor.user_id or 0,
                actor.ref,
                facts={"count": len(page.rows), "reason": reason, "what": title},
            )
        )
    return content


def _headings(page: SourcesPage) -> list[str]:
    return [
        _("渠道"),
        _("来源"),
        _("线索"),
        *([_("有效客户"), _("转化率")] if page.has_effective else []),
        *([_("成交金额")] if page.has_won else []),
        *([_("费用"), _("每条线索花费")] if page.has_cost else []),
        *([_("回报（成交 ÷ 费用）")] if page.has_cost and page.has_won else []),
    ]


def _cells(page: SourcesPage, row: SourceRow, channel: str) -> list[Cell]:
    brought = row.brought
    rate = "" if brought.rate is None else f"{brought.rate}%"
    return [
        channel,
        row.label if row.depth else "",
        brought.leads,
        *([brought.effective, rate] if page.has_effective else []),
        *([brought.won] if page.has_won else []),
        *([brought.cost, brought.per_lead] if page.has_cost else []),
        *([brought.times] if page.has_cost and page.has_won else []),
    ]
