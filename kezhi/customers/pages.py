"""What customers put on generic pages: duplicate warnings, review, consents, merges, sections of Today, places."""

import json
from typing import Any
from urllib.parse import urlencode

from django.db.models import Avg
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor
from kezhi.access.first_steps import register_first_step
from kezhi.core.figures import integer_figure
from kezhi.customers.likeness import lookalikes, typed_within_limit
from kezhi.customers.merging import MERGED
from kezhi.customers.models import Consent, Customer
from kezhi.records.presenting import CLEAR, present_all
from kezhi.records.registry import record_type
from kezhi.records.slots import Fill, Place, register_slot
from kezhi.records.timeline import Item, Words, register_renderer, sentence
from kezhi.ui.navigation import CreateItem, NavItem, register_create, register_nav
from kezhi.work.today import Act, Decision, Goal, Section, register_goal, register_section

_SHOWN = 8


def _may(action: str, subject: str = "customer") -> Any:
    return lambda actor: actor is not None and actor.allows(subject, action)


def _hint(place: Place) -> Fill | None:
    values, limit = typed_within_limit(place.values, place.actor)
    found = lookalikes(values, place.actor, but=place.record.pk if place.record is not None else None)
    return Fill("customers/hint.html", {"found": found, "limit": limit}) if found or limit else None


def _merged(item: Item) -> Words | None:
    """Who became one with this customer, and where the two are taken apart again."""
    name, presented = str(item.facts.get("name") or ""), item.presented
    if not item.is_own or not name or presented is None or presented.cell("name").state != CLEAR:
        return None
    line = gettext("%(who)s 把“%(name)s”（%(number)s）并入了这个客户")
    head = sentence(line, who=item.who, name=name, number=str(item.facts.get("number") or ""))
    if not item.actor.allows("customer", "merge"):
        return Words(head, mark="merge")
    place = f"{reverse('customers:duplicates')}?of={item.event.record_id}#merges"
    link = format_html('<p><a class="link" href="{}">{}</a></p>', place, gettext("并错了可以拆开"))
    return Words(head, body=link, mark="merge")


register_renderer(MERGED.key, _merged)


def _review_badge(place: Place) -> Fill | None:
    customer = place.record
    if customer is None:
        return None
    # Whoever reviews may doubt any record, also one that nobody asked to look at.
    may_review = place.record_type.policy.allows(place.actor, "review", customer)
    if not may_review and customer.review not in (Customer.Review.WAITING, Customer.Review.DOUBTFUL):
        return None
    return Fill("customers/review_line.html", {"customer": customer, "may_review": may_review})


def _consents(place: Place) -> Fill | None:
    if place.record is None:
        return None
    rows = Consent.objects.filter(customer_id=place.record.pk).select_related("recorded_by")[:20]
    may_edit = place.record_type.policy.allows(place.actor, "edit", place.record)
    return Fill("customers/consents.html", {"consents": rows, "customer": place.record, "may_edit": may_edit})


def _waiting(actor: Actor) -> Section | None:
    """Records that wait for the steward."""
    if not actor.allows("customer", "review"):
        return None
    rows = Customer.objects.visible_to(actor, "review").filter(review=Customer.Review.WAITING)
    found = list(rows.order_by("created_at", "id")[: _SHOWN + 1])
    count = len(found) if len(found) <= _SHOWN else rows[:1000].count()
    decisions = [
        Decision(
            state="planned",
            when=gettext("待审核"),
            title=customer.title,
            url=customer.url,
            why=customer.number,
            act=Act(_("审核"), f"{customer.url}review/", sheet=True),
            person=customer.text("owner"),
        )
        for customer in present_all(found[:_SHOWN], record_type("customer"), actor)
    ]
    waiting = json.dumps({"all": [{"field": "review", "op": "is", "value": [Customer.Review.WAITING.value]}]})
    return Section("review", _("等您审核的客户资料"), decisions, count, f"/customers/?{urlencode({'filter': waiting})}")


def unowned(actor: Actor) -> Section | None:
    """For whoever hands customers out: those nobody owns yet, the longest waiting first."""
    if not record_type("customer").policy.reaches_unowned(actor, "assign"):
        return None
    rows = Customer.objects.visible_to(actor, "assign").filter(owner_id__isnull=True, pool_since__isnull=True)
    found = list(rows.order_by("created_at", "id")[: _SHOWN + 1])
    if not found:
        return None
    decisions = [
        Decision(
            state="planned",
            when=gettext("待分配"),
            title=customer.title,
            url=customer.url,
            why=customer.text("source") or customer.number,
            act=Act(_("分配"), f"{customer.url}fields/owner/", sheet=True),
        )
        for customer in present_all(found[:_SHOWN], record_type("customer"), actor)
    ]
    count = len(found) if len(found) <= _SHOWN else rows[:1000].count()
    empty = [{"field": key, "op": "is_empty"} for key in ("owner", "pool_since")]
    condition = json.dumps({"all": empty})
    return Section("unowned", _("等您分配的客户"), decisions, count, f"/customers/?{urlencode({'filter': condition})}")


def _completeness(actor: Actor) -> Goal | None:
    """How complete one's own records are, against the target (CUS-10)."""
    if not actor.allows("customer", "view"):
        return None
    rows = Customer.objects.visible_to(actor).filter(owner_id__in=actor.rights.own_ids)
    average = rows.aggregate(value=Avg("completeness"))["value"]
    if average is None:
        return None
    target = integer_figure("customers.completeness_target")
    label = gettext("资料完整度 / 目标 %(target)s%%") % {"target": target}
    return Goal(label, f"{average:.1f}%", min(100, round(100 * float(average) / max(target, 1))))


register_slot("form.hint", "customer", _hint)
register_slot("record.line", "customer", _review_badge)
register_slot("record.facts", "customer", _consents)
register_section(_waiting, order=30)
register_section(unowned, order=32)
register_goal(_completeness)
register_nav(
    NavItem(
        "customers", pgettext_lazy("plural", "客户"), "customers", "/customers/", 20, allowed=_may("view"), phone=True
    )
)
register_nav(
    NavItem(
        "contacts",
        pgettext_lazy("plural", "联系人"),
        "user",
        "/contacts/",
        25,
        allowed=_may("view", "contact"),
        minor=True,
    )
)
register_create(CreateItem("customer", _("客户"), "customers", "/customers/new/", 20, allowed=_may("create")))
register_create(CreateItem("contact", _("联系人"), "user", "/contacts/new/", 30, allowed=_may("create", "contact")))
register_first_step(
    "customers", _("把客户名单导进来"), "exchange:import_start", "customer.import",
    lambda _actor: Customer.objects.ungated("a first step").exists(), 50,
    help=_("手里的 Excel 或 CSV 直接放进去，有错的行当场改，整批可以撤销。"),
)  # fmt: skip
