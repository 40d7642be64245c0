"""The acts work itself asks for: a free request about any record, and the deletion of records."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kezhi.access.actors import Actor
from kezhi.core.events import Json
from kezhi.records.operations import delete_records
from kezhi.records.registry import find_record_type, record_type
from kezhi.work.approval_acts import ApprovalAct, Payload, register_act
from kezhi.work.approval_course import read_payload
from kezhi.work.approval_records import digest_of, record_fingerprint
from kezhi.work.models.approvals import Approval
from kezhi.work.operations.tasks import About

GENERAL, COMPENSATION, DELETION = "general", "compensation", "record.delete"


def _agree(approval: Approval, *, actor: Actor) -> None:
    """A free request changes nothing by itself: the answer is what was asked for."""


def _delete(approval: Approval, *, actor: Actor) -> None:
    payload = read_payload(approval)
    known = record_type(str(payload["record_type"]))
    delete_records(known, deleted_ids(payload), actor=actor, is_approved=True)


def deleted_ids(payload: Payload) -> list[int]:
    """Which records a deletion is about."""
    ids = payload.get("ids")
    return [int(str(each)) for each in ids] if isinstance(ids, list) else []


def _describe_deletion(payload: Payload) -> str:
    known = find_record_type(str(payload.get("record_type")))
    count = len(deleted_ids(payload))
    if known is None:
        return ""
    return _("把 %(count)s 条%(type)s移入回收站") % {"count": count, "type": known.label}


def _deletion_fingerprint(about: About | None, payload: Payload) -> str:
    """Of a single record its values; of many that each is still there as it was."""
    known = find_record_type(str(payload.get("record_type")))
    if known is None or len(deleted_ids(payload)) == 1:
        return record_fingerprint(about, payload)
    rows: Any = known.model.objects.ungated("approval").filter(pk__in=deleted_ids(payload), deleted_at__isnull=True)
    versions: list[Json] = [list(row) for row in rows.order_by("pk").values_list("pk", "version")]
    return digest_of([versions, dict(payload)])


register_act(
    ApprovalAct(
        key=GENERAL,
        label=gettext_lazy("一般审批"),
        perform=_agree,
        has_amount=True,
        is_offered=True,
        help=gettext_lazy("在任何记录的“更多”菜单里提交，写明事情和金额。"),
    )
)
register_act(
    ApprovalAct(
        key=COMPENSATION,
        label=gettext_lazy("赔付"),
        icon="money",
        perform=_agree,
        has_amount=True,
        must_have_amount=True,
        is_offered=True,
        help=gettext_lazy("在任何记录的“更多”菜单里提交，金额必填；没有流程要求审批的金额，提交后直接记为同意。"),
    )
)
register_act(
    ApprovalAct(
        key=DELETION,
        label=gettext_lazy("删除记录"),
        icon="trash",
        perform=_delete,
        describe=_describe_deletion,
        fingerprint=_deletion_fingerprint,
        help=gettext_lazy("启用后，删除记录要先审批；同意后移入回收站。"),
    )
)
