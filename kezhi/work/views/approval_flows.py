"""Settings → Approval flows: each reads as a sentence and is edited on one page; without scripts too."""

import json
from dataclasses import dataclass, field
from decimal import Decimal

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kezhi.access.actors import Actor
from kezhi.access.models import Role
from kezhi.access.policies import require_area
from kezhi.access.tree import department_choices
from kezhi.core.events import Json
from kezhi.core.values.problem import ValueProblem
from kezhi.records.listing.schema import list_schema
from kezhi.records.registry import find_record_type, record_types
from kezhi.records.views.answers import signed_in
from kezhi.ui.toasts import toast
from kezhi.work.approval_acts import acts, find_act
from kezhi.work.approval_flows import Definition, Who, read_definition, stored_definition
from kezhi.work.approval_pages import colleagues
from kezhi.work.approval_words import act_label, flow_words
from kezhi.work.models.approvals import Approval, ApprovalFlow, ApprovalFlowVersion, ApprovalState, StageMode
from kezhi.work.operations.approval_flows import save_flow, switch_flow

_LEVELS = (2, 3, 4)
_EMPTY_STEP: dict[str, Json] = {"mode": "any", "approvers": [], "minutes": 480, "on_timeout": "stand_in"}


@dataclass(slots=True)
class StepForm:
    """One step as the form shows it; ``chosen`` holds tokens such as "manager", "role:finance", "user:12"."""

    number: int
    label_zh: str
    label_en: str
    mode: str
    chosen: list[str]
    hours: str
    on_timeout: str


@dataclass(slots=True)
class FlowForm:
    """A flow as the form shows it: what was stored, or what was just typed."""

    act: str
    name_zh: str = ""
    name_en: str = ""
    order: str = ""
    department: str = ""
    amount_from: str = ""
    amount_to: str = ""
    record_type: str = ""
    condition: Json = None
    note: str = ""
    steps: list[StepForm] = field(default_factory=list)
    copies: list[str] = field(default_factory=list)


