"""Exports that carry personal values in the clear wait until somebody agreed (DATA-2)."""

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from kezhi.access.actors import Actor
from kezhi.access.models import FieldLevel
from kezhi.core.clock import now
from kezhi.core.events import Json
from kezhi.core.jobs import Priority, enqueue
from kezhi.exchange.jobs import make_export
from kezhi.exchange.models import ExportRun, ExportState
from kezhi.records.registry import RecordType, find_record_type
from kezhi.work.approval_acts import Payload
from kezhi.work.approvals import (
    About,
    ApprovalAct,
    digest_of,
    needs_approval,
    read_payload,
    register_act,
    request_approval,
)
from kezhi.work.models import Approval

KEY = "export.sensitive"
_IN_THE_CLEAR = (FieldLevel.OWNER, FieldLevel.READ, FieldLevel.WRITE)


def sensitive_columns(known: RecordType, columns: Sequence[str], actor: Actor) -> list[str]:
    """The columns with personal values the actor would take out in the clear, of some records at least."""
    fields = known.all_fields()
    return [
        key for key in columns if key in fields and fields[key].personal and known.level(key, actor) in _IN_THE_CLEAR
    ]


def must_ask(known: RecordType, columns: Sequence[str], actor: Actor) -> bool:
    """Whether somebody has to agree to this person taking these columns out."""
    if actor.user_id is None or not sensitive_columns(known, columns, actor):
        return False
    return needs_approval(KEY, requester_id=actor.user_id)


def ask(run: ExportRun, known: RecordType, count: int, *, actor: Actor) -> Approval:
    """Ask for an export that was ordered; it waits meanwhile."""
    personal = sensitive_columns(known, run.columns, actor)
    fields = known.all_fields()
    words = ngettext("导出%(type)s %(count)s 条，含%(columns)s", "导出%(type)s %(count)s 条，含%(columns)s", count)
    title = words % {
        "type": known.plural,
        "count": f"{count:,}",
        "columns": _("、").join(str(fields[key].label) for key in personal),
    }
    payload: dict[str, Json] = {
        "export_id": run.pk,
        "type": known.key,
        "count": count,
        "columns": list(run.columns),
        "personal": [*personal],
        "condition": run.condition_text,
    }
    approval = request_approval(KEY, title=title, payload=payload, text=run.reason, actor=actor)
    ExportRun.objects.filter(pk=run.pk).update(approval=approval)
    return approval


def _describe(payload: Payload) -> str:
    known = find_record_type(str(payload.get("type")))
    if known is None:
        return ""
    fields = known.all_fields()

    def labels(key: str) -> str:
        keys = payload.get(key)
        named = keys if isinstance(keys, list) else []
        return _("、").join(str(fields[str(each)].label) for each in named if each in fields)

    return _("列：%(columns)s。其中个人信息：%(personal)s。条件：%(condition)s。") % {
        "columns": labels("columns"),
        "personal": labels("personal"),
        "condition": payload.get("condition") or _("全部"),
    }


def _perform(approval: Approval, *, actor: Actor) -> None:
    """The file is made by a job, with the rights the requester has then."""
    run = ExportRun.objects.get(pk=_id_of(read_payload(approval)))
    ExportRun.objects.filter(pk=run.pk, state=ExportState.ASKING).update(state=ExportState.WAITING)
    enqueue(make_export, export_id=run.pk, unique_key=f"export-{run.pk}", priority=Priority.HIGH)


def _ended(approval: Approval) -> None:
    run_id = _id_of(read_payload(approval))
    ExportRun.objects.filter(pk=run_id, state=ExportState.ASKING).update(state=ExportState.REFUSED, finished_at=now())


def _fingerprint(about: About | None, payload: Payload) -> str:
    """Of the order as it is stored: what was asked for is what is made."""
    run = ExportRun.objects.filter(pk=_id_of(payload)).first()
    if run is None:
        return digest_of(None)
    return digest_of([run.record_type, run.condition.get("tree"), run.condition.get("text"), run.columns, run.ids])


def _id_of(payload: Payload) -> int:
    return int(str(payload.get("export_id") or 0))


register_act(
    ApprovalAct(
        key=KEY,
        label=gettext_lazy("导出个人信息"),
        icon="download",
        perform=_perform,
        describe=_describe,
        fingerprint=_fingerprint,
        ended=_ended,
        area="exchange",
        help=gettext_lazy("导出的列里有能看全的手机、邮箱、地址等个人信息时要审批；同意后才生成文件。"),
    )
)
