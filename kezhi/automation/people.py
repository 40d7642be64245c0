"""Whom a rule means: the owner, the owner's manager, everybody with a role, one named colleague (AUTO-1, ORG-6).

A person is a token: owner · owner_manager · owner_above (two levels up) · department_head · creator · actor ·
``user:5`` · ``role:finance`` · ``department:3`` · ``field:reviewer`` · ``field:customer.owner`` · administrators ·
``fact:owner`` and ``fact:to`` (whom the event itself names: the keeper of a promise, those it is escalated to).
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kezhi.access.directory import person_name
from kezhi.access.line import department_head, line_above
from kezhi.access.models import Department, Role, UserRole
from kezhi.access.rights import EPOCH, organisation, stand_ins
from kezhi.automation.actions.base import Target
from kezhi.core import epochs
from kezhi.core.values.problem import ValueProblem
from kezhi.records.fields import RecordField, UserField
from kezhi.records.registry import RecordType, find_record_type
from kezhi.work.notices_storing import who_is_there

PLAIN: dict[str, str | Promise] = {
    "owner": _("负责人"),
    "owner_manager": _("负责人的上级"),
    "owner_above": _("负责人的上上级"),
    "department_head": _("负责人所在部门的主管"),
    "creator": _("记录的创建人"),
    "actor": _("操作人"),
    "administrators": _("管理员"),
    "fact:owner": _("时限的责任人"),
    "fact:to": _("事件里要上报的人"),
}


def read_people(raw: object, record_type: RecordType) -> list[str]:
    """Tokens from JSON, checked.

    Raises:
        ValueProblem: nobody named, or a token that means nothing.
    """
    tokens = [str(item) for item in raw] if isinstance(raw, list) else [str(raw)] if raw else []
    if not tokens:
        raise ValueProblem("people.none", _("请选择至少一个人"))
    for token in tokens:
        if token_words(token, record_type) is None:
            raise ValueProblem("people.unknown", _("“%(who)s”已不存在，请重新选择"), {"who": token})
    return tokens


def token_words(token: str, record_type: RecordType) -> str | None:
    """A token in words; None when it means nobody any more."""
    if token in PLAIN:
        return str(PLAIN[token])
    kind, _colon, rest = token.partition(":")
    match kind:
        case "user":
            return person_name(int(rest)) or None if rest.isdecimal() else None
        case "role":
            role = Role.objects.filter(key=rest).first()
            return gettext("角色“%(role)s”的人") % {"role": role.label} if role else None
        case "department":
            department = Department.objects.filter(pk=rest).first() if rest.isdecimal() else None
            return gettext("%(department)s全体") % {"department": department.label} if department else None
        case "field":
            found = _user_field(rest, record_type)
            return found[1] if found else None
    return None


def people_words(tokens: Iterable[str], record_type: RecordType) -> str:
    """Several tokens in words; what is gone says so."""
    return gettext("、").join(token_words(token, record_type) or gettext("（已不存在）") for token in tokens)


def people_choices(record_type: RecordType) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """What an editor offers: (group, heading, [(token, words)])."""
    plain = [(token, str(words)) for token, words in PLAIN.items()]
    fields = [(f"field:{key}", words) for key, words in _user_fields(record_type)]
    people = organisation()
    users = sorted((name, f"user:{key}") for key, name in people.user_names.items() if key in people.active_ids)
    roles = [(f"role:{role.key}", role.label) for role in Role.objects.order_by("id")]
    departments = [(f"department:{row.pk}", row.label) for row in Department.objects.order_by("path")]
    return [
        ("plain", gettext("按关系"), plain + fields),
        ("role", gettext("按角色"), roles),
        ("department", gettext("按部门"), departments),
        ("user", gettext("同事"), [(token, name) for name, token in users]),
    ]


def find_people(tokens: Sequence[str], target: Target, record_type: RecordType) -> list[int]:
    """Ids of the active people the tokens mean for a record, each once, in order; leavers are passed over."""
    active = organisation().active_ids
    found: dict[int, None] = {}
    for token in tokens:
        for user_id in _mean(token, target, record_type):
            if user_id in active:
                found[user_id] = None
    return list(found)


def present_people(user_ids: Iterable[int]) -> list[tuple[int, int | None]]:
    """(who is told, whom they stand in for): somebody away gives way to the stand-in (ORG-6).

    Where the stand-in is away too, to theirs, to the end of the chain; where it ends nowhere, nobody gives way.
    """
    away = stand_ins()
    active = organisation().active_ids
    result: dict[int, int | None] = {}
    for user_id in user_ids:
        stand_in = who_is_there(user_id, away)
        if stand_in in active:
            result.setdefault(stand_in, user_id)
        else:
            result[user_id] = None
    return list(result.items())


def _mean(token: str, target: Target, record_type: RecordType) -> Iterable[int]:
    owner = record_type.policy.owner_id(target.record)
    match token:
        case "owner":
            return (owner,) if owner else ()
        case "owner_manager":
            return line_above(owner)[:1] if owner else ()
        case "owner_above":
            return line_above(owner)[1:2] if owner else ()
        case "department_head":
            department = organisation().user_departments.get(owner or 0)
            head = department_head(department) if department else None
            return (head,) if head else ()
        case "creator":
            return (target.record.created_by_id,) if target.record.created_by_id else ()
        case "actor":
            return (target.event.actor_id,) if target.event and target.event.actor_id else ()
        case "administrators":
            return with_role("administrator")
    kind, _colon, rest = token.partition(":")
    match kind:
        case "fact":
            named = target.facts.get(rest)
            return [int(pk) for pk in (named if isinstance(named, list) else [named]) if isinstance(pk, int)]
        case "user":
            return (int(rest),)
        case "role":
            return with_role(rest)
        case "department":
            return sorted(organisation().members_below(frozenset({int(rest)})))
        case "field":
            value = _field_value(rest, target.record, record_type)
            return (value,) if isinstance(value, int) else ()
    return ()


def with_role(key: str) -> tuple[int, ...]:
    """Ids of everybody who has a role."""
    return epochs.cached(
        EPOCH,
        ("role holders", key),
        lambda: tuple(UserRole.objects.filter(role__key=key).order_by("user_id").values_list("user_id", flat=True)),
    )


def _user_fields(record_type: RecordType) -> list[tuple[str, str]]:
    result = [
        (known.key, str(known.label))
        for known in record_type.all_fields().values()
        if isinstance(known, UserField) and (known.key != "owner" or record_type.owner_path != "owner_id")
    ]
    for known in record_type.all_fields().values():
        other = find_record_type(known.to) if isinstance(known, RecordField) else None
        if other is None:
            continue
        for inner in other.all_fields().values():
            if isinstance(inner, UserField):
                words = gettext("%(record)s的%(field)s") % {"record": known.label, "field": inner.label}
                result.append((f"{known.key}.{inner.key}", words))
    return result


def _user_field(path: str, record_type: RecordType) -> tuple[str, str] | None:
    return next((pair for pair in _user_fields(record_type) if pair[0] == path), None)


def _field_value(path: str, record: Any, record_type: RecordType) -> Any:
    own, _dot, rest = path.partition(".")
    known = record_type.field(own)
    if known is None:
        return None
    if not rest:
        return known.get(record)
    other = find_record_type(getattr(known, "to", ""))
    linked = getattr(record, known.attribute.removesuffix("_id"), None)
    inner = other.field(rest) if other else None
    return inner.get(linked) if inner is not None and linked is not None else None
