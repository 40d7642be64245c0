"""Approvals in words: why somebody is asked, what a flow says, what happened."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from kezhi.access.actors import system_actor
from kezhi.access.models import Department, Role
from kezhi.access.rights import EPOCH, organisation
from kezhi.core import epochs
from kezhi.core.conditions import ConditionProblem, parse, plain_text, sentence
from kezhi.core.events import Json
from kezhi.core.values.money import format_money
from kezhi.records.registry import TypeCatalogue, find_record_type
from kezhi.records.timeline.items import Item, Words, register_renderer
from kezhi.records.timeline.items import sentence as words_of
from kezhi.work import approval_kinds as kinds
from kezhi.work.approval_acts import find_act
from kezhi.work.approval_flows import Definition, FlowStep, Who
from kezhi.work.models.approvals import StageMode

Text = str | Promise

WHYS: Mapping[str, Text] = {
    "manager": gettext_lazy("申请人的上级"),
    "above": gettext_lazy("更高一级的上级"),
    "head": gettext_lazy("部门负责人"),
    "role": gettext_lazy("按角色"),
    "users": gettext_lazy("指定的人"),
    "owner": gettext_lazy("记录负责人"),
    "next_level": gettext_lazy("转到上一级"),
    "fallback": gettext_lazy("没有别人可以审批"),
    "handed_on": gettext_lazy("转办"),
    "added": gettext_lazy("加签"),
    "timed_out": gettext_lazy("超时转交"),
    "left": gettext_lazy("原审批人已离职"),
    "away": gettext_lazy("原审批人不在"),
}


def person(user_id: object) -> str:
    """A colleague's name."""
    return organisation().user_names.get(user_id, "") if isinstance(user_id, int) else ""


def why_words(why: str, came_from: int | None) -> str:
    """How somebody came to be asked."""
    text = str(WHYS.get(why, ""))
    if came_from is None or why in ("added",):
        return _("%(who)s 加签") % {"who": person(came_from)} if why == "added" and came_from else text
    return _("%(why)s，原为 %(who)s") % {"why": text, "who": person(came_from)}


def act_label(key: str) -> str:
    """What an act is called; one that no longer exists says so."""
    act = find_act(key)
    return str(act.label) if act is not None else _("功能已不在（%(key)s）") % {"key": key}


def who_words(who: Who) -> str:
    """One way of naming approvers."""
    match who.by:
        case "manager":
            return _("直接上级")
        case "above":
            return _("往上第 %(levels)s 级上级") % {"levels": who.levels}
        case "head":
            return _("部门负责人")
        case "role":
            return _("%(role)s（角色）") % {"role": _role_names().get(who.role, who.role)}
        case "users":
            return _("、").join(person(user) for user in who.users)
        case _:
            return _("记录负责人")


def step_words(step: FlowStep) -> str:
    """One step of a flow: who, how, how long."""
    people = _("、").join(who_words(who) for who in step.approvers)
    if len(step.approvers) > 1 or (step.approvers[:1] and step.approvers[0].by in ("role", "users")):
        people = _("%(people)s %(mode)s") % {"people": people, "mode": StageMode(step.mode).label}
    if not step.minutes:
        return people
    hours = f"{Decimal(step.minutes) / 60:.1f}".removesuffix(".0")
    if step.on_timeout == "manager":
        return _("%(people)s（%(hours)s 个工作小时没处理就转给上级）") % {"people": people, "hours": hours}
    return _("%(people)s（%(hours)s 个工作小时没处理就转给替班人或上级）") % {"people": people, "hours": hours}


def where_words(definition: Definition) -> list[str]:
    """Where a flow applies; empty for everywhere."""
    parts = []
    if definition.department_id is not None:
        name = _department_names().get(definition.department_id, "")
        parts.append(_("%(department)s及下级") % {"department": name})
    low, high = definition.amount_from, definition.amount_to
    if low is not None and high is not None:
        parts.append(_("金额超过 %(low)s、不超过 %(high)s") % {"low": format_money(low), "high": format_money(high)})
    elif low is not None:
        parts.append(_("金额超过 %(low)s") % {"low": format_money(low)})
    elif high is not None:
        parts.append(_("金额不超过 %(high)s") % {"high": format_money(high)})
    known = find_record_type(definition.record_type)
    if known is not None:
        parts.append(str(known.label))
        if definition.condition is not None:
            parts.append(condition_words(definition))
    return parts


def condition_words(definition: Definition) -> str:
    """The flow's condition as a sentence; one that no longer holds says so."""
    known = find_record_type(definition.record_type)
    if known is None:
        return ""
    catalogue = TypeCatalogue(known, system_actor("approvals"))
    try:
        condition = parse(definition.condition, catalogue)
    except ConditionProblem:
        return _("条件里的字段已经不在，按需要审批处理")
    return plain_text(sentence(condition, catalogue))


