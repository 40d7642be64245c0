"""What the pages of approvals show: lists, and one approval with its chain and history."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import F, OuterRef, Subquery
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from kezhi.access.actors import Actor
from kezhi.access.rights import organisation, stand_ins
from kezhi.core.clock import now
from kezhi.core.events import read_changes, read_facts
from kezhi.core.figures import boolean_figure
from kezhi.core.models.events import Event
from kezhi.records.actor_names import actor_words
from kezhi.records.presenting import HIDDEN, Cell, Presented, Presenter
from kezhi.ui import html
from kezhi.work.approval_acts import find_act
from kezhi.work.approval_chain import Chain
from kezhi.work.approval_course import read_payload
from kezhi.work.approval_records import Difference, differences, visible_record
from kezhi.work.approval_titles import for_reader, found_by, named_about
from kezhi.work.approval_words import act_label, deed_words, person, why_words
from kezhi.work.models.approvals import (
    Approval,
    ApprovalParty,
    ApprovalStage,
    ApprovalState,
    ApprovalStep,
    PartyRole,
    StageMode,
    StageState,
    StepState,
)
from kezhi.work.operations.approvals import current_fingerprint
from kezhi.work.today import due_words

Text = str | Promise
SIZE = 50
_FURTHEST = 100_000
_MOST_CELLS = 14

TABS: dict[str, Text] = {
    "waiting": gettext_lazy("等我审批"),
    "asked": gettext_lazy("我提交的"),
    "done": gettext_lazy("我审批过的"),
    "copied": gettext_lazy("抄送我的"),
    "all": gettext_lazy("全部"),
}
_TONES = {
    ApprovalState.WAITING: "warning",
    ApprovalState.APPROVED: "done",
    ApprovalState.REFUSED: "danger",
    ApprovalState.FAILED: "danger",
    ApprovalState.WITHDRAWN: "outline",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One approval in a list."""

    approval: Approval
    act: str
    about: str
    requester: str
    waits_for: str
    state: SafeString
    clock: tuple[str, str] | None
    is_mine: bool


@dataclass(frozen=True, slots=True)
class ListPage:
    """Some approvals, and what the next page begins after: an id, or a number of rows; see :func:`list_page`."""

    tab: str
    rows: Sequence[Row]
    counts: dict[str, int]
    next_before: int | None

    @property
    def is_choosing(self) -> bool:
        """Whether several can be chosen here, to be decided together."""
        return self.tab == "waiting" and len(self.rows) > 1


def list_page(tab: str, actor: Actor, *, before: int | None = None, state: str = "", query: str = "") -> ListPage:
    """A page of one of the lists, all of it through the actor's rights.

    What waits for the actor comes by urgency, what has to be answered first on top; then ``before`` is how many rows
    were shown. Everywhere else the newest comes first, and ``before`` is the id of the last one shown.
    """
    rows = in_tab(tab, actor)
    if state in ApprovalState.values:
        rows = rows.filter(state=state)
    if query:
        rows = found_by(rows, query, actor)
    begin = 0
    if tab == "waiting":
        begin = min(before or 0, _FURTHEST)
        due = ApprovalStep.objects.filter(approval=OuterRef("pk"), state=StepState.WAITING)
        due = due.filter(user_id__in=actor.rights.own_ids).order_by(F("due_at").asc(nulls_last=True))
        rows = rows.annotate(due=Subquery(due.values("due_at")[:1])).order_by(F("due").asc(nulls_last=True), "pk")
    else:
        rows = (rows if before is None else rows.filter(pk__lt=before)).order_by("-pk")
    found = list(rows[begin : begin + SIZE + 1])
    return ListPage(
        tab=tab,
        rows=_rows(found[:SIZE], actor),
        counts={"waiting": in_tab("waiting", actor).count()},
        next_before=None if len(found) <= SIZE else begin + SIZE if tab == "waiting" else found[SIZE - 1].pk,
    )


def in_tab(tab: str, actor: Actor) -> Any:
    """The approvals of one list."""
    visible = Approval.objects.visible_to(actor)
    steps = ApprovalStep.objects.values("approval_id")
    match tab:
        case "waiting":
            mine = steps.filter(user_id__in=actor.rights.own_ids, state=StepState.WAITING)
            rows = visible.filter(pk__in=mine, state=ApprovalState.WAITING)
            return rows.exclude(requester_id=actor.user_id) if boolean_figure("approval.skip_own") else rows
        case "asked":
            return visible.filter(requester_id=actor.user_id)
        case "done":
            return visible.filter(pk__in=steps.filter(decided_by_id=actor.user_id))
        case "copied":
            parties = ApprovalParty.objects.filter(user_id=actor.user_id or 0, role=PartyRole.COPIED)
            return visible.filter(pk__in=parties.values("approval_id"))
        case _:
            return visible


