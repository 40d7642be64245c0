"""A quote's way: agreed to, sent, answered by the customer, expired, replaced by a new version (SAL-4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor, system_actor
from kezhi.access.policies import require, require_area
from kezhi.access.rights import organisation
from kezhi.core.clock import now, today
from kezhi.core.events import EventDraft, EventKind, Json, record_event
from kezhi.core.figures import decimal_figure
from kezhi.records.operations import InvalidRecord, draft_new, store_new
from kezhi.records.operations.words import refuse_sensitive_words
from kezhi.records.operations.writing import parents_of
from kezhi.records.registry import record_type
from kezhi.sales import kinds_quotes as kinds
from kezhi.sales.behaviours.quotes import valid_days
from kezhi.sales.facts_quotes import refresh_quote_facts
from kezhi.sales.models import Quote, QuoteLine
from kezhi.sales.operations.quote_lines import locked_quote
from kezhi.sales.quote_states import lines_of, sum_up
from kezhi.work.approvals import About, request_approval

APPROVAL = "quote.discount"
_STATES = Quote.State
_COPIED = ("name", "opportunity", "contact", "language", "currency", "is_tax_included", "discount", "terms", "note")
_LINE_COPIED = (
    "position",
    "product_id",
    "bundle_id",
    "description",
    "unit",
    "quantity",
    "unit_price",
    "list_price",
    "discount",
    "tax_rate",
    "amount",
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a customer's answer: the quote as it stands, and whether this answer made it so."""

    quote: Quote
    is_first: bool


class NotOpen(Exception):
    """The quote cannot be answered any more (or not in this version)."""


def discount_limit(quote: Quote) -> Any:
    """The discount in percent above which somebody has to agree, in the owner's department."""
    department = organisation().user_departments.get(quote.owner_id or 0)
    return decimal_figure("sales.quote_discount_limit", department)


def wants_approval(quote: Quote) -> bool:
    """Whether its largest discount is above the limit."""
    return bool(quote.largest_discount > discount_limit(quote))


@transaction.atomic
def submit_quote(quote: Quote, *, actor: Actor, form_key: str = "") -> Quote:
    """Make a draft ready to be sent; above the discount limit somebody has to agree first.

    Raises:
        NotAllowed, InvalidRecord: not the actor's, not a draft, or without lines.
        ApprovalProblem: as :func:`kezhi.work.approvals.request_approval`.
    """
    held = locked_quote(quote.pk, actor)
    require(actor, "edit", held)
    if held.state != _STATES.DRAFT:
        raise InvalidRecord({"state": _("只有草稿可以提交")})
    lines = lines_of(held)
    if not lines:
        raise InvalidRecord({"lines": _("请先填写明细")})
    sum_up(held, lines)
    _keep(held, actor, "rate", "rate_on", "total_cny")
    if not wants_approval(held):
        _move(held, _STATES.APPROVED, kinds.APPROVED, actor)
        return held
    _move(held, _STATES.WAITING, kinds.SUBMITTED, actor)
    request_approval(
        APPROVAL,
        title=str(_("%(quote)s：最大折扣 %(discount)s%%")) % {"quote": held.name, "discount": held.largest_discount},
        about=About("quote", held.pk, ""),
        payload={"quote": held.pk, "discount": str(held.largest_discount)},
        amount=held.total_cny,
        department_id=organisation().user_departments.get(held.owner_id or 0),
        form_key=form_key,
        actor=actor,
    )
    # Where no flow asks for it, the approval was given at once.
    held.refresh_from_db()
    return held


@transaction.atomic
def send_quote(quote: Quote, *, actor: Actor, to: str = "") -> Quote:
    """Let the quote go out: from now on it stays as it is, and the version it replaces is no longer valid.

    ``to`` says to whom, for the log. Sending a sent quote again only tells so.

    Raises:
        NotAllowed, InvalidRecord: not the actor's, not agreed to yet, or no longer valid.
    """
    held = locked_quote(quote.pk, actor)
    require(actor, "edit", held)
    if held.state == _STATES.DRAFT and not wants_approval(held):
        held = submit_quote(held, actor=actor)
    if held.state not in (_STATES.APPROVED, _STATES.SENT):
        raise InvalidRecord({"state": _("这份报价现在不能发送")})
    if held.valid_until is None or held.valid_until < today():
        raise InvalidRecord({"valid_until": _("有效期已过，请先改有效期")})
    if held.state == _STATES.SENT:
        _note(kinds.SENT, held, actor, facts={"to": to, "again": True})
        return held
    if held.replaces_id is not None:
        _replace(held.replaces_id, actor)
    held.sent_at = now()
    _keep(held, actor, "sent_at")
    _move(held, _STATES.SENT, kinds.SENT, actor, facts={"to": to, "edition": held.edition})
    return held


