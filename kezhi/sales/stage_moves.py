"""The page and sheet on which a stage's missing things are put right, and the path on an opportunity's page (SAL-2)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor
from kezhi.records.forms import may_edit
from kezhi.records.registry import record_type
from kezhi.sales.boards import days_words
from kezhi.sales.entry_conditions import Missing, missing_to_enter, stage_label
from kezhi.sales.models import Opportunity, Stage, StageStay
from kezhi.sales.stages import StageFacts, stage_facts, stages_of


@dataclass(frozen=True, slots=True)
class Fix:
    """Something missing, with a link to where it is put right ("" where a control of the form does it)."""

    text: str
    url: str = ""
    act: str | Promise = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One stage of the path."""

    key: str
    label: str
    note: str
    css: str
    is_here: bool
    url: str


@dataclass(slots=True)
class Path:
    """The stage path of an opportunity, and what comes next."""

    steps: list[Step]
    days: str
    is_late: bool
    next_label: str = ""
    next_url: str = ""
    missing: list[str] = field(default_factory=list)
    won_url: str = ""
    won_label: str = ""
    lost_url: str = ""
    step_url: str = ""
    may_move: bool = False
    is_open: bool = True


_ELSEWHERE: dict[str, tuple[str, str, str | Promise]] = {
    "quote_count": ("quote", "quotes", _("新建报价")),
    "legal_state": ("contract", "contracts", _("新建合同")),
    "is_paid": ("contract", "contracts", _("新建合同")),
}


def asked_fields(stage: StageFacts, missing: Sequence[Missing], opportunity: Opportunity, actor: Actor) -> list[str]:
    """The fields the form shows: what is missing and may be written here; a lost one also asks who won."""
    known = record_type("opportunity")
    keys = [each.field for each in missing if each.field]
    if stage.kind == Stage.Kind.LOST:
        keys += ["lost_reason", "competitor"]
    return [
        key
        for key in dict.fromkeys(keys)
        if (each := known.field(key)) and not each.read_only and may_edit(known, opportunity, key, actor)
    ]


def fixes(missing: Sequence[Missing], keys: Sequence[str], opportunity: Opportunity, actor: Actor) -> list[Fix]:
    """What is missing and cannot be typed here, each with where to do it."""
    found = []
    for each in missing:
        if each.field in keys or each.is_agreement:
            continue
        place = _ELSEWHERE.get(each.field)
        if place is not None and opportunity.customer_id and actor.allows(place[0], "create"):
            mine = opportunity_contract(opportunity, actor) if place[0] == "contract" else ""
            back = f"/opportunities/{opportunity.pk}/"
            given = {"opportunity": opportunity.pk, "customer": opportunity.customer_id, "back": back}
            url = mine or f"/{place[1]}/new/?{urlencode(given)}"
            found.append(Fix(each.text, url, gettext("打开合同") if mine else place[2]))
        else:
            found.append(Fix(each.text))
    return found


def opportunity_contract(opportunity: Opportunity, actor: Actor) -> str:
    """The address of its latest contract the actor may see; "" for none."""
    known = record_type("contract")
    if not actor.allows("contract", "view"):
        return ""
    rows = known.model.objects.visible_to(actor).filter(opportunity_id=opportunity.pk)
    pk = rows.order_by("-pk").values_list("pk", flat=True).first()
    return f"/contracts/{pk}/" if pk else ""


def stage_path(opportunity: Opportunity, actor: Actor) -> Path:
    """The path with the days it stood in each stage, what the next stage still needs, and where it may go."""
    known = record_type("opportunity")
    may_move = may_edit(known, opportunity, "stage", actor)
    here = stage_facts(opportunity.stage_id)
    shown = [
        stage
        for stage in stages_of(opportunity.pipeline_id)
        if stage.key == here.key or (stage.is_active and stage.kind != Stage.Kind.LOST)
    ]
    stays: dict[str, int] = {}
    for stay in StageStay.objects.filter(opportunity=opportunity, left_at__isnull=False):
        key = str(stay.stage_id)
        stays[key] = stays.get(key, 0) + stay.days
    css, words = days_words(opportunity)
    steps = [_step(stage, here, stays, words, opportunity, may_move) for stage in shown]
    path = Path(steps, words, css == "deal--stale", may_move=may_move, is_open=here.kind == Stage.Kind.OPEN)
    path.step_url = reverse("sales:opportunity_step", args=[opportunity.pk])
    _add_moves(path, here, opportunity, actor)
    return path


def move_url(opportunity: Opportunity, stage: str) -> str:
    """Where it is moved to a stage."""
    back = f"/opportunities/{opportunity.pk}/"
    query = urlencode({"to": stage, "back": back})
    return f"{reverse('sales:opportunity_stage', args=[opportunity.pk])}?{query}"


def _step(
    stage: StageFacts, here: StageFacts, stays: dict[str, int], words: str, opportunity: Opportunity, may_move: bool
) -> Step:
    is_here = stage.key == here.key
    css = ""
    if is_here and here.kind == Stage.Kind.LOST:
        css = "path__stage--lost"
    elif (
        not is_here
        and (stage.order < here.order and stage.kind == Stage.Kind.OPEN)
        and (here.kind != Stage.Kind.LOST or stage.key in stays)
    ):
        css = "path__stage--done"
    days = stays.get(stage.key)
    note = words if is_here else (ngettext("%(days)s 天", "%(days)s 天", days) % {"days": days} if days else "")
    url = move_url(opportunity, stage.key) if may_move and not is_here else ""
    return Step(stage.key, stage_label(stage.key), note, css, is_here, url)


def _add_moves(path: Path, here: StageFacts, opportunity: Opportunity, actor: Actor) -> None:
    if not path.is_open:
        return
    for stage in stages_of(opportunity.pipeline_id):
        if not stage.is_active:
            continue
        if stage.kind == Stage.Kind.OPEN and stage.order > here.order and not path.next_url:
            path.next_label, path.next_url = stage_label(stage.key), move_url(opportunity, stage.key)
            path.missing = [each.text for each in missing_to_enter(opportunity, stage, actor)]
        elif stage.kind == Stage.Kind.WON and not path.won_url:
            path.won_label, path.won_url = stage_label(stage.key), move_url(opportunity, stage.key)
            if not path.next_url:
                path.missing = [each.text for each in missing_to_enter(opportunity, stage, actor)]
        elif stage.kind == Stage.Kind.LOST and not path.lost_url:
            path.lost_url = move_url(opportunity, stage.key)
