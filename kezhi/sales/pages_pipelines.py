"""What pipelines put on other pages: the stage path, the words of moves, related lists of customers."""

from django.db.models import F, Q, Sum
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor
from kezhi.access.models import FieldLevel
from kezhi.core.clock import now
from kezhi.records.linking import titles_loaded
from kezhi.records.presenting import CLEAR, Presented, Presenter
from kezhi.records.registry import RecordType, Related, record_type
from kezhi.records.related import related_list
from kezhi.records.slots import Fill, Place, register_slot
from kezhi.records.timeline import Item, Words, register_renderer, sentence
from kezhi.records.timeline.wording import generic_words
from kezhi.sales.boards import days_words
from kezhi.sales.entry_conditions import stage_label
from kezhi.sales.kinds_pipelines import STAGE_ENTERED
from kezhi.sales.models import Opportunity
from kezhi.sales.stage_moves import stage_path
from kezhi.ui import html
from kezhi.work.today import Act, Decision, Section, register_section

_SHOWN = 5


def _path(place: Place) -> Fill | None:
    if place.record is None or place.presented is None or place.presented.cell("stage").state != CLEAR:
        return None
    return Fill("sales/pipelines/path.html", {"path": stage_path(place.record, place.actor)})


def _entered(item: Item) -> Words | None:
    if item.presented is None or item.presented.cell("stage").state != CLEAR:
        return None
    stage, left = str(item.facts.get("stage", "")), str(item.facts.get("left", ""))
    values = {
        "who": item.who,
        "stage": stage_label(stage),
        "left": stage_label(left) if left else "",
        "days": item.facts.get("days", 0),
        "record": item.subject,
    }
    if item.is_own:
        head = (
            sentence(gettext("%(who)s 从“%(left)s”移到“%(stage)s”，停留了 %(days)s 天"), **values)
            if left
            else sentence(gettext("商机从“%(stage)s”开始"), **values)
        )
    else:
        head = sentence(gettext("%(who)s 把商机 %(record)s 移到“%(stage)s”"), **values)
    reason = str(item.facts.get("reason", ""))
    return Words(head, body=f"<p>{html.esc(reason)}</p>" if reason else "", mark="arrow")


def _changed(item: Item) -> Words | None:
    """A move is told once, with its days; what else was changed by the same hand is told as ever."""
    item.changes = [change for change in item.changes if change.field.key != "stage"]
    return generic_words(item)


def _of_customer(place: Place) -> Fill | None:
    """The customer's opportunities, the newest first, and what the open ones come to."""
    known = record_type("opportunity")
    if place.record is None or not place.actor.allows(known.key, "view") or not _clear(known, "customer", place.actor):
        return None
    rows = known.model.objects.visible_to(place.actor).filter(customer_id=place.record.pk)
    first = list(rows.order_by("-pk")[: _SHOWN + 1])
    count = len(first) if len(first) <= _SHOWN else rows.count()
    with titles_loaded({}, place.actor):
        related = related_list(_RELATED, known, first[:_SHOWN], count, record=place.record, actor=place.actor)
    amount = None
    if first and _clear(known, "amount", place.actor):
        open_rows = rows.filter(state=Opportunity.State.OPEN)
        amount = open_rows.order_by().aggregate(sum=Sum("amount"))["sum"]
    words = gettext("进行中的商机共 %(amount)s") % {"amount": html.wan(amount)} if amount else ""
    return Fill("sales/pipelines/of_customer.html", {"related": related, "sum": words})


def _clear(known: RecordType, key: str, actor: Actor) -> bool:
    return known.level(key, actor) in (FieldLevel.READ, FieldLevel.WRITE)


def stuck_section(actor: Actor) -> Section | None:
    """One's own open opportunities that stay too long, and those without a next step."""
    known = record_type("opportunity")
    if not actor.allows(known.key, "view") or not _clear(known, "stage", actor):
        return None
    moment = now()
    mine = known.model.objects.visible_to(actor).filter(owner_id__in=actor.rights.own_ids, state=Opportunity.State.OPEN)
    rows = mine.filter(Q(stage_due_at__lt=moment) | Q(next_activity_at__isnull=True))
    found = list(rows.order_by(F("stage_due_at").asc(nulls_last=True), "id")[: _SHOWN + 1])
    if not found:
        return None
    count = len(found) if len(found) <= _SHOWN else rows[:1000].count()
    presenter = Presenter(known, actor)
    decisions = []
    for opportunity in found[:_SHOWN]:
        shown = Presented(opportunity, presenter)
        is_late = opportunity.stage_due_at is not None and opportunity.stage_due_at < moment
        where = gettext("在“%(stage)s” %(days)s") % {"stage": shown.text("stage"), "days": days_words(opportunity)[1]}
        step = gettext("没有下一步") if opportunity.next_activity_at is None else ""
        decisions.append(
            Decision(
                state="overdue" if is_late else "none",
                when=gettext("停留过久") if is_late else step,
                title=shown.title,
                url=shown.url,
                why=gettext("%(where)s，%(step)s") % {"where": where, "step": step} if is_late and step else where,
                act=Act(_("去推进"), shown.url),
                person=shown.text("owner"),
            )
        )
    return Section("stuck", gettext("停下来的商机"), decisions, count, "/opportunities/")


_RELATED = Related("opportunity", "customer", pgettext_lazy("plural", "商机"), ("name", "stage", "amount"))

register_slot("record.related", "customer", _of_customer, order=30)
register_section(stuck_section, order=45)
register_slot("record.path", "opportunity", _path)
register_renderer(STAGE_ENTERED.key, _entered, record_type="opportunity")
register_renderer("record.changed", _changed, record_type="opportunity")