@transaction.atomic
def accept_quote(quote_id: int, seen: int, *, name: str, note: str = "", actor: Actor) -> Answer:
    """The customer agrees to exactly the version they saw; a second click changes nothing.

    Raises:
        NotOpen: expired, replaced, declined, or another version than ``seen``.
        InvalidRecord: no name.
    """
    return _answer(quote_id, seen, _STATES.ACCEPTED, kinds.ACCEPTED, name, note, actor)


@transaction.atomic
def decline_quote(quote_id: int, seen: int, *, name: str, reason: str, actor: Actor) -> Answer:
    """The customer says no, and why.

    Raises:
        NotOpen, InvalidRecord: as :func:`accept_quote`; no reason.
    """
    if not reason.strip():
        raise InvalidRecord({"note": _("请写一句原因，方便我们改进")})
    return _answer(quote_id, seen, _STATES.DECLINED, kinds.DECLINED, name, reason, actor)


@transaction.atomic
def new_version(quote: Quote, *, actor: Actor) -> Quote:
    """A draft like this quote, to be changed and sent in its place; the one there is, where one was begun already.

    Until the new one goes out, the customer can still accept the old one.

    Raises:
        NotAllowed: the actor may not change the quote or make quotes.
        InvalidRecord: it has not gone out yet, so it can be changed itself; or it is replaced already.
    """
    held = locked_quote(quote.pk, actor)
    require(actor, "edit", held)
    require_area(actor, "quote", "create")
    if held.state in (_STATES.DRAFT, _STATES.WAITING, _STATES.APPROVED):
        raise InvalidRecord({"state": _("这份报价还没发出，可以直接修改")})
    later: Quote | None = (
        Quote.objects.visible_to(actor).filter(replaces_id=held.pk).exclude(state=_STATES.REPLACED).first()
    )
    if later is not None:
        return later
    if held.state == _STATES.REPLACED:
        raise InvalidRecord({"state": _("这份报价已有新版本")})
    known = record_type("quote")
    values = {key: _raw(known.all_fields()[key], held) for key in _COPIED}
    values["valid_until"] = (today() + timedelta(days=valid_days(held.owner_id))).isoformat()
    given: Mapping[str, Any] = {
        "replaces_id": held.pk,
        "edition": held.edition + 1,
        "number": _number_of(held, held.edition + 1),
        "owner_id": held.owner_id,
    }
    [draft] = draft_new(known, [values], given=[given], actor=actor)
    if draft.problems:
        raise InvalidRecord(draft.problems)
    made: Quote = store_new(known, [draft], actor=actor)[0]
    QuoteLine.objects.bulk_create(
        QuoteLine(quote=made, **{key: getattr(line, key) for key in _LINE_COPIED}) for line in lines_of(held)
    )
    sum_up(made, lines_of(made))
    made.save(update_fields=_TOTALS_AND_RATE)
    refresh_quote_facts({made.opportunity_id})
    return made


_TOTALS_AND_RATE = [
    "rate",
    "rate_on",
    "subtotal",
    "discount_amount",
    "tax_amount",
    "total",
    "total_cny",
    "largest_discount",
]


def expire_quotes(day: date | None = None) -> int:
    """Every sent quote whose last day is over expires; how many did. One event each, one transaction each."""
    actor = system_actor("quotes", door="job")
    rows = Quote.objects.ungated("expiry").filter(
        state=_STATES.SENT, valid_until__lt=day or today(), deleted_at__isnull=True
    )
    done = 0
    for pk in list(rows.order_by("pk").values_list("pk", flat=True)):
        with transaction.atomic():
            held = _hold(pk)
            # Accepted or prolonged in between: then it is none of this.
            if held is None or held.state != _STATES.SENT or (held.valid_until or today()) >= (day or today()):
                continue
            _move(held, _STATES.EXPIRED, kinds.EXPIRED, actor)
            done += 1
    return done