def flow_words(act: str, definition: Definition) -> list[str]:
    """A whole flow as a sentence in pieces: what, where, who after whom, who is copied."""
    where = where_words(definition)
    lead = (
        _("%(act)s（%(where)s）") % {"act": act_label(act), "where": _("，").join(where)} if where else act_label(act)
    )
    parts = [_("%(act)s要由") % {"act": lead}]
    parts.append(_("，然后由 ").join(step_words(step) for step in definition.steps))
    parts.append(_("审批，同意后才办理"))
    if definition.copies:
        parts.append(_("，抄送 %(people)s") % {"people": _("、").join(who_words(who) for who in definition.copies)})
    return parts


def deed_words(kind: str, facts: Mapping[str, Json]) -> str:
    """What somebody did, after their name, as the approval's history tells it."""
    to = facts.get("to")
    people = _("、").join(person(user) for user in to) if isinstance(to, list) else person(to)
    origin = person(facts.get("from"))
    match kind:
        case kinds.ASKED.key:
            return _("提交了审批")
        case kinds.STEP_APPROVED.key:
            return _("替 %(whom)s 同意") % {"whom": person(facts.get("for"))} if "for" in facts else _("同意")
        case kinds.STEP_REFUSED.key:
            return _("替 %(whom)s 驳回") % {"whom": person(facts.get("for"))} if "for" in facts else _("驳回")
        case kinds.HANDED_ON.key:
            return _("转办给 %(who)s") % {"who": people}
        case kinds.APPROVER_ADDED.key if facts.get("when") == "before":
            return _("请 %(who)s 先审批（前加签）") % {"who": people}
        case kinds.APPROVER_ADDED.key:
            return _("请 %(who)s 随后审批（后加签）") % {"who": people}
        case kinds.COPIED.key:
            return _("抄送给 %(who)s") % {"who": people}
        case kinds.TIMED_OUT.key if to:
            return _("%(from)s 超时没处理，转给 %(who)s") % {"from": origin, "who": people}
        case kinds.TIMED_OUT.key:
            return _("%(from)s 超时没处理，上面没有人可以转") % {"from": origin}
        case kinds.MOVED.key:
            return _("%(from)s 不能审批了，改由 %(who)s 审批") % {"from": origin, "who": people}
        case kinds.STOOD_IN.key:
            return _("%(from)s 不在，由 %(who)s 代为审批") % {"from": origin, "who": people}
        case _:
            return str(_KINDS.get(kind, kind))


_KINDS: Mapping[str, Text] = {
    kinds.APPROVED.key: gettext_lazy("审批通过，已执行"),
    kinds.REFUSED.key: gettext_lazy("审批被驳回"),
    kinds.WITHDRAWN.key: gettext_lazy("撤回了审批"),
    kinds.FAILED.key: gettext_lazy("审批通过，但没能执行"),
    kinds.CONFIRMED.key: gettext_lazy("确认了变动后的内容"),
    kinds.REMINDED.key: gettext_lazy("催办"),
    kinds.COMMENTED.key: gettext_lazy("评论"),
}


def people_words(names: Sequence[str]) -> str:
    """Some names, and how many more."""
    shown = _("、").join(names[:3])
    if len(names) <= 3:
        return shown
    more = ngettext("%(names)s 等 %(count)s 人", "%(names)s 等 %(count)s 人", len(names))
    return more % {"names": shown, "count": len(names)}


def _on_the_record(item: Item) -> Words:
    """On the record's timeline: that there was an approval, not what was said in it."""
    act = str(item.facts.get("act") or "")
    head = words_of(
        _("%(who)s %(deed)s：%(act)s"), who=item.who, deed=_RECORD_DEEDS[item.event.kind](), act=act_label(act)
    )
    return Words(SafeString(head), mark="check" if item.event.kind != kinds.REFUSED.key else "ban")


_RECORD_DEEDS = {
    kinds.ASKED.key: lambda: _("提交了审批"),
    kinds.APPROVED.key: lambda: _("同意了审批"),
    kinds.REFUSED.key: lambda: _("驳回了审批"),
    kinds.WITHDRAWN.key: lambda: _("撤回了审批"),
    kinds.FAILED.key: lambda: _("同意了审批，但没能执行"),
}
for _kind in _RECORD_DEEDS:
    register_renderer(_kind, _on_the_record)


def _role_names() -> dict[str, str]:
    rows = epochs.cached(EPOCH, "role names of approvals", lambda: tuple(Role.objects.all()))
    return {row.key: row.label for row in rows}


def _department_names() -> dict[int, str]:
    rows = epochs.cached(EPOCH, "department names of approvals", lambda: tuple(Department.objects.all()))
    return {row.pk: row.label for row in rows}
