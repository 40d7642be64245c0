"""Writing the file of an export."""

import tempfile
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from kezhi.access.actors import Actor, user_actor
from kezhi.access.policies import NotAllowed, policy_of, require_area
from kezhi.core import epochs
from kezhi.core.clock import local, now
from kezhi.core.conditions import ConditionProblem, parse
from kezhi.core.events import EventDraft, record_event
from kezhi.core.figures import integer_figure
from kezhi.exchange import kinds, storage
from kezhi.exchange.models import ExportRun, ExportState
from kezhi.exchange.reach import reach_of
from kezhi.exchange.writing import Cell, SheetWriter, sheet_writer
from kezhi.records.fields import RecordField
from kezhi.records.linking import titles
from kezhi.records.listing.problems import ListProblem
from kezhi.records.listing.query import ListRequest
from kezhi.records.presenting import CLEAR, MASKED, Presenter
from kezhi.records.registry import RecordType, TypeCatalogue, record_type
from kezhi.work.notices import Notice, notify

_BATCH = 500
_PIECE = 1 << 20


def write_export(export_id: int) -> None:
    """Make the file and say so. After a crash it is made anew: nothing of it was to be had before."""
    run = ExportRun.objects.select_related("user").get(pk=export_id)
    if run.state != ExportState.WAITING:
        return
    with translation.override(run.user.language), epochs.snapshot():
        try:
            _write(run)
        except (NotAllowed, ConditionProblem, ListProblem, _TooMany) as problem:
            ExportRun.objects.filter(pk=run.pk).update(
                state=ExportState.FAILED, problem=str(getattr(problem, "message", problem)), finished_at=now()
            )
            _tell(run, _("导出没有成功：%(what)s"), str(getattr(problem, "message", problem)))


def _tell(run: ExportRun, words: str, why: str) -> None:
    """Whoever waited for an approval is not looking at the page any more: the link stands in their inbox."""
    if run.approval_id is None:
        return
    known = record_type(run.record_type)
    notice = Notice(
        kind="approval",
        user_id=run.user_id,
        title=words % {"what": known.plural},
        why=why[:500],
        url=reverse("exchange:export", args=[run.pk]),
        once_key=f"export-{run.pk}-made",
    )
    notify([notice], actor=user_actor(run.user_id, door="export", door_ref=str(run.pk)))


class _TooMany(Exception):
    pass


def _write(run: ExportRun) -> None:
    known = record_type(run.record_type)
    actor = user_actor(run.user_id, door="export", door_ref=str(run.pk))
    require_area(actor, known.key, "export")
    request = _request(run, known, actor)
    ids = _ids(run, request)
    most = integer_figure("exchange.export_rows")
    if len(ids) > most:
        raise _TooMany(
            _("共 %(count)s 行，一次最多导出 %(limit)s 行。请缩小范围后再导出。")
            % {"count": f"{len(ids):,}", "limit": f"{most:,}"}
        )
    ExportRun.objects.filter(pk=run.pk).update(total=len(ids), done=0)
    moment = now()
    presenter = Presenter(known, actor)
    columns = [key for key in run.columns if key in presenter.fields and presenter.levels[key] != "hidden"]
    watermark = _("%(who)s 于 %(when)s 导出 · %(what)s %(count)d 条 · 用途：%(why)s") % {
        "who": actor.rights.name,
        "when": local(moment).strftime("%Y-%m-%d %H:%M"),
        "what": known.plural,
        "count": len(ids),
        "why": run.reason,
    }
    masked: set[str] = set()
    storage.folder().mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=storage.folder()) as scratch:
        path = Path(scratch) / f"list.{run.format}"
        writer = sheet_writer(run.format, path, title=str(known.plural), watermark=watermark, author=actor.rights.name)
        writer.headings([str(presenter.fields[key].label) for key in columns])
        for start in range(0, len(ids), _BATCH):
            _write_rows(writer, request, ids[start : start + _BATCH], columns, presenter, masked)
            ExportRun.objects.filter(pk=run.pk).update(done=min(start + _BATCH, len(ids)))
        writer.close()
        size = path.stat().st_size
        name = storage.store(_pieces(path))
    with transaction.atomic():
        ExportRun.objects.filter(pk=run.pk).update(
            state=ExportState.READY,
            storage_name=name,
            file_size=size,
            columns=columns,
            masked_columns=sorted(masked),
            condition={**run.condition, "reach": reach_of(known, columns, actor)},
            finished_at=now(),
            expires_at=now() + timedelta(days=integer_figure("exchange.export_keep_days")),
        )
        record_event(
            EventDraft(
                kind=kinds.EXPORTED.key,
                record_type="export",
                record_id=run.pk,
                actor=actor.ref,
                facts={
                    "type": run.record_type,
                    "count": len(ids),
                    "columns": list(columns),
                    "masked": [*sorted(masked)],
                    "condition": run.condition_text,
                    "reason": run.reason,
                    "format": run.format,
                    **({"approval": run.approval_id} if run.approval_id is not None else {}),
                },
            )
        )
        _tell(run, _("导出文件好了：%(what)s"), _("共 %(count)d 条，只有您能下载") % {"count": len(ids)})


def _request(run: ExportRun, known: RecordType, actor: Actor) -> ListRequest:
    condition = parse(run.condition.get("tree") or {}, TypeCatalogue(known, actor))
    return ListRequest(
        known,
        actor,
        condition,
        run.sort,
        tuple(run.columns),
        text=str(run.condition.get("text", "")),
        action="export",
        # Whoever may export widely still only takes what they see.
        extra=policy_of(known.model).visible(actor, "view") & (Q(pk__in=run.ids) if run.ids else Q()),
    )


def _ids(run: ExportRun, request: ListRequest) -> list[int]:
    """The ids in the list's order, taken at one moment; the rows follow in batches by key."""
    ordering = request.ordering
    order = [
        f"-{ordering.column}" if ordering.is_descending else ordering.column,
        "-pk" if ordering.is_descending else "pk",
    ]
    rows = request.matching().order_by(*dict.fromkeys(order))
    return list(rows.values_list("pk", flat=True))


def _write_rows(
    writer: SheetWriter,
    request: ListRequest,
    ids: Sequence[int],
    columns: Sequence[str],
    presenter: Presenter,
    masked: set[str],
) -> None:
    known = request.record_type
    rows = request.matching().filter(pk__in=ids).select_related(*known.related_load)
    found = {record.pk: record for record in rows}
    names = _names(found.values(), columns, presenter)
    for pk in ids:
        record = found.get(pk)
        if record is not None:  # it may have left the actor's sight a moment ago
            writer.row([_cell(record, key, presenter, names, masked) for key in columns])


def _cell(record: Any, key: str, presenter: Presenter, names: dict[str, dict[int, str]], masked: set[str]) -> Cell:
    state = presenter.state(record, key)
    if state == CLEAR and key in names:
        return names[key].get(presenter.fields[key].get(record) or 0, "")
    cell: Cell = presenter.plain(record, key)
    if state == MASKED and cell:
        masked.add(key)
    return cell


def _names(records: Any, columns: Sequence[str], presenter: Presenter) -> dict[str, dict[int, str]]:
    """The names of records pointed to, one query per column."""
    found: dict[str, dict[int, str]] = {}
    for key in columns:
        field = presenter.fields[key]
        if isinstance(field, RecordField):
            found[key] = titles(
                field.to, [value for record in records if (value := field.get(record))], presenter.actor
            )
    return found


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            yield piece
