"""Agreeing to a discount above the limit (SAL-4)."""

from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kezhi.access.actors import Actor
from kezhi.core.events import Json
from kezhi.sales.models import Quote
from kezhi.sales.operations.quote_lines import lines_json
from kezhi.sales.operations.quotes import APPROVAL, agree_discount, return_quote
from kezhi.work.approval_flows import Definition, FlowStep, Who
from kezhi.work.approvals import About, ApprovalAct, digest_of, read_payload, register_act
from kezhi.work.models import Approval
from kezhi.work.models.approvals import StageMode
from kezhi.work.operations.approval_flows import ShippedFlow, register_flow


def _describe(payload: Mapping[str, Json]) -> str:
    return _("报价里最大的折扣是 %(discount)s%%，超过了不用审批的上限。") % {"discount": payload.get("discount", "")}


def _perform(approval: Approval, *, actor: Actor) -> None:
    agree_discount(_id_of(read_payload(approval)), actor=actor)


def _ended(approval: Approval) -> None:
    return_quote(_id_of(read_payload(approval)))


def _fingerprint(about: About | None, payload: Mapping[str, Json]) -> str:
    """Of what the customer would read: lines, discount, total."""
    quote = Quote.objects.ungated("approval").filter(pk=_id_of(payload)).first()
    if quote is None:
        return digest_of(None)
    return digest_of([lines_json(quote), str(quote.discount), str(quote.total), quote.terms, str(quote.valid_until)])


def _id_of(payload: Mapping[str, Json]) -> int:
    return int(str(payload.get("quote") or 0))


register_act(
    ApprovalAct(
        key=APPROVAL,
        label=gettext_lazy("报价折扣"),
        icon="tag",
        perform=_perform,
        describe=_describe,
        fingerprint=_fingerprint,
        ended=_ended,
        has_amount=True,
        area="sales",
        help=gettext_lazy("报价里最大的折扣超过参数里的上限时要审批；同意后才能发送。"),
    )
)
# zh-data: names in both languages
register_flow(
    ShippedFlow(
        "quote-discount",
        APPROVAL,
        "报价折扣",
        "Discount on a quote",
        Definition((FlowStep(StageMode.ANY, (Who("manager"),), "直接上级", "Direct manager", 8 * 60),)),
    )
)
