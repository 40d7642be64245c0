"""What a flow says: for which act, where it applies, who agrees in which order, what happens when nobody answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor, system_actor
from kezhi.access.rights import organisation
from kezhi.core import epochs
from kezhi.core.conditions import ConditionProblem, fields_used, matches, parse, to_q
from kezhi.core.events import Json
from kezhi.core.values.problem import ValueProblem
from kezhi.records.registry import TypeCatalogue, find_record_type
from kezhi.work.approval_records import value_of
from kezhi.work.models.approvals import ApprovalFlow, StageMode
from kezhi.work.operations.tasks import About

EPOCH = "approval-flows"

By = Literal["manager", "above", "head", "role", "users", "owner"]
BYS: tuple[By, ...] = ("manager", "above", "head", "role", "users", "owner")
_MOST_STEPS, _MOST_PEOPLE, _MOST_LEVELS, _MOST_MINUTES = 20, 30, 9, 60 * 24 * 60


@dataclass(frozen=True, slots=True)
class Who:
    """One way of naming approvers.

    ``manager`` is the requester's, ``above`` the one ``levels`` up, ``head`` runs the department, ``role`` everybody
    with the role, ``users`` those named, ``owner`` the record's owner.
    """

    by: By
    levels: int = 1
    role: str = ""
    users: tuple[int, ...] = ()

    def as_json(self) -> dict[str, Json]:
        """As it is stored."""
        match self.by:
            case "above":
                return {"by": self.by, "levels": self.levels}
            case "role":
                return {"by": self.by, "role": self.role}
            case "users":
                return {"by": self.by, "users": list(self.users)}
            case _:
                return {"by": self.by}


@dataclass(frozen=True, slots=True)
class FlowStep:
    """One stage: some people, how they decide together, and after how many working minutes it moves on (0: never)."""

    mode: str
    approvers: tuple[Who, ...]
    label_zh: str = ""
    label_en: str = ""
    minutes: int = 0
    on_timeout: str = "stand_in"

    def as_json(self) -> dict[str, Json]:
        """As it is stored."""
        return {
            "mode": self.mode,
            "approvers": [who.as_json() for who in self.approvers],
            "label_zh": self.label_zh,
            "label_en": self.label_en,
            "minutes": self.minutes,
            "on_timeout": self.on_timeout,
        }


@dataclass(frozen=True, slots=True)
class Definition:
    """A whole flow. It applies above ``amount_from`` up to and including ``amount_to`` (None: no such bound)."""

    steps: tuple[FlowStep, ...]
    copies: tuple[Who, ...] = ()
    department_id: int | None = None
    amount_from: Decimal | None = None
    amount_to: Decimal | None = None
    record_type: str = ""
    condition: Json = None

    def as_json(self) -> dict[str, Json]:
        """As it is stored."""
        return {
            "steps": [step.as_json() for step in self.steps],
            "copies": [who.as_json() for who in self.copies],
            "department_id": self.department_id,
            "amount_from": None if self.amount_from is None else str(self.amount_from),
            "amount_to": None if self.amount_to is None else str(self.amount_to),
            "record_type": self.record_type,
            "condition": self.condition,
        }


@dataclass(frozen=True, slots=True)
class LiveFlow:
    """A flow that is switched on, with the definition in force."""

    flow_id: int
    version_id: int
    act: str
    definition: Definition


def read_definition(raw: Mapping[str, Json]) -> Definition:
    """A definition from JSON, checked.

    Raises:
        ValueProblem: a part of it cannot be; the sentence says which.
    """
    steps = raw.get("steps")
    if not isinstance(steps, list) or not steps:
        raise ValueProblem("approval.steps", _("请至少设置一个审批步骤。"))
    if len(steps) > _MOST_STEPS:
        raise ValueProblem("approval.steps", _("审批步骤最多 %(count)s 个。"), {"count": _MOST_STEPS})
    amount_from, amount_to = _amount(raw.get("amount_from")), _amount(raw.get("amount_to"))
    if amount_from is not None and amount_to is not None and amount_to <= amount_from:
        raise ValueProblem("approval.amount", _("金额上限要大于下限。"))
    department = raw.get("department_id")
    type_key = str(raw.get("record_type") or "")
    if type_key and find_record_type(type_key) is None:
        raise ValueProblem("approval.record_type", _("没有这类记录。"))
    condition = raw.get("condition") or None
    if condition is not None:
        _check_condition(type_key, condition)
    copies = raw.get("copies")
    return Definition(
        steps=tuple(_step(step) for step in steps),
        copies=tuple(_who(who) for who in copies) if isinstance(copies, list) else (),
        department_id=department if isinstance(department, int) else None,
        amount_from=amount_from,
        amount_to=amount_to,
        record_type=type_key,
        condition=condition,
    )


def fitting_flow(
    act: str, *, about: About | None, amount: Decimal | None, department_id: int | None, would_be: Any = None
) -> LiveFlow | None:
    """The first flow of the act that is on and fits; None where nobody has to agree.

    Conditions are tested on the stored record, or on ``would_be``: the record as the act would leave it.
    """
    for flow in live_flows(act):
        if _fits(flow.definition, about, amount, department_id, would_be):
            return flow
    return None


def live_flows(act: str) -> tuple[LiveFlow, ...]:
    """The flows of an act that are switched on, in their order; from memory."""
    return epochs.cached(EPOCH, ("live", act), lambda: _load(act))


def _load(act: str) -> tuple[LiveFlow, ...]:
    rows = ApprovalFlow.objects.filter(act=act, is_on=True, version__isnull=False).select_related("version")
    found = []
    for row in rows:
        if row.version is not None:
            found.append(LiveFlow(row.pk, row.version.pk, act, stored_definition(row.version.definition)))
    return tuple(found)


def stored_definition(raw: Mapping[str, Json]) -> Definition:
    """A stored definition; parts that no longer hold (a deleted field in a condition) are left as they are."""
    return read_definition({**raw, "condition": None}) if not raw.get("condition") else _with_condition(raw)


def _with_condition(raw: Mapping[str, Json]) -> Definition:
    plain = read_definition({**raw, "condition": None})
    return Definition(
        plain.steps,
        plain.copies,
        plain.department_id,
        plain.amount_from,
        plain.amount_to,
        plain.record_type,
        raw["condition"],
    )


def _fits(
    definition: Definition, about: About | None, amount: Decimal | None, department_id: int | None, would_be: Any
) -> bool:
    if definition.department_id is not None:
        below = organisation().departments_below(definition.department_id)
        if department_id is None or department_id not in below:
            return False
    if definition.amount_from is not None and (amount is None or amount <= definition.amount_from):
        return False
    if definition.amount_to is not None and (amount is None or amount > definition.amount_to):
        return False
    if definition.record_type and (about is None or about.record_type != definition.record_type):
        return False
    return definition.condition is None or _condition_holds(definition, about, would_be)


def _condition_holds(definition: Definition, about: About | None, would_be: Any) -> bool:
    known = find_record_type(definition.record_type)
    if known is None or about is None:
        return False
    actor = _reader()
    catalogue = TypeCatalogue(known, actor)
    try:
        condition = parse(definition.condition, catalogue)
        if would_be is not None:
            values = {key: value_of(known, would_be, key) for key in fields_used(condition)}
            return matches(condition, values, catalogue, actor.condition_context())
        wanted = to_q(condition, catalogue, actor.condition_context())
    except ConditionProblem:
        # A condition that can no longer be read must not open the door: the flow applies.
        return True
    rows = known.model.objects.ungated("approval flow").filter(wanted, pk=about.record_id)
    return bool(rows.exists())


def _check_condition(type_key: str, condition: Json) -> None:
    known = find_record_type(type_key)
    if known is None:
        raise ValueProblem("approval.condition", _("要加条件，请先选择是哪类记录。"))
    try:
        parse(condition, TypeCatalogue(known, _reader()))
    except ConditionProblem as problem:
        raise ValueProblem(
            "approval.condition", _("条件不能这样写：%(problem)s"), {"problem": str(problem)}
        ) from problem


def _reader() -> Actor:
    return system_actor("approvals")


def _step(raw: Json) -> FlowStep:
    if not isinstance(raw, dict):
        raise ValueProblem("approval.step", _("审批步骤写得不对。"))
    mode = str(raw.get("mode") or StageMode.ANY)
    if mode not in StageMode.values:
        raise ValueProblem("approval.mode", _("审批方式只有会签、或签、依次。"))
    approvers = raw.get("approvers")
    if not isinstance(approvers, list) or not approvers:
        raise ValueProblem("approval.approvers", _("每个步骤都要有审批人。"))
    minutes = raw.get("minutes") or 0
    if not isinstance(minutes, int) or not 0 <= minutes <= _MOST_MINUTES:
        raise ValueProblem(
            "approval.minutes", _("审批时限要在 0 到 %(most)s 小时之间。"), {"most": _MOST_MINUTES // 60}
        )
    on_timeout = str(raw.get("on_timeout") or "stand_in")
    if on_timeout not in ("stand_in", "manager"):
        raise ValueProblem("approval.timeout", _("超时后只能转给替班人或上级。"))
    return FlowStep(
        mode=mode,
        approvers=tuple(_who(who) for who in approvers[:_MOST_PEOPLE]),
        label_zh=str(raw.get("label_zh") or "")[:120],
        label_en=str(raw.get("label_en") or "")[:120],
        minutes=minutes,
        on_timeout=on_timeout,
    )


def _who(raw: Json) -> Who:
    by = raw.get("by") if isinstance(raw, dict) else None
    if not isinstance(raw, dict) or by not in BYS:
        raise ValueProblem("approval.who", _("请选择审批人。"))
    levels = raw.get("levels") or 1
    if not isinstance(levels, int) or not 1 <= levels <= _MOST_LEVELS:
        raise ValueProblem("approval.levels", _("上级的级数要在 1 到 %(most)s 之间。"), {"most": _MOST_LEVELS})
    role, users = str(raw.get("role") or ""), raw.get("users")
    named = tuple(int(str(user)) for user in users if str(user).isdecimal()) if isinstance(users, list) else ()
    if by == "role" and not role:
        raise ValueProblem("approval.role", _("请选择角色。"))
    if by == "users" and not named:
        raise ValueProblem("approval.users", _("请选择审批人。"))
    return Who(
        by=next(known for known in BYS if known == by),
        levels=levels if by == "above" else 1,
        role=role if by == "role" else "",
        users=named[:_MOST_PEOPLE] if by == "users" else (),
    )


def _amount(raw: Json) -> Decimal | None:
    if raw is None or raw == "":
        return None
    try:
        amount = Decimal(str(raw))
    except InvalidOperation:
        raise ValueProblem("approval.amount", _("金额要填数字。")) from None
    if not amount.is_finite() or amount < 0 or amount >= Decimal(10) ** 14:
        raise ValueProblem("approval.amount", _("金额要填数字。"))
    return amount