def _rows(approvals: Sequence[Approval], actor: Actor) -> list[Row]:
    waiting: dict[int, list[ApprovalStep]] = defaultdict(list)
    for_reader(approvals, actor)
    steps = ApprovalStep.objects.filter(approval_id__in=[row.pk for row in approvals], state=StepState.WAITING)
    for step in steps.order_by("order", "pk"):
        waiting[step.approval_id].append(step)
    moment = now()
    result = []
    for approval in approvals:
        mine = waiting[approval.pk]
        due = min((step.due_at for step in mine if step.due_at is not None), default=None)
        result.append(
            Row(
                approval=approval,
                act=act_label(approval.act),
                about=named_about(approval),
                requester=person(approval.requester_id),
                waits_for=_("、").join(person(step.user_id) for step in mine[:3]),
                state=state_badge(approval),
                clock=due_words(due, moment=moment) if due is not None else None,
                is_mine=any(step.user_id in actor.rights.own_ids for step in mine),
            )
        )
    return result


def state_badge(approval: Approval) -> SafeString:
    """Where an approval stands, in words."""
    return html.badge(ApprovalState(approval.state).label, _TONES[ApprovalState(approval.state)])


@dataclass(frozen=True, slots=True)
class Deed:
    """One line of the history."""

    who: str
    is_program: bool
    words: str
    said: str
    at: datetime


@dataclass(slots=True)
class ApprovalPage:
    """One approval as one person sees it."""

    approval: Approval
    act: str
    describes: str
    requester: str
    department: str
    state: SafeString
    chain: SafeString
    history: list[Deed]
    copied: list[str]
    my_step: ApprovalStep | None
    is_requester: bool
    about: Presented | None = None
    cells: list[Cell] = field(default_factory=list)
    changes: list[Difference] = field(default_factory=list)
    is_changed: bool = False
    flow_line: str = ""
    viewer: int | None = None

    @property
    def is_waiting(self) -> bool:
        """Whether somebody still has to decide."""
        return self.approval.state == ApprovalState.WAITING

    @property
    def in_place_of(self) -> str:
        """Whom the viewer stands in for here; "" for their own say."""
        if self.my_step is None or self.stands_for is None:
            return ""
        return person(self.stands_for)

    @property
    def stands_for(self) -> int | None:
        """The absent person whose step the viewer may decide."""
        return None if self.my_step is None or self.viewer == self.my_step.user_id else self.my_step.user_id


def approval_page(approval: Approval, actor: Actor) -> ApprovalPage:
    """Everything the page shows of a visible approval."""
    for_reader([approval], actor)
    act = find_act(approval.act)
    page = ApprovalPage(
        approval=approval,
        act=act_label(approval.act),
        describes=act.describe(read_payload(approval)) if act is not None else "",
        requester=person(approval.requester_id),
        department=approval.department.label if approval.department is not None else "",
        state=state_badge(approval),
        chain=chain_html(approval),
        history=_history(approval),
        copied=[person(user) for user in _copied(approval)],
        my_step=waiting_step(approval, actor),
        is_requester=actor.user_id == approval.requester_id,
        viewer=actor.user_id,
    )
    if approval.flow is not None and approval.flow_version is not None:
        page.flow_line = _("%(flow)s · 第 %(number)s 版") % {
            "flow": approval.flow.label,
            "number": approval.flow_version.number,
        }
    found = visible_record(approval.about_type, approval.about_id, actor)
    if found is not None:
        known, record = found
        presenter = Presenter(known, actor)
        page.about = Presented(record, presenter)
        cells = [page.about.cell(key) for key in presenter.fields]
        page.cells = [cell for cell in cells if cell.state != HIDDEN and not cell.is_empty][:_MOST_CELLS]
    if approval.state == ApprovalState.WAITING:
        page.is_changed = current_fingerprint(approval) != approval.fingerprint
        if page.is_changed:
            page.changes = differences(approval.snapshot, approval.about_type, approval.about_id, actor)
    return page


def waiting_step(approval: Approval, actor: Actor) -> ApprovalStep | None:
    """The step the actor may decide now, their own before one they stand in for."""
    if approval.state != ApprovalState.WAITING:
        return None
    if actor.user_id == approval.requester_id and boolean_figure("approval.skip_own"):
        return None
    steps = approval.steps.filter(state=StepState.WAITING, user_id__in=actor.rights.own_ids).select_related("stage")
    found = sorted(steps, key=lambda step: (step.user_id != actor.user_id, step.pk))
    return found[0] if found else None


