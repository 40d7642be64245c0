"""Creating and changing records: read what was typed, check it, store it with everything that hangs on it."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor
from kezhi.access.policies import NotAllowed, require, require_area
from kezhi.core.blanks import new_object
from kezhi.core.bulk_insert import insert_many, update_many
from kezhi.core.clock import now, today
from kezhi.core.events import EventDraft, Json, read_changes, read_facts, record_events
from kezhi.core.figures import figure_value
from kezhi.core.models import Event
from kezhi.core.numbering import next_numbers
from kezhi.core.values.problem import ValueProblem
from kezhi.records import kinds
from kezhi.records.behaviour import Draft
from kezhi.records.fields import Field, FileField, ParseContext, RecordField, TagsField
from kezhi.records.models import CustomValue, RecordFile, TagLink
from kezhi.records.operations.problems import Clash, Conflict, InvalidRecord
from kezhi.records.operations.words import refuse_sensitive_words
from kezhi.records.registry import RecordType, type_of
from kezhi.records.search.index import index_records, reindex_dependents

Values = Mapping[str, Any]

_BATCH = 400


def create_record(record_type: RecordType, values: Values, *, actor: Actor, given: Values | None = None) -> Any:
    """Store a new record from raw values by field key; ``given`` are attributes set past the fields.

    Raises:
        NotAllowed: the actor may not create records of this type.
        InvalidRecord: with a sentence per field.
    """
    with transaction.atomic():
        [draft] = draft_new(record_type, [values], actor=actor, given=[given or {}])
        if draft.problems:
            raise InvalidRecord(draft.problems)
        return store_new(record_type, [draft], actor=actor)[0]


def change_record(record: Any, values: Values, *, actor: Actor, version: int | None = None) -> Any:
    """Change fields of a record; ``version`` is the one the actor was looking at.

    Changes of other fields by somebody else meanwhile are kept; the same field changed by both is a conflict. Nothing
    is stored, and no event recorded, when no value differs.

    Raises:
        NotAllowed: the actor may not change this record.
        InvalidRecord: with a sentence per field.
        Conflict: somebody else changed the same fields first.
    """
    return change_records(type_of(record), [record.pk], values, actor=actor, version=version)[0]


def change_records(
    record_type: RecordType, ids: Sequence[int], values: Values, *, actor: Actor, version: int | None = None
) -> list[Any]:
    """Give several records the same values in one act; all or none."""
    with transaction.atomic():
        records = locked_records(record_type, ids, actor)
        drafts = draft_changes(record_type, [(record, values) for record in records], actor=actor)
        if version is not None and len(drafts) == 1:
            refuse_clash(record_type, drafts[0], version)
        for draft in drafts:
            if draft.problems:
                raise InvalidRecord(draft.problems)
        store_changes(record_type, drafts, actor=actor)
        return [draft.record for draft in drafts]


def draft_new(
    record_type: RecordType, rows: Sequence[Values], *, actor: Actor, given: Sequence[Values] = ()
) -> list[Draft]:
    """New records from raw values, checked but not stored; problems stand in each draft.

    ``given`` holds, per row, attributes that the operation itself sets and nobody typed: the day an imported record was
    made elsewhere, the customer a contact of the same row belongs to.
    """
    require_area(actor, record_type.key, "create")
    fields = record_type.all_fields()
    context = ParseContext(actor)
    asked: dict[tuple[str, int | None], bool] = {}
    drafts = []
    with_default = {key: field for key, field in fields.items() if field.default is not None}
    required = [key for key, field in fields.items() if field.required]
    for position, row in enumerate(rows):
        record = new_object(record_type.model)
        draft = Draft(record, {}, {}, actor, is_new=True)
        for attribute, value in (given[position] if given else {}).items():
            setattr(record, attribute, value)
            if attribute in fields:
                draft.after[attribute] = fields[attribute].get(record)
        _fill_defaults(record_type, with_default, row, draft)
        _set_values(record_type, fields, row, draft, context, asked)
        _require_filled(fields, draft, required)
        drafts.append(draft)
    _require_scope(record_type, drafts, actor, "create")
    _refuse_taken(fields, drafts)
    record_type.behaviour.check(record_type, drafts)
    return drafts


def draft_changes(
    record_type: RecordType, rows: Sequence[tuple[Any, Values]], *, actor: Actor, undoing: bool = False
) -> list[Draft]:
    """Changes to stored records from raw values, checked but not stored."""
    fields = record_type.all_fields()
    asked: dict[tuple[str, int | None], bool] = {}
    drafts = []
    for record, values in rows:
        draft = Draft(record, {}, {}, actor, is_new=False)
        _require_right(record_type, record, values, actor)
        context = ParseContext(actor, consents=partial(record_type.behaviour.consents, record))
        _set_values(record_type, fields, values, draft, context, asked, undoing=undoing)
        _require_filled(fields, draft, draft.after)
        drafts.append(draft)
    changed = [draft for draft in drafts if draft.after]
    if any("owner" in draft.after for draft in changed):
        _require_scope(record_type, [draft for draft in changed if "owner" in draft.after], actor, "assign")
    moved = [draft for draft in changed if not draft.after.keys().isdisjoint(record_type.parents)]
    if moved and record_type.owner_path != "owner_id":
        # What hangs on another record goes with it into that one's reach.
        _require_scope(record_type, moved, actor, "edit")
    _refuse_taken(fields, changed)
    if changed:
        record_type.behaviour.check(record_type, changed)
    return drafts


def store_new(record_type: RecordType, drafts: Sequence[Draft], *, actor: Actor) -> list[Any]:
    """Store checked new records: rows, numbers, tags, custom values, search, one event each. In a transaction."""
    if not drafts:
        return []
    moment = now()
    pattern = str(figure_value(record_type.number_figure))
    numbers = next_numbers(record_type.key, pattern, today(), len(drafts))
    for draft, number in zip(drafts, numbers, strict=True):
        record = draft.record
        record.number = record.number or number
        record.created_at = record.created_at or moment
        record.changed_at = moment
        record.created_by_id = record.created_by_id or actor.user_id
        record.changed_by_id = actor.user_id
    record_type.behaviour.derive(record_type, drafts)
    records = [draft.record for draft in drafts]
    with _taken_values_explained():
        if len(records) == 1:
            records[0].save(force_insert=True)
        else:
            insert_many(records)
        _store_links(record_type, drafts)
    further = record_type.behaviour.stored(record_type, drafts)
    index_records(record_type, records, new=True)
    record_events([*(_event(record_type, draft, kinds.CREATED.key) for draft in drafts), *further])
    return records


def store_changes(
    record_type: RecordType, drafts: Sequence[Draft], *, actor: Actor, facts: Values | None = None
) -> list[Event]:
    """Store checked changes; drafts without a change are left alone. In a transaction, on locked rows."""
    drafts = [draft for draft in drafts if draft.after]
    if not drafts:
        return []
    moment = now()
    derived = tuple(record_type.behaviour.derive(record_type, drafts))
    fields = record_type.all_fields()
    columns: set[str] = {"changed_at", "changed_by_id", "version", *derived}
    for draft in drafts:
        draft.record.changed_at = moment
        draft.record.changed_by_id = actor.user_id
        draft.record.version += 1
        draft.facts.update(facts or {})
        for key in draft.after:
            columns.update(fields[key].columns())
    with _taken_values_explained():
        names = {record_type.model._meta.get_field(column).name for column in map(_field_name, columns)}
        if len(drafts) == 1:
            drafts[0].record.save(update_fields=names)
        else:
            update_many([draft.record for draft in drafts], names)
        _store_links(record_type, drafts)
    further = record_type.behaviour.stored(record_type, drafts)
    index_records(record_type, [draft.record for draft in drafts])
    if moved := [draft.record.pk for draft in drafts if "owner" in draft.after]:
        reindex_dependents(record_type, moved)
    return record_events([*(_event(record_type, draft, kinds.CHANGED.key) for draft in drafts), *further])


def reveal_field(record: Any, key: str, *, reason: str, actor: Actor) -> str:
    """The clear value of a masked field, for somebody who may see the record and says why; logged (ORG-4).

    Raises:
        NotAllowed: the field is hidden from the actor, or the role may not reveal.
        InvalidRecord: no reason given.
    """
    known = type_of(record)
    field = known.field(key)
    if field is None or known.level(key, actor) == "hidden":
        raise NotAllowed(subject=known.key, action="view")
    with transaction.atomic():
        require(actor, "view", record)
        if not known.readable(key, actor, known.policy.owner_id(record)):
            require(actor, "reveal", record)
        if len(reason.strip()) < 2:
            raise InvalidRecord({"reason": _("请写明查看的原因")})
        refuse_sensitive_words(actor=actor, reason=reason)
        draft = EventDraft(
            kind=kinds.REVEALED.key,
            record_type=known.key,
            record_id=record.pk,
            actor=actor.ref,
            facts={"field": key, "reason": reason.strip()[:200]},
        )
        record_events([draft])
        return field.text(field.get(record))


def locked_records(record_type: RecordType, ids: Sequence[int], actor: Actor) -> list[Any]:
    """These records as they are now, locked until the transaction ends; DoesNotExist where one is out of reach."""
    queryset = record_type.model.objects.visible_to(actor).filter(pk__in=ids).order_by("pk")
    # The owner may be found through another record; only the record's own row is locked.
    records = list(queryset.select_related(*record_type.related_load).select_for_update(of=("self",)))
    if len(records) != len(set(ids)):
        raise record_type.model.DoesNotExist
    return records


def _fill_defaults(record_type: RecordType, with_default: Mapping[str, Field], row: Values, draft: Draft) -> None:
    record, actor = draft.record, draft.actor
    for key, field in with_default.items():
        if key not in row:
            value = field.default() if callable(field.default) else field.default
            value = field.from_json(value) if field.custom_id is not None else value
            field.set(record, value)
            draft.after[key] = field.get(record)
    if "owner" not in row and record_type.owner_path == "owner_id" and record_type.field("owner") is not None:
        owners = actor.owners(record_type.key, "create")
        if owners is not None:
            record.owner_id = actor.user_id
            draft.after["owner"] = actor.user_id


def _set_values(
    record_type: RecordType,
    fields: Mapping[str, Field],
    values: Values,
    draft: Draft,
    context: ParseContext,
    asked: dict[tuple[str, int | None], bool],
    *,
    undoing: bool = False,
) -> None:
    record = draft.record
    owner_id = None if draft.is_new else record_type.policy.owner_id(record)
    for key, raw in values.items():
        field = fields.get(key)
        if field is None:
            draft.problems[key] = _("没有这个字段")
            continue
        if not undoing and not _may_write(record_type, key, owner_id, draft.actor, asked):
            draft.problems[key] = _("您不能修改这个字段")
            continue
        try:
            value = field.from_json(raw) if undoing else field.parse(raw, context)
        except ValueProblem as problem:
            draft.problems[key] = problem.message
            continue
        before = field.get(record)
        if field.is_empty(value) and field.is_empty(before):
            continue
        if not draft.is_new and field.is_same(before, value):
            continue
        field.set(record, value)
        if not draft.is_new:
            draft.before[key] = before
        draft.after[key] = field.get(record)


def _may_write(
    record_type: RecordType, key: str, owner_id: int | None, actor: Actor, asked: dict[tuple[str, int | None], bool]
) -> bool:
    """Whether the actor may write the field on records of this owner; asked once per act, not once per record."""
    place = (key, owner_id)
    if place not in asked:
        asked[place] = record_type.writable(key, actor, owner_id)
    return asked[place]


def _require_filled(fields: Mapping[str, Field], draft: Draft, keys: Iterable[str]) -> None:
    kind = getattr(draft.record, "kind", "")
    for key in keys:
        field = fields[key]
        if not field.required or key in draft.problems or (field.for_kinds and kind not in field.for_kinds):
            continue
        if field.is_empty(field.get(draft.record)):
            draft.problems[key] = _("必填")


def _require_right(record_type: RecordType, record: Any, values: Values, actor: Actor) -> None:
    keys = set(values)
    if "owner" in keys and record_type.owner_path == "owner_id":
        require(actor, "assign", record)
        keys.discard("owner")
    if keys:
        require(actor, "edit", record)


def _require_scope(record_type: RecordType, drafts: Sequence[Draft], actor: Actor, action: str) -> None:
    """What is stored must lie in the actor's reach: nobody creates or gives away beyond their own scope."""
    owners = actor.owners(record_type.key, action)
    if owners is None:
        return
    for draft in drafts:
        if draft.problems:
            continue  # who owns it may hang on a value that was refused
        parents = [record_type.field(key) for key in record_type.parents]
        owner_id = _owner_of_draft(record_type, draft)
        if owner_id not in owners:
            key = "owner" if record_type.owner_path == "owner_id" else next((p.key for p in parents if p), "")
            draft.problems[key] = _("超出您的权限范围，请选择您管辖范围内的负责人")


