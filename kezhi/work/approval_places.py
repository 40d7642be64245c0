"""Where approvals stand on other pages: the frame, the settings, every record's menu and page, the API."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext, pgettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor
from kezhi.access.settings_sections import register_section
from kezhi.core.values.money import format_money
from kezhi.records.api.openapi import register_paths
from kezhi.records.api.tokens import register_scopes
from kezhi.records.slots import Fill, Place, register_slot
from kezhi.ui.navigation import NavItem, register_nav
from kezhi.work.approval_acts import acts
from kezhi.work.approval_flows import live_flows
from kezhi.work.approval_pages import Row, list_page, state_badge
from kezhi.work.approval_words import person
from kezhi.work.models.approvals import Approval, ApprovalState
from kezhi.work.today import Act, Decision, Section
from kezhi.work.today import register_section as register_today

_MOST = 10


def _ask(place: Place) -> Fill | None:
    offered = [act.key for act in acts() if act.is_offered and live_flows(act.key)]
    if place.record is None or not offered:
        return None
    query = urlencode({"act": offered[0], "type": place.record_type.key, "ids": place.record.pk})
    return Fill("work/approvals/_ask.html", {"url": f"{reverse('work:approval_new')}?{query}"})


def _of_the_record(place: Place) -> Fill | None:
    """The record's open approvals, as far as the viewer takes part in them."""
    if place.record is None:
        return None
    rows = Approval.objects.visible_to(place.actor).filter(
        about_type=place.record_type.key, about_id=place.record.pk, state=ApprovalState.WAITING
    )
    shown = [(row, person(row.requester_id), state_badge(row)) for row in rows.order_by("-pk")[:_MOST]]
    return Fill("work/approvals/_of_record.html", {"rows": shown}) if shown else None


def _today(actor: Actor) -> Section | None:
    """What waits for the actor's decision, the most pressing first."""
    page = list_page("waiting", actor)
    if not page.rows:
        return None
    rows = [
        Decision(
            state=row.clock[0] if row.clock else "none",
            when=row.clock[1] if row.clock else str(row.approval.get_state_display()),
            title=row.approval.title,
            url=reverse("work:approval", args=[row.approval.pk]),
            why=" · ".join(_facts(row)),
            act=Act(pgettext("verb", "审批"), reverse("work:approval_decision", args=[row.approval.pk]), sheet=True),
        )
        for row in page.rows[:_MOST]
    ]
    return Section("approvals", _("等我审批"), rows, page.counts["waiting"], reverse("work:approvals"))


def _facts(row: Row) -> Iterator[str]:
    """Who asks for what, and for how much."""
    yield row.requester
    yield row.act
    if row.about:
        yield row.about
    if row.approval.amount is not None:
        yield format_money(row.approval.amount)


def _takes_part(actor: Any) -> bool:
    return actor is not None


def _paths() -> dict[str, Any]:
    answer = {"description": "OK", "content": {"application/json": {"schema": {"type": "object"}}}}
    wrong = {"content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}
    problems = {status: {"description": "Problem", **wrong} for status in ("401", "403", "404", "409", "422")}
    number = {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}

    def query(name: str, text: str) -> dict[str, Any]:
        return {"name": name, "in": "query", "description": text, "schema": {"type": "string"}}

    wanted = {
        "type": "object",
        "properties": {
            "verdict": {"type": "string", "enum": ["approve", "refuse"]},
            "reason": {"type": "string"},
            "seen": {"type": "string"},
        },
        "required": ["verdict"],
    }
    return {
        "/api/v1/approvals/": {
            "get": {
                "summary": gettext("审批列表"),
                "parameters": [
                    query("tab", "waiting, asked, done, copied, all"),
                    query("state", "waiting, approved, refused, withdrawn, failed"),
                    query("before", "id"),
                ],
                "responses": {"200": answer, **problems},
            }
        },
        "/api/v1/approvals/{id}/": {
            "get": {
                "summary": gettext("一份审批和它的流程"),
                "parameters": [number],
                "responses": {"200": answer, **problems},
            }
        },
        "/api/v1/approvals/{id}/decision/": {
            "post": {
                "summary": gettext("同意或驳回"),
                "parameters": [number],
                "requestBody": {"required": True, "content": {"application/json": {"schema": wanted}}},
                "responses": {"200": answer, **problems},
            }
        },
    }


register_slot("record.menu", "*", _ask, order=60)
register_slot("record.tasks", "*", _of_the_record, order=40)
register_nav(
    NavItem(
        "approvals", pgettext_lazy("plural", "审批"), "check", "work:approvals", 57, allowed=_takes_part, minor=True
    )
)
register_section(
    "approvals", _("审批流程"), "check", "work:approval_flows", "settings.approvals", 55,
    group="process", help=_("哪些事要审批、由谁审批、多久没处理就转交。"),
)  # fmt: skip
register_today(_today, order=5)
register_scopes("approval", pgettext_lazy("plural", "审批"), ("view", "edit"))
register_paths(_paths)