def chain_html(approval: Approval) -> SafeString:
    """The chain as numbered steps: who, how they decide, what they said."""
    stages = list(approval.stages.order_by("position", "pk"))
    steps: dict[int, list[ApprovalStep]] = defaultdict(list)
    for step in approval.steps.order_by("order", "pk"):
        steps[step.stage_id].append(step)
    moment = now()
    items = [
        html.Step(
            title=_stage_title(stage, len(steps[stage.pk])),
            state=_STAGE_STATES.get(StageState(stage.state), "ahead"),
            when=StageState(stage.state).label,
            body=SafeString("".join(_hand(step, moment) for step in steps[stage.pk])),
        )
        for stage in stages
    ]
    return html.steps(items)


def planned_chain_html(chain: Chain) -> SafeString:
    """A chain nobody was asked yet, as whoever asks sees it beforehand."""
    items = []
    for link in chain.links:
        label = link.step.label_en if (get_language() or "").startswith("en") else link.step.label_zh
        hands = "".join(
            f'<p class="approval__hand">{html.avatar(seat.name)}<span>{html.esc(seat.name)}'
            f"<small>{html.esc(_planned_words(seat.why, seat.came_from, seat.stand_in))}</small></span></p>"
            for seat in link.seats
        )
        items.append(html.Step(_title(label, link.step.mode, len(link.seats)), body=SafeString(hands)))
    return html.steps(items)


def _planned_words(why: str, came_from: int | None, stand_in: str) -> str:
    words = why_words(why, came_from)
    return _("%(why)s，%(who)s 替班") % {"why": words, "who": stand_in} if stand_in else words


_STAGE_STATES = {StageState.APPROVED: "done", StageState.SKIPPED: "done", StageState.WAITING: "now"}
_STAMPS = {StepState.APPROVED: "", StepState.REFUSED: "refused"}


def _stage_title(stage: ApprovalStage, people: int) -> str:
    label = stage.label_en if (get_language() or "").startswith("en") and stage.label_en else stage.label_zh
    return _title(label, stage.mode, people)


def _title(label: str, mode: str, people: int) -> str:
    if people <= 1:
        return label or _("审批")
    shown = StageMode(mode).label
    return _("%(label)s · %(mode)s") % {"label": label, "mode": shown} if label else str(shown)


def _hand(step: ApprovalStep, moment: datetime) -> str:
    name = person(step.user_id)
    facts = [why_words(step.why, step.came_from_id)]
    if step.decided_by_id is not None and step.decided_by_id != step.user_id:
        facts.append(_("由 %(who)s 代为处理") % {"who": person(step.decided_by_id)})
    away = stand_ins().get(step.user_id)
    if step.state == StepState.WAITING and away is not None:
        facts.append(_("不在，由 %(who)s 替班") % {"who": person(away)})
    if step.state == StepState.WAITING and step.due_at is not None:
        facts.append(due_words(step.due_at, moment=moment)[1])
    said = f'<p class="quote">{html.esc(step.reason)}</p>' if step.reason else ""
    when = html.when(step.decided_at) if step.decided_at is not None else ""
    state = StepState(step.state)
    tone = "warning" if state == StepState.WAITING else "outline"
    mark = html.stamp(state.label, _STAMPS[state]) if state in _STAMPS else html.badge(state.label, tone)
    is_away = step.state == StepState.WAITING and away is not None
    return (
        f'<div class="approval__hand">{html.avatar(name, away=is_away)}<span>{html.esc(name)}'
        f"<small>{html.esc(_('，').join(fact for fact in facts if fact))}</small></span>{mark}{when}</div>{said}"
    )


def _history(approval: Approval) -> list[Deed]:
    events = Event.objects.filter(record_type="approval", record_id=approval.pk).order_by("pk")
    return [
        Deed(
            who=actor_words(event),
            is_program=event.actor_kind in ("system", "rule", "job"),
            words=deed_words(event.kind, read_facts(event)),
            said=str(read_changes(event).get("words", (None, ""))[1] or ""),
            at=event.at,
        )
        for event in events
    ]


def _copied(approval: Approval) -> list[int]:
    rows = approval.parties.filter(role=PartyRole.COPIED).order_by("pk")
    return list(rows.values_list("user_id", flat=True))


def waiting_count(actor: Actor) -> int:
    """How many approvals wait for the actor."""
    return int(in_tab("waiting", actor).count())


def colleagues(*, without: Sequence[int] = ()) -> list[tuple[str, str]]:
    """(id, name) of everybody who may be asked or copied."""
    people = organisation()
    rows = [(str(user), people.user_names[user]) for user in people.active_ids if user not in without]
    return sorted(rows, key=lambda row: row[1])
