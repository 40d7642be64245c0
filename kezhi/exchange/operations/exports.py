"""Taking a list out of the house: asked for with a reason, made as a job, fetched by whoever asked (DATA-2)."""

from collections.abc import Iterator, Sequence

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor
from kezhi.access.models import FieldLevel
from kezhi.access.policies import NotAllowed, require_area
from kezhi.core.clock import now
from kezhi.core.conditions import sentence, to_json
from kezhi.core.events import EventDraft, record_event
from kezhi.core.jobs import Priority, enqueue
from kezhi.core.values.problem import ValueProblem
from kezhi.exchange import kinds, storage
from kezhi.exchange.export_approval import ask, must_ask
from kezhi.exchange.jobs import make_export
from kezhi.exchange.models import ExportRun, ExportState
from kezhi.exchange.reach import reach_is_held
from kezhi.records.fields.base import ParseContext
from kezhi.records.fields.plain import refuse_sensitive
from kezhi.records.listing.query import ListRequest
from kezhi.records.listing.totals import count_capped
from kezhi.records.registry import record_type

_SHORTEST_REASON = 2
_MOST_IDS = 10_000


@transaction.atomic
def start_export(
    request: ListRequest,
    *,
    columns: Sequence[str],
    format_name: str,
    reason: str,
    ids: Sequence[int] = (),
    actor: Actor,
    in_background: bool = True,
) -> ExportRun:
    """Order the file of a list: its condition, order and columns, or only the records named.

    With personal values in the clear, where a flow asks for it, the export waits (``asking``) until somebody agreed.
    Whoever writes the file themselves (``kezhi export``) says that it is not to be made ``in_background``.

    Raises:
        NotAllowed: the actor may not export records of this type.
        ValueProblem: no reason, no column, or a column the actor may not know of.
    """
    known = request.record_type
    require_area(actor, known.key, "export")
    if actor.user_id is None:
        raise NotAllowed(subject=known.key, action="export")
    if len(reason.strip()) < _SHORTEST_REASON:
        raise ValueProblem("export.reason", _("请写明导出的用途，它会和导出记录一起保存。"))
    refuse_sensitive(reason, ParseContext(actor))
    if format_name not in ("xlsx", "csv"):
        raise ValueProblem("export.format", _("只能导出为 xlsx 或 CSV。"))
    wanted = list(dict.fromkeys(columns))
    for key in wanted:
        if known.field(key) is None or known.level(key, actor) == FieldLevel.HIDDEN:
            raise ValueProblem("export.column", _("没有“%(key)s”这一列"), {"key": key})
    if not wanted:
        raise ValueProblem("export.columns", _("请至少选择一列。"))
    if len(ids) > _MOST_IDS:
        raise ValueProblem("export.ids", _("选中的记录太多，请改用筛选条件。"))
    must_wait = must_ask(known, wanted, actor)
    run = ExportRun.objects.create(
        record_type=known.key,
        user_id=actor.user_id,
        format=format_name,
        condition={"tree": to_json(request.condition), "text": request.text},
        condition_text="".join(phrase.text for phrase in sentence(request.condition, request.catalogue))[:2000],
        columns=wanted,
        sort=request.ordering.text,
        ids=list(ids),
        reason=reason.strip()[:200],
        state=ExportState.ASKING if must_wait else ExportState.WAITING,
        created_at=now(),
    )
    if must_wait:
        count = len(ids) or count_capped(request).number or 0
        ask(run, known, count, actor=actor)
        run.refresh_from_db()
        return run
    if in_background:
        enqueue(make_export, export_id=run.pk, unique_key=f"export-{run.pk}", priority=Priority.HIGH)
    return run


def fetch_export(run_id: int, *, actor: Actor) -> tuple[ExportRun, Iterator[bytes]]:
    """The file in pieces, for whoever asked for it and still may export such records as widely; logged.

    Raises:
        ExportRun.DoesNotExist: there is none, or it is somebody else's.
        NotAllowed: the right, or a part of its reach, is gone since.
        ValueProblem: the file is not ready, or gone after its days.
    """
    run = ExportRun.objects.get(pk=run_id, user_id=actor.user_id or 0)
    known = record_type(run.record_type)
    require_area(actor, known.key, "export")
    if run.state == ExportState.ASKING:
        raise ValueProblem("export.asking", _("这次导出还在等审批，同意后才会生成文件。"))
    if run.state == ExportState.REFUSED:
        raise ValueProblem("export.refused", _("这次导出没有获得同意，没有生成文件。"))
    if not reach_is_held(run.condition.get("reach"), known, run.columns, actor):
        raise NotAllowed(subject=known.key, action="export")
    if run.state != ExportState.READY or not run.storage_name or (run.expires_at and run.expires_at <= now()):
        raise ValueProblem("export.gone", _("这个文件还没有做好，或者已经过期删除了。请重新导出。"))
    with transaction.atomic():
        ExportRun.objects.filter(pk=run.pk).update(downloads=F("downloads") + 1)
        record_event(
            EventDraft(
                kind=kinds.EXPORT_DOWNLOADED.key,
                record_type="export",
                record_id=run.pk,
                actor=actor.ref,
                facts={"type": run.record_type, "count": run.total},
            )
        )
    return run, storage.read(run.storage_name)