def _owner_of_draft(record_type: RecordType, draft: Draft) -> int | None:
    if record_type.owner_path == "owner_id":
        owner: int | None = draft.record.owner_id
        return owner
    return record_type.policy.owner_id(draft.record)


def _refuse_taken(fields: Mapping[str, Field], drafts: Sequence[Draft]) -> None:
    """A value of a unique custom field that another record has."""
    for key, field in fields.items():
        if not field.unique or field.custom_id is None:
            continue
        wanted = [draft for draft in drafts if key in draft.after and not field.is_empty(draft.after[key])]
        texts = {unique_text(field, draft.after[key]): draft for draft in wanted}
        taken = CustomValue.objects.filter(field_id=field.custom_id, unique_text__in=list(texts)[:5000])
        for text, record_id in taken.values_list("unique_text", "record_id"):
            draft = texts.get(text or "")
            if draft is not None and draft.record.pk != record_id:
                draft.problems[key] = _("已有别的记录用了这个值")


def unique_text(field: Field, value: Any) -> str:
    """The form in which a unique value is compared."""
    return field.text(value).casefold()[:200]


def _store_links(record_type: RecordType, drafts: Sequence[Draft]) -> None:
    """Tag links and mirrored custom values of what changed."""
    fields = record_type.all_fields()
    links: list[TagLink] = []
    values: list[CustomValue] = []
    for draft in drafts:
        for key, value in draft.after.items():
            field = fields[key]
            if isinstance(field, TagsField):
                if not draft.is_new:
                    TagLink.objects.filter(record_type=record_type.key, record_id=draft.record.pk).delete()
                links += [
                    TagLink(tag_id=int(tag), record_type=record_type.key, record_id=draft.record.pk)
                    for tag in draft.record.tag_ids
                ]
            elif field.custom_id is not None:
                if isinstance(field, FileField) and value:
                    RecordFile.objects.filter(pk=value.id, record_id=0).update(record_id=draft.record.pk)
                if not draft.is_new:
                    CustomValue.objects.filter(field_id=field.custom_id, record_id=draft.record.pk).delete()
                if field.is_empty(value) or field.personal:
                    continue
                unique = unique_text(field, value) if field.unique else None
                values += [
                    CustomValue(field_id=field.custom_id, record_id=draft.record.pk, unique_text=unique, **row)
                    for row in field.mirror(value)
                ]
    insert_many(links)
    insert_many(values)