def agree_discount(quote_id: int, *, actor: Actor) -> None:
    """The discount was agreed to: the quote may be sent."""
    held = _hold(quote_id)
    if held is not None and held.state == _STATES.WAITING:
        _move(held, _STATES.APPROVED, kinds.APPROVED, actor)


def return_quote(quote_id: int) -> None:
    """The discount was refused or the request taken back: the quote is a draft again."""
    held = _hold(quote_id)
    if held is not None and held.state == _STATES.WAITING:
        _move(held, _STATES.DRAFT, kinds.RETURNED, system_actor("quotes"))


def is_open(quote: Quote) -> bool:
    """Whether the customer can answer it now."""
    return quote.state == _STATES.SENT and quote.valid_until is not None and quote.valid_until >= today()


def _answer(quote_id: int, seen: int, state: str, kind: EventKind, name: str, note: str, actor: Actor) -> Answer:
    held = _hold(quote_id)
    if held is None:
        raise NotOpen
    if held.state == state and held.edition == seen:
        return Answer(held, is_first=False)
    if not is_open(held) or held.edition != seen:
        raise NotOpen
    if not name.strip():
        raise InvalidRecord({"name": _("请填写您的姓名")})
    refuse_sensitive_words(actor=actor, name=name, reason=note)
    held.answered_at, held.answered_by, held.answer_note = now(), name.strip()[:80], note.strip()[:500]
    _keep(held, actor, "answered_at", "answered_by", "answer_note")
    changes: dict[str, tuple[Json, Json]] = {
        "answered_by": (None, held.answered_by),
        "answer_note": (None, held.answer_note),
    }
    _move(held, state, kind, actor, changes=changes, facts={"edition": held.edition})
    return Answer(held, is_first=True)


def _replace(quote_id: int, actor: Actor) -> None:
    old = _hold(quote_id)
    if old is not None and old.state in (_STATES.SENT, _STATES.EXPIRED, _STATES.DECLINED):
        _move(old, _STATES.REPLACED, kinds.REPLACED, actor)
    elif old is not None and old.state == _STATES.ACCEPTED:
        # What the customer agreed to stays agreed to; the new one is a further offer.
        return


def _hold(quote_id: int) -> Quote | None:
    rows = Quote.objects.ungated("quote on its way").filter(pk=quote_id, deleted_at__isnull=True)
    held: Quote | None = rows.select_related("opportunity", "customer").select_for_update(of=("self",)).first()
    return held


def _keep(quote: Quote, actor: Actor, *names: str) -> None:
    quote.changed_at = now()
    quote.save(update_fields=[*names, "changed_at"])


def _move(
    quote: Quote,
    state: str,
    kind: EventKind,
    actor: Actor,
    *,
    changes: Mapping[str, tuple[Json, Json]] | None = None,
    facts: Mapping[str, Json] | None = None,
) -> None:
    before, quote.state = quote.state, state
    quote.version += 1
    quote.changed_at = now()
    quote.save(update_fields=["state", "version", "changed_at"])
    _note(kind, quote, actor, changes={"state": (before, state), **(changes or {})}, facts=facts)
    refresh_quote_facts({quote.opportunity_id})


def _note(
    kind: EventKind,
    quote: Quote,
    actor: Actor,
    *,
    changes: Mapping[str, tuple[Json, Json]] | None = None,
    facts: Mapping[str, Json] | None = None,
) -> None:
    draft = EventDraft(
        kind=kind.key,
        record_type="quote",
        record_id=quote.pk,
        actor=actor.ref,
        changes=changes or {},
        personal=frozenset({"answered_by", "answer_note"}) & set(changes or {}),
        facts={"version": quote.version, **(facts or {})},
        also=parents_of(record_type("quote"), quote),
    )
    record_event(draft)


def _number_of(quote: Quote, edition: int) -> str:
    base = quote.number.rpartition("-V")[0] or quote.number
    return f"{base}-V{edition}"


def _raw(known: Any, quote: Quote) -> Any:
    value = known.to_json(known.get(quote))
    return "" if value is None else value