@require_GET
@signed_in
def flows(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """GET /settings/approvals/: every flow as a sentence, by act."""
    require_area(actor, "settings", "approvals")
    rows = list(ApprovalFlow.objects.select_related("version").order_by("act", "order", "pk"))
    known = [act.key for act in acts()]
    groups = []
    for key in dict.fromkeys([*known, *(row.act for row in rows)]):
        act = find_act(key)
        lines = [(row, sentence_of(row)) for row in rows if row.act == key]
        groups.append((key, act_label(key), act.help if act is not None else "", lines))
    return render(request, "work/approvals/flows.html", {"groups": groups})


@require_http_methods(["GET", "POST"])
@signed_in
def flow_new(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """/settings/approvals/new/?act=general: a new flow."""
    require_area(actor, "settings", "approvals")
    if request.method == "POST":
        return _posted(request, actor, None)
    act = request.GET.get("act", "")
    form = FlowForm(act=act if find_act(act) is not None else acts()[0].key)
    form.steps = [_step_form(1, _EMPTY_STEP)]
    return _show(request, None, form)


@require_http_methods(["GET", "POST"])
@signed_in
def flow_edit(request: HttpRequest, actor: Actor, flow_id: int) -> HttpResponseBase:
    """/settings/approvals/7/: change a flow, look at its versions, put it in or out of force."""
    require_area(actor, "settings", "approvals")
    flow = ApprovalFlow.objects.select_related("version").get(pk=flow_id)
    if request.method == "POST":
        return _posted(request, actor, flow)
    version = flow.version
    wanted = request.GET.get("version", "")
    if wanted.isdecimal() and len(wanted) < 9:
        version = flow.versions.filter(number=int(wanted)).first() or version
    if version is None:
        raise Http404
    return _show(request, flow, _stored_form(flow, version))


@require_POST
@signed_in
def flow_switch(request: HttpRequest, actor: Actor, flow_id: int) -> HttpResponseBase:
    """POST /settings/approvals/7/switch/: in or out of force, with a reason for out."""
    flow = ApprovalFlow.objects.get(pk=flow_id)
    is_on = request.POST.get("on") == "1"
    try:
        switch_flow(flow, is_on=is_on, reason=request.POST.get("reason", ""), actor=actor.fresh())
    except ValueProblem as refused:
        toast(request, refused.message, tone="warning")
        return redirect("work:approval_flow", flow_id)
    words = _("已启用“%(name)s”") if is_on else _("已停用“%(name)s”，正在进行的审批照常走完")
    toast(request, words % {"name": flow.label})
    return redirect("work:approval_flows")


def sentence_of(flow: ApprovalFlow) -> list[str]:
    """A flow as a sentence in pieces; a stored definition that cannot be read says so."""
    if flow.version is None:
        return []
    try:
        return flow_words(flow.act, stored_definition(flow.version.definition))
    except ValueProblem as problem:
        return [_("这个流程读不出来：%(problem)s") % {"problem": problem.message}]


def _posted(request: HttpRequest, actor: Actor, flow: ApprovalFlow | None) -> HttpResponse:
    form = _typed(request.POST)
    shape = request.POST.get("shape", "")
    if shape:
        _reshape(form, shape)
        return _show(request, flow, form)
    try:
        definition = read_definition(_definition_json(request.POST, form))
        order = int(form.order) if form.order.isdecimal() and len(form.order) < 7 else None
        saved = save_flow(
            flow,
            definition,
            act=form.act,
            name_zh=form.name_zh,
            name_en=form.name_en,
            order=order,
            note=form.note,
            actor=actor.fresh(),
        )
    except ValueProblem as refused:
        return _show(request, flow, form, problem=refused.message, status=422)
    toast(request, _("已保存“%(name)s”，新提交的审批按它走") % {"name": saved.label})
    return redirect("work:approval_flows")


def _show(
    request: HttpRequest, flow: ApprovalFlow | None, form: FlowForm, *, problem: str = "", status: int = 200
) -> HttpResponse:
    act, known = find_act(form.act), find_record_type(form.record_type)
    actor: Actor = request.actor  # type: ignore[attr-defined]
    running = Approval.objects.ungated("settings: how many run").filter(flow=flow, state=ApprovalState.WAITING)
    context = {
        "flow": flow,
        "form": form,
        "acts": [(each.key, each.label) for each in acts()],
        "has_amount": act is None or act.has_amount,
        "departments": department_choices(),
        "types": [(each.key, each.label) for each in record_types()],
        "modes": [(mode.value, mode.label) for mode in StageMode],
        "who": _who_choices(),
        "schema": list_schema(known, actor) if known is not None else None,
        "versions": flow.versions.select_related("made_by") if flow is not None else (),
        "running": running.count() if flow is not None else 0,
        "problem": problem,
        "mode_help": _("会签：每个人都要同意。或签：先处理的人说了算。依次：一个一个来。"),
    }
    return render(request, "work/approvals/flow.html", context, status=status)


def _who_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    levels = [(f"above:{level}", _("往上第 %(levels)s 级上级") % {"levels": level}) for level in _LEVELS]
    by_place = [("manager", _("申请人的上级")), *levels, ("head", _("部门负责人")), ("owner", _("记录负责人"))]
    return [
        (_("按关系"), by_place),
        (_("按角色"), [(f"role:{role.key}", role.label) for role in Role.objects.all()]),
        (_("指定的人"), [(f"user:{user}", name) for user, name in colleagues()]),
    ]


# -- stored, typed


def _stored_form(flow: ApprovalFlow, version: ApprovalFlowVersion) -> FlowForm:
    definition: Definition = stored_definition(version.definition)
    return FlowForm(
        act=flow.act,
        name_zh=flow.name_zh,
        name_en=flow.name_en,
        order=str(flow.order),
        department=str(definition.department_id or ""),
        amount_from="" if definition.amount_from is None else f"{definition.amount_from:f}",
        amount_to="" if definition.amount_to is None else f"{definition.amount_to:f}",
        record_type=definition.record_type,
        condition=definition.condition,
        steps=[_step_form(number, step.as_json()) for number, step in enumerate(definition.steps, start=1)],
        copies=[token for who in definition.copies for token in _tokens(who.as_json())],
    )


def _step_form(number: int, step: dict[str, Json]) -> StepForm:
    approvers = step.get("approvers")
    minutes = step.get("minutes")
    hours = Decimal(minutes) / 60 if isinstance(minutes, int) else Decimal(0)
    return StepForm(
        number=number,
        label_zh=str(step.get("label_zh") or ""),
        label_en=str(step.get("label_en") or ""),
        mode=str(step.get("mode") or "any"),
        chosen=[token for who in approvers if isinstance(who, dict) for token in _tokens(who)]
        if isinstance(approvers, list)
        else [],
        hours=f"{hours:.2f}".rstrip("0").rstrip("."),
        on_timeout=str(step.get("on_timeout") or "stand_in"),
    )


def _tokens(who: dict[str, Json]) -> list[str]:
    match who.get("by"):
        case "above":
            return [f"above:{who.get('levels')}"]
        case "role":
            return [f"role:{who.get('role')}"]
        case "users":
            users = who.get("users")
            return [f"user:{user}" for user in users] if isinstance(users, list) else []
        case by:
            return [str(by)]


def _whos(tokens: list[str]) -> list[Json]:
    found: list[Json] = []
    users = [int(token[5:]) for token in tokens if token.startswith("user:") and token[5:].isdecimal()]
    for token in tokens:
        name, _colon, rest = token.partition(":")
        if name == "above" and rest.isdecimal():
            found.append(Who("above", levels=int(rest[:2])).as_json())
        elif name == "role":
            found.append(Who("role", role=rest[:60]).as_json())
        elif name != "user":
            found.append({"by": name})
    return [*found, Who("users", users=tuple(users)).as_json()] if users else found


def _typed(posted: QueryDict) -> FlowForm:
    try:
        condition: Json = json.loads(posted.get("condition", "") or "null")
    except (ValueError, RecursionError):
        condition = None
    numbers = [number for number in posted.getlist("step") if number.isdecimal()][:30]
    steps = [
        StepForm(
            number=place,
            label_zh=posted.get(f"label_zh-{number}", "")[:120],
            label_en=posted.get(f"label_en-{number}", "")[:120],
            mode=posted.get(f"mode-{number}", "any"),
            chosen=posted.getlist(f"who-{number}"),
            hours=posted.get(f"hours-{number}", "").strip(),
            on_timeout=posted.get(f"timeout-{number}", "stand_in"),
        )
        for place, number in enumerate(numbers, start=1)
    ]
    return FlowForm(
        act=posted.get("act", ""),
        name_zh=posted.get("name_zh", ""),
        name_en=posted.get("name_en", ""),
        order=posted.get("order", "").strip(),
        department=posted.get("department", ""),
        amount_from=posted.get("amount_from", "").strip(),
        amount_to=posted.get("amount_to", "").strip(),
        record_type=posted.get("record_type", ""),
        condition=condition,
        note=posted.get("note", ""),
        steps=steps,
        copies=posted.getlist("copies"),
    )


def _reshape(form: FlowForm, shape: str) -> None:
    """Steps come, go and change places without scripts; "act" and "type" only show the form for another choice."""
    deed, _dash, text = shape.partition("-")
    place = int(text) - 1 if text.isdecimal() and len(text) < 4 else -1
    if deed == "add":
        form.steps.append(_step_form(len(form.steps) + 1, _EMPTY_STEP))
    elif deed == "remove" and 0 <= place < len(form.steps) and len(form.steps) > 1:
        form.steps.pop(place)
    elif deed == "up" and 0 < place < len(form.steps):
        form.steps[place - 1], form.steps[place] = form.steps[place], form.steps[place - 1]
    elif deed == "type":
        form.condition = None
    for number, step in enumerate(form.steps, start=1):
        step.number = number


def _definition_json(posted: QueryDict, form: FlowForm) -> dict[str, Json]:
    act = find_act(form.act)
    has_amount = act is None or act.has_amount
    is_empty = form.condition in (None, {}, {"all": []}, {"any": []})
    return {
        "steps": [
            {
                "label_zh": step.label_zh,
                "label_en": step.label_en,
                "mode": step.mode,
                "approvers": _whos(step.chosen),
                "minutes": _minutes(step.hours),
                "on_timeout": step.on_timeout,
            }
            for step in form.steps
        ],
        "copies": _whos(form.copies),
        "department_id": int(form.department) if form.department.isdecimal() else None,
        "amount_from": (form.amount_from or None) if has_amount else None,
        "amount_to": (form.amount_to or None) if has_amount else None,
        "record_type": form.record_type,
        "condition": None if is_empty or not form.record_type else form.condition,
    }


def _minutes(hours: str) -> int:
    if not hours:
        return 0
    try:
        value = Decimal(hours)
        return int(value * 60) if value.is_finite() and -1 < value < 10_000 else -1
    except ArithmeticError:
        return -1
