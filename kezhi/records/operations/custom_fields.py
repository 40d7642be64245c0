"""Custom fields made on screen, and what an administrator sets about built-in ones (CUS-6, CUS-10, FUP-3)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from re import _constants, _parser  # type: ignore[attr-defined]  # the standard library's own, without stubs
from typing import Any

from django.db import transaction
from django.db.models import Count
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor
from kezhi.access.policies import require_area
from kezhi.core import epochs
from kezhi.core.clock import today
from kezhi.core.events import EventDraft, Json, record_event
from kezhi.core.figures import integer_figure
from kezhi.core.jobs import enqueue
from kezhi.core.numbering import next_number
from kezhi.core.values.problem import ValueProblem
from kezhi.records import kinds
from kezhi.records.custom_types import field_from_custom
from kezhi.records.fields import MultiChoiceField, NumberField, ParseContext
from kezhi.records.fields.plain import clean_text
from kezhi.records.jobs import make_field_unique, mirror_field
from kezhi.records.mirrors import fill_unique, values_in_use_twice
from kezhi.records.models import CustomField, CustomValue
from kezhi.records.models.settings import FieldSetting
from kezhi.records.operations.problems import InvalidRecord
from kezhi.records.registry import EPOCH, RecordType, record_type

AREA, ACTION = "settings", "fields"
_UNIQUE_KINDS = frozenset({"text", "number", "money", "date", "url"})
_PATTERN_LENGTH = 120
_MOST_REPEATS = 2
_MOST_WEIGHT = 100
_SMALL_REPEAT = 30
_COLUMNS = (
    "name_zh",
    "name_en",
    "group",
    "help_zh",
    "help_en",
    "is_required",
    "is_unique",
    "is_personal",
    "is_personal_outside",
    "shown_in_list",
    "is_active",
)


@dataclass(frozen=True, slots=True)
class Choice:
    """One choice of a custom choice field; without a key it is a new one."""

    key: str
    zh: str
    en: str = ""
    is_off: bool = False


@dataclass(frozen=True, slots=True)
class FieldDraft:
    """What an administrator says about a custom field. ``options`` are raw: minimum, maximum, pattern, default …"""

    name_zh: str
    name_en: str = ""
    group: str = ""
    help_zh: str = ""
    help_en: str = ""
    is_required: bool = False
    is_unique: bool = False
    is_personal: bool = False
    is_personal_outside: bool = False
    shown_in_list: bool = False
    is_active: bool = True
    choices: Sequence[Choice] = ()
    options: Mapping[str, str] = field(default_factory=dict)


@transaction.atomic
def add_field(known: RecordType, kind: str, draft: FieldDraft, *, actor: Actor) -> CustomField:
    """Add a field to a record type. Its key never changes and is never used again.

    Raises:
        NotAllowed: the actor may not administer fields.
        InvalidRecord: with a sentence per part of the form.
    """
    require_area(actor, AREA, ACTION)
    if kind not in CustomField.Kind.values:
        raise InvalidRecord({"kind": _("请选择类型")})
    most = integer_figure("records.custom_fields_max")
    if CustomField.objects.filter(record_type=known.key).count() >= most:
        raise InvalidRecord({"": _("自定义字段太多了，请先停用不再需要的")})
    row = CustomField(record_type=known.key, kind=kind, key=next_number("custom_field", "cf_{seq:1}", today()))
    row.position = CustomField.objects.filter(record_type=known.key).count()
    _fill(known, row, draft, actor)
    row.save(force_insert=True)
    _tell(kinds.FIELD_ADDED.key, row, {}, actor)
    epochs.bump(EPOCH)
    return row


@transaction.atomic
def change_field(row: CustomField, draft: FieldDraft, *, actor: Actor) -> bool:
    """Change a custom field (never its key or kind). True: done; False: made unique by a job, since there are many.

    Raises:
        NotAllowed, InvalidRecord: as :func:`add_field`; values that occur twice are listed.
    """
    require_area(actor, AREA, ACTION)
    row = CustomField.objects.select_for_update().get(pk=row.pk)
    known = record_type(row.record_type)
    before, was_unique, was_personal = _facts(row), row.is_unique, row.is_personal
    _fill(known, row, draft, actor)
    is_later = False
    if row.is_unique and not was_unique:
        if CustomValue.objects.filter(field=row).count() > integer_figure("records.unique_at_once"):
            row.is_unique, is_later = False, True
            enqueue(make_field_unique, unique_key=f"unique:{row.key}", key=row.key)
        else:
            refuse_duplicates(row)
            fill_unique(row)
    elif was_unique and not row.is_unique:
        CustomValue.objects.filter(field=row).update(unique_text=None)
    if row.is_personal and not was_personal:
        # What is personal is not kept in the clear beside its record.
        CustomValue.objects.filter(field=row).delete()
    elif was_personal and not row.is_personal:
        enqueue(mirror_field, unique_key=f"mirror:{row.key}", key=row.key)
    row.save()
    _tell(kinds.FIELD_CHANGED.key, row, before, actor)
    epochs.bump(EPOCH)
    return not is_later


@transaction.atomic
def order_fields(known: RecordType, keys: Sequence[str], *, actor: Actor) -> None:
    """Put the custom fields of a type into this order."""
    require_area(actor, AREA, ACTION)
    rows = {row.key: row for row in CustomField.objects.filter(record_type=known.key)}
    ordered = [rows[key] for key in dict.fromkeys(keys) if key in rows]
    ordered += [row for row in rows.values() if row not in ordered]
    before = [row.key for row in sorted(rows.values(), key=lambda row: (row.position, row.pk))]
    after = [row.key for row in ordered]
    if before == after:
        return
    for place, row in enumerate(ordered):
        row.position = place
    CustomField.objects.bulk_update(ordered, ["position"])
    record_event(
        EventDraft(
            kind=kinds.FIELDS_ORDERED.key,
            record_type="custom_field",
            record_id=ordered[0].pk,
            actor=actor.ref,
            changes={"order": (list(before), list(after))},
            facts={"record_type": known.key},
        )
    )
    epochs.bump(EPOCH)


@transaction.atomic
def set_field(
    known: RecordType,
    key: str,
    *,
    is_required: bool,
    for_follow_up: bool,
    weight: int,
    is_personal_outside: bool | None = None,
    actor: Actor,
) -> FieldSetting:
    """Say of a built-in field whether it must be filled, when, what it weighs for completeness, and whether it leaves
    the house by itself only with approval (None: as it is; a personal field always does).

    Raises:
        NotAllowed: the actor may not administer fields.
        InvalidRecord: the field has no such settings, or a value is out of range.
    """
    require_area(actor, AREA, ACTION)
    declared = next((each for each in known.fields if each.key == key), None)
    if declared is None or declared.read_only:
        raise InvalidRecord({key: _("这个字段不能调整")})
    if key == known.title_field and not is_required:
        raise InvalidRecord({key: _("名称总是必填的")})
    if not 0 <= weight <= _MOST_WEIGHT:
        raise InvalidRecord({key: _("权重应在 0 到 100 之间")})
    current = known.field(key) or declared
    before: dict[str, Json] = {
        "is_required": current.required,
        "for_follow_up": current.follow_up,
        "weight": current.weight,
        "is_personal_outside": current.personal_outside,
    }
    if is_personal_outside is None or declared.personal:
        is_personal_outside = current.personal_outside
    after: dict[str, Json] = {
        "is_required": is_required,
        "for_follow_up": for_follow_up,
        "weight": weight,
        "is_personal_outside": is_personal_outside,
    }
    row, _created = FieldSetting.objects.update_or_create(
        record_type=known.key,
        field=key,
        defaults=after,
    )
    changes = {name: (before[name], after[name]) for name in after if before[name] != after[name]}
    if changes:
        record_event(
            EventDraft(
                kind=kinds.FIELD_SET.key,
                record_type="field_setting",
                record_id=row.pk,
                actor=actor.ref,
                changes=changes,
                facts={"record_type": known.key, "field": key},
            )
        )
        epochs.bump(EPOCH)
    return row


def is_slow_pattern(pattern: str) -> bool:
    """Whether a pattern might take longer than a blink on 500 characters.

    Python's engine tries every way to divide a text among repeats: a repeat of something that repeats or has
    alternatives takes exponential time, a third repeat beside two others cubic.
    """
    return _repeats(_parser.parse(pattern), is_inside=False) > _MOST_REPEATS


def _repeats(parsed: Any, *, is_inside: bool) -> int:
    """How many long repeats a pattern has; more than the most where one of varying length stands in another."""
    found = 0
    for name, argument in parsed:
        if name in (_constants.MAX_REPEAT, _constants.MIN_REPEAT, _constants.POSSESSIVE_REPEAT):
            least, most, inner = argument
            is_long = most > max(least, _SMALL_REPEAT)
            if is_inside and most > least:
                return _MOST_REPEATS + 1
            found += is_long + _repeats(inner, is_inside=is_inside or most > 1)
        elif name is _constants.BRANCH:
            if is_inside:
                return _MOST_REPEATS + 1
            found += sum(_repeats(branch, is_inside=is_inside) for branch in argument[1])
        elif name in (_constants.GROUPREF, _constants.GROUPREF_EXISTS):
            return _MOST_REPEATS + 1
        elif name is _constants.SUBPATTERN:
            found += _repeats(argument[-1], is_inside=is_inside)
        elif name in (_constants.ASSERT, _constants.ASSERT_NOT):
            found += _repeats(argument[1], is_inside=is_inside)
        elif name is _constants.ATOMIC_GROUP:
            found += _repeats(argument, is_inside=is_inside)
    return found


def choice_uses(row: CustomField) -> dict[str, int]:
    """How many records have each choice of a choice field."""
    rows = CustomValue.objects.filter(field=row).values_list("text").annotate(count=Count("id"))
    return {str(text): int(count) for text, count in rows}


def refuse_duplicates(row: CustomField) -> None:
    """Raise InvalidRecord naming values that more than one record has."""
    if twice := values_in_use_twice(row):
        shown = "、".join(f"{text}（{count}）" for text, count in twice[:5]) + ("…" if len(twice) > 5 else "")
        raise InvalidRecord(
            {"is_unique": format_lazy(_("这些值有多条记录在用，不能设为不可重复：{values}"), values=shown)}
        )


def _fill(known: RecordType, row: CustomField, draft: FieldDraft, actor: Actor) -> None:
    problems: dict[str, Any] = {}
    name = clean_text(draft.name_zh, multiline=False)
    if not name:
        problems["name_zh"] = _("必填")
    if len(name) > 40 or len(draft.name_en) > 60:
        problems["name_zh"] = _("名称太长")
    same = [each for each in known.all_fields().values() if each.key != row.key and _chinese(each.label) == name]
    if name and same:
        problems["name_zh"] = _("已有同名的字段")
    row.name_zh, row.name_en = name, clean_text(draft.name_en, multiline=False)
    row.group = draft.group if any(draft.group == group.key for group in known.groups) else ""
    row.help_zh = clean_text(draft.help_zh, multiline=False)[:255]
    row.help_en = clean_text(draft.help_en, multiline=False)[:255]
    row.is_required, row.is_personal = draft.is_required, draft.is_personal
    row.is_personal_outside = draft.is_personal_outside and not draft.is_personal
    row.shown_in_list, row.is_active = draft.shown_in_list, draft.is_active
    row.is_unique = draft.is_unique
    if row.is_unique and row.kind not in _UNIQUE_KINDS:
        problems["is_unique"] = _("这种类型的字段不能设为不可重复")
    elif row.is_unique and row.is_personal:
        problems["is_unique"] = _("个人信息加密保存，不能设为不可重复")
    row.options = _options(row, draft, problems)
    if not problems:
        _check_default(row, draft, actor, problems)
    if problems:
        raise InvalidRecord(problems)


def _options(row: CustomField, draft: FieldDraft, problems: dict[str, Any]) -> dict[str, Any]:
    options: dict[str, Any] = {}
    raw = draft.options
    if row.kind in ("choice", "multi_choice"):
        options["choices"] = _choices(row, draft.choices, problems)
    if row.kind in ("number", "money"):
        for name in ("minimum", "maximum"):
            if str(raw.get(name, "")).strip():
                try:
                    number = NumberField(key=name, label=name).parse(raw[name], ParseContext(_NOBODY))
                    options[name] = str(number)
                except ValueProblem as problem:
                    problems[name] = problem.message
        low, high = options.get("minimum"), options.get("maximum")
        if low is not None and high is not None and Decimal(low) > Decimal(high):
            problems["maximum"] = _("最大值不能小于最小值")
    if row.kind == "text":
        _text_options(raw, options, problems)
    return options


_NOBODY: Any = None


def _text_options(raw: Mapping[str, str], options: dict[str, Any], problems: dict[str, Any]) -> None:
    pattern = str(raw.get("pattern", "")).strip()
    if pattern:
        try:
            re.compile(pattern)
        except re.error:
            problems["pattern"] = _("格式写错了，应是正则表达式")
        else:
            if len(pattern) > _PATTERN_LENGTH or is_slow_pattern(pattern):
                problems["pattern"] = _("格式太复杂，检查起来会很慢，请写得简单些")
        options["pattern"] = pattern
    length = str(raw.get("max_length", "")).strip()
    if length:
        if not length.isdigit() or not 1 <= int(length) <= 500:
            problems["max_length"] = _("字数应在 1 到 500 之间")
        else:
            options["max_length"] = int(length)


def _choices(row: CustomField, wanted: Sequence[Choice], problems: dict[str, Any]) -> list[dict[str, Any]]:
    before = {str(each["key"]): each for each in row.options.get("choices", [])} if row.options else {}
    uses = choice_uses(row) if row.pk else {}
    last = max((int(key[1:]) for key in before if key[1:].isdigit()), default=0)
    result: list[dict[str, Any]] = []
    names: set[str] = set()
    for choice in wanted:
        name = clean_text(choice.zh, multiline=False)[:60]
        key = choice.key if choice.key in before else ""
        if not name:
            continue
        if name in names:
            problems["choices"] = _("有两个同名的选项")
        names.add(name)
        if not key:
            last += 1
            key = f"c{last}"
        english = clean_text(choice.en, multiline=False)[:60]
        result.append({"key": key, "zh": name, "en": english, **({"off": True} if choice.is_off else {})})
    gone = set(before) - {each["key"] for each in result}
    if used := [f"{before[key].get('zh', key)}（{uses[key]}）" for key in gone if uses.get(key)]:
        text = _("这些选项有记录在用，可以停用，不能删除：{values}")
        problems["choices"] = format_lazy(text, values="、".join(used))
    if not result:
        problems["choices"] = _("请至少写一个选项")
    return result


def _check_default(row: CustomField, draft: FieldDraft, actor: Actor, problems: dict[str, Any]) -> None:
    raw = str(draft.options.get("default", "")).strip()
    if not raw or row.kind in ("file", "user", "customer"):
        return
    built = field_from_custom(row)
    try:
        value = built.parse(raw, ParseContext(actor))
    except ValueProblem as problem:
        problems["default"] = problem.message
        return
    if value is not None:
        row.options["default"] = list(value) if isinstance(built, MultiChoiceField) else built.to_json(value)


def _facts(row: CustomField) -> dict[str, Json]:
    facts: dict[str, Json] = {name: getattr(row, name) for name in _COLUMNS}
    facts["options"] = dict(row.options)
    return facts


def _tell(kind: str, row: CustomField, before: Mapping[str, Json], actor: Actor) -> None:
    after = _facts(row)
    changes = {name: (before.get(name), value) for name, value in after.items() if before.get(name) != value}
    if not changes:
        return
    record_event(
        EventDraft(
            kind=kind,
            record_type="custom_field",
            record_id=row.pk,
            actor=actor.ref,
            changes=changes,
            facts={"record_type": row.record_type, "key": row.key, "name": row.name_zh},
        )
    )


def _chinese(label: str | Promise) -> str:
    """A label as its author wrote it; a custom field's own text is Chinese whatever the reader's language."""
    return str.__str__(label) if isinstance(label, str) else str(label)