def _event(record_type: RecordType, draft: Draft, kind: str) -> EventDraft:
    fields = record_type.all_fields()
    changes: dict[str, tuple[Json, Json]] = {}
    personal = set()
    record = draft.record
    for key in draft.after:
        field = fields[key]
        value = field.get(record)
        if draft.is_new and field.is_empty(value):
            continue
        before = field.to_json(draft.before[key]) if key in draft.before else None
        after = field.to_json(value)
        if before == after:
            continue
        changes[key] = (before, after)
        if field.personal:
            personal.add(key)
    return EventDraft(
        kind=kind,
        record_type=record_type.key,
        record_id=record.pk,
        actor=draft.actor.ref,
        changes=changes,
        personal=frozenset(personal),
        facts={**draft.facts, "version": record.version},
        also=parents_of(record_type, record),
    )


def parents_of(record_type: RecordType, record: Any) -> list[tuple[str, int]]:
    """The records whose timelines show this record's events too."""
    found = []
    for key in record_type.parents:
        field = record_type.field(key)
        value = field.get(record) if isinstance(field, RecordField) else None
        if isinstance(field, RecordField) and value:
            found.append((field.to, int(value)))
    return found


def refuse_clash(record_type: RecordType, draft: Draft, version: int) -> None:
    """Raise Conflict where somebody changed the same fields after this version; on a locked record."""
    if draft.record.version == version or not draft.after:
        return
    rows = Event.objects.filter(
        subjects__record_type=record_type.key, subjects__record_id=draft.record.pk, record_type=record_type.key
    ).order_by("-id")[:100]
    clashes: dict[str, Clash] = {}
    for row in rows:
        seen = read_facts(row).get("version")
        if not isinstance(seen, int) or seen <= version:
            continue
        for key in read_changes(row):
            if key in draft.after and key not in clashes:
                clashes[key] = Clash(key, draft.before.get(key), draft.after[key], row.actor_label)
    if clashes:
        raise Conflict(draft.record, tuple(clashes.values()))


def _field_name(column: str) -> str:
    return column.removesuffix("_id") if column.endswith("_id") and column != "id" else column


class _taken_values_explained:
    """Turns the database's refusal of a value somebody else just took into a sentence."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, IntegrityError):
            raise InvalidRecord({"": _("有一个不可重复的值刚被别人用了，请检查后再保存")}) from error
