"""Reading rows with the record type's own fields: what each would become, what is wrong with it, whom it repeats."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from kezhi.access.actors import Actor
from kezhi.core.figures import decimal_figure
from kezhi.core.values.dates import parse_date
from kezhi.core.values.names import clean_name, company_key
from kezhi.core.values.persons import joined_name
from kezhi.core.values.problem import ValueProblem
from kezhi.exchange.importing.matching import FileIndex, Match, Register, Traits
from kezhi.exchange.importing.options import ADD, ImportOptions
from kezhi.exchange.importing.profiles import RelatedImport
from kezhi.exchange.importing.targets import FAMILY, GIVEN, NUMBER_KEY, TargetField, Targets
from kezhi.exchange.reading import (
    counts_in_wan,
    guess_value_map,
    says_nothing,
    split_values,
    whole_date,
)
from kezhi.exchange.writing import is_dangerous
from kezhi.records.behaviour import Draft
from kezhi.records.fields import (
    ChoiceField,
    EmailField,
    LongTextField,
    MoneyField,
    ParseContext,
    PhoneField,
    RecordField,
    TagsField,
    UserField,
)
from kezhi.records.linking import named
from kezhi.records.lists import fresh_list
from kezhi.records.operations import draft_new
from kezhi.records.operations.lists import ACTION, AREA
from kezhi.records.registry import RecordType, record_type

Texts = dict[str, str]
_UNKNOWN = object()
_MASK = "***"
# zh-data: from–to
_PLAIN_NUMBER = re.compile(
    r"[¥￥]?\s*\d[\d,，]*(?:\.\d+)?(?:\s*[-–—~至到]\s*[¥￥]?\s*\d[\d,，]*(?:\.\d+)?)?(?=(?:及?以[上下内])?$)"
)


@dataclass(slots=True)
class DraftedRow:
    """A row as the records it would become. ``problems`` has a sentence per target key."""

    texts: Texts
    main: Draft
    related: list[tuple[RelatedImport, Draft]] = field(default_factory=list)
    problems: dict[str, str] = field(default_factory=dict)
    traits: Traits = field(default_factory=Traits)
    match: Match | None = None


class RowReader:
    """Turns rows of text into drafts for one run: columns, word lists and date orders are settled once."""

    def __init__(
        self, targets: Targets, mapping: Mapping[str, str], options: ImportOptions, headings: Sequence[str] = ()
    ) -> None:
        self.targets = targets
        self.options = options
        self.record_type: RecordType = targets.record_type
        known = targets.fields
        self.columns: list[tuple[int, TargetField]] = sorted(
            ((int(column), known[key]) for column, key in mapping.items() if key in known), key=lambda pair: pair[0]
        )
        self._in_wan = {
            column
            for column, target in self.columns
            if isinstance(target.field, MoneyField) and column < len(headings) and counts_in_wan(headings[column])
        }
        self._whole = {
            target.key: entry for target in targets.whole if (entry := options.value_maps.get(target.key, {}).get(""))
        }
        self._named: dict[str, dict[str, tuple[int, ...]]] = {}
        self._words: dict[str, dict[str, str]] = {}
        self._column_of = {target.key: column for column, target in self.columns}
        self._name_key = any(each.name == "name_key" for each in self.record_type.model._meta.get_fields())
        self._largest = decimal_figure("exchange.largest_amount")
        self._amounts = {
            key: each for key, each in self.record_type.all_fields().items() if isinstance(each, MoneyField)
        }
        self._indexes = [
            (kind.key, f"{each.attribute}_index", isinstance(each, PhoneField))
            for kind in (self.record_type, *(record_type(each.record_type) for each in targets.profile.related))
            for each in kind.fields
            if isinstance(each, (PhoneField, EmailField)) and each.indexed
        ]
        self.register = Register(self.record_type, targets.profile.related)

    def texts(self, cells: Sequence[str]) -> Texts:
        """The values of a row by target key, empty ones left out."""
        found: Texts = {}
        for column, target in self.columns:
            if column < len(cells) and (text := cells[column].strip()):
                if target.field.personal and _MASK in text:
                    continue  # an export hid the value from whoever made it; a mask is no news
                if says_nothing(text, of_list=target.is_choice) and not self._is_word(target, text):
                    continue
                if column in self._in_wan and (amount := _PLAIN_NUMBER.match(text)):
                    text = f"{amount[0]}万{text[amount.end() :]}"  # zh-data: the unit stands in the heading
                # Kezhi's own CSV marks such texts with an apostrophe so that no spreadsheet runs them.
                found[target.key] = text[1:] if text[0] == "'" and is_dangerous(text[1:]) else text
        if found:
            for key, entry in self._whole.items():
                found.setdefault(key, entry)
        return found

    @property
    def whole(self) -> frozenset[str]:
        """The fields that were set for all rows and stand in no column."""
        return frozenset(self._whole) - frozenset(self._column_of)

    def _is_word(self, target: TargetField, text: str) -> bool:
        """Whether a text that usually says nothing (无, -) says something here: a note, or an entry of the list."""
        if isinstance(target.field, LongTextField):
            return True
        return isinstance(target.field, ChoiceField) and target.field.known.find(text) is not None

    def draft(self, rows: Sequence[Texts], actor: Actor) -> list[DraftedRow]:
        """What these rows would become; nothing is stored."""
        context = ParseContext(actor)
        self._read_names(rows, actor)
        prepared = [self._prepared(texts, context) for texts in rows]
        mains = draft_new(
            self.record_type,
            [values for _said, values, _related, _given, _problems in prepared],
            actor=actor,
            given=[given for _said, _values, _related, given, _problems in prepared],
        )
        drafted = [
            DraftedRow(said, main, problems=problems)
            for main, (said, _values, _related, _given, problems) in zip(mains, prepared, strict=True)
        ]
        for related in self.targets.profile.related:
            if actor.allows(related.record_type, "create"):
                wanted = [values.get(related.record_type, [{}]) for _said, _own, values, _given, _problems in prepared]
                self._draft_related(related, drafted, wanted, actor)
        for row in drafted:
            self._collect(row)
        return drafted

    def _read_names(self, rows: Sequence[Texts], actor: Actor) -> None:
        """Find the records the rows name (a customer, a product), for all rows at once."""
        for key, target in self.targets.fields.items():
            if isinstance(target.field, RecordField):
                texts = {texts[key] for texts in rows if key in texts}
                self._named[key] = named(target.field.to, texts, actor) if texts else {}

    def _record(self, target: TargetField, text: str) -> str:
        """The id of the one record a cell names; what names none is left for the field to refuse."""
        ids = self._named.get(target.key, {}).get(text.strip(), ())
        if len(ids) > 1:
            raise ValueProblem(
                "record.several", _("有 %(count)s 条记录叫“%(name)s”，请填编号"), {"count": len(ids), "name": text[:40]}
            )
        if ids:
            return str(ids[0])
        raise ValueProblem(
            "record.unknown", _("找不到“%(name)s”，请先建好或导入它，或者您没有权限查看"), {"name": text[:40]}
        )

    def match(self, rows: Sequence[DraftedRow], numbers: Sequence[int], index: FileIndex) -> None:
        """Find whom each sound row repeats, the register first; sound rows are added to ``index`` in order."""
        sound = [row for row in rows if not row.problems]
        loaded = self.register.load([row.traits for row in sound])
        for row, number in zip(rows, numbers, strict=True):
            if row.problems:
                continue
            matches = [found for found in (loaded.best(row.traits), index.best(row.traits)) if found is not None]
            row.match = min(matches, key=lambda found: _CERTAINTIES.index(found.certainty), default=None)
            index.add(number, row.traits)

    def _prepared(
        self, texts: Texts, context: ParseContext
    ) -> tuple[Texts, dict[str, Any], dict[str, list[dict[str, Any]]], dict[str, Any], dict[str, str]]:
        """A row as (texts put in order, values, values of each kind of related record, given values, problems)."""
        texts = _with_joined_names(texts)
        further = self.targets.profile.prepare(texts)
        values: dict[str, Any] = {}
        related: dict[str, list[dict[str, Any]]] = {}
        given: dict[str, Any] = {}
        problems: dict[str, str] = {}
        known = self.targets.fields
        for key, text in texts.items():
            target = known.get(key)
            if target is None or key == NUMBER_KEY:
                continue
            try:
                raw = self._raw(target, text)
                if target.is_given:
                    given[target.field.attribute] = target.field.parse(raw, context)
                elif target.related is not None:
                    related.setdefault(target.related.record_type, [{}])[0][target.field.key] = raw
                else:
                    values[key] = raw
            except ValueProblem as problem:
                problems[key] = problem.message
        if self.options.owner_id is not None and "owner" not in values and "owner" in known:
            values["owner"] = str(self.options.owner_id)
        for each in further:
            for kind in self.targets.profile.related:
                own = {known[key].field.key: text for key, text in each.items() if _is_of(known.get(key), kind)}
                if own:
                    related.setdefault(kind.record_type, [{}]).append(own)
        return texts, values, related, given, problems

    def _raw(self, target: TargetField, text: str) -> Any:
        if target.is_choice:
            if target.splits:
                parts = [self._word(target, part) for part in split_values(text, ())]
                return [part for part in parts if part]
            return self._word(target, text)
        if isinstance(target.field, RecordField):
            return self._record(target, text)
        if target.is_date:
            if target.field.kind == "datetime" and _is_moment(text):
                return text
            column = self._column_of.get(target.key)
            order = self.options.order(column) if column is not None else None
            text = whole_date(text, order)
            return parse_date(text, order=order.value if order else None).isoformat()
        return text

    def _word(self, target: TargetField, text: str) -> str:
        """The list's entry for a word: as the person said, else as guessed, else the word itself."""
        words = self._words.setdefault(target.key, {})
        if text not in words:
            chosen: Any = self.options.value_maps.get(target.key, {}).get(text, _UNKNOWN)
            if chosen is _UNKNOWN:
                guess = guess_value_map([text], target.options())
                chosen = guess[0].option_key if guess and guess[0].option_key else text
                if chosen == text and text.isdecimal() and isinstance(target.field, (TagsField, UserField)):
                    # Not the tag or the colleague whose id it happens to be.
                    raise ValueProblem("choice.unknown", _("“%(value)s”不在列表里"), {"value": text[:40]})
            elif chosen == ADD:
                chosen = self._entry_to_come(target, text)
            if len(words) > 50_000:
                words.clear()
            words[text] = str(chosen)
        return words[text]

    def _entry_to_come(self, target: TargetField, text: str) -> str:
        """An entry that stands in, while nothing is written, for the one the word will become."""
        if not target.pick_list or not self.targets.actor.allows(AREA, ACTION):
            return text
        known = fresh_list(target.pick_list)
        return known.find(text) or next((item.key for item in known.items.values() if item.is_active), "")

    def _draft_related(
        self,
        related: RelatedImport,
        rows: Sequence[DraftedRow],
        values: Sequence[Sequence[dict[str, Any]]],
        actor: Actor,
    ) -> None:
        known = record_type(related.record_type)
        wanted: list[tuple[DraftedRow, dict[str, Any], dict[str, Any]]] = []
        for row, own in zip(rows, values, strict=True):
            if not related.applies(row.main.after):
                continue
            for place, each in enumerate(own):
                copied = self._copied(related, row, each) if place == 0 else {}
                if not each and not (copied and self.options.placeholders):
                    continue
                missing = related.placeholders if self.options.placeholders else {}
                filled = {**{key: str(text) for key, text in missing.items()}, **each}
                wanted.append((row, filled, {related.through: row.main.record, **related.given, **copied}))
        drafts = draft_new(
            known,
            [filled for _row, filled, _given in wanted],
            actor=actor,
            given=[given for _row, _filled, given in wanted],
        )
        for (row, _filled, _given), draft in zip(wanted, drafts, strict=True):
            draft.problems.pop(related.through, None)  # the main record has no id before it is stored
            row.related.append((related, draft))

    def _copied(self, related: RelatedImport, row: DraftedRow, own: Mapping[str, Any]) -> dict[str, Any]:
        """What the related record takes over from the main one, as stored (blind indexes included)."""
        known = record_type(related.record_type)
        copied: dict[str, Any] = {}
        for mine, theirs in related.copies.items():
            source, target = self.record_type.field(mine), known.field(theirs)
            if theirs in own or mine in row.main.problems or source is None or target is None:
                continue
            if not source.is_empty(row.main.after.get(mine)):
                pairs = zip(source.columns(), target.columns(), strict=True)
                copied.update((column, getattr(row.main.record, held)) for held, column in pairs)
        return copied

    def _collect(self, row: DraftedRow) -> None:
        for key, problem in row.main.problems.items():
            row.problems.setdefault(key, str(problem))
        for related, draft in row.related:
            for key, problem in draft.problems.items():
                name = f"{related.record_type}.{key}"
                if key not in related.copies.values() or name in row.texts:  # a copied value is told where it stands
                    row.problems.setdefault(name, str(problem))
        for key, known in self._amounts.items():
            value = row.main.after.get(key)
            if isinstance(value, Decimal) and abs(value) > self._largest:
                row.problems.setdefault(key, _("金额 %(amount)s 大得不正常，请核对") % {"amount": known.text(value)})
        if not row.problems:
            row.traits = self._traits(row)

    def _traits(self, row: DraftedRow) -> Traits:
        record = row.main.record
        name = str(getattr(record, self.record_type.title_field, "") or "")
        phones: set[str] = set()
        emails: set[str] = set()
        records = [(self.record_type.key, record), *((kind.record_type, draft.record) for kind, draft in row.related)]
        for known, each in records:
            for owner, column, is_phone in self._indexes:
                if owner == known and (value := getattr(each, column)):
                    (phones if is_phone else emails).add(value)
        return Traits(
            clean_name(name),
            company_key(name) if self._name_key else "",
            frozenset(phones),
            frozenset(emails),
            row.texts.get(NUMBER_KEY, ""),
            self.targets.profile.names_identify(row.main.after),
        )


def _is_of(target: TargetField | None, kind: RelatedImport) -> bool:
    return target is not None and target.related is kind


def _with_joined_names(texts: Texts) -> Texts:
    """The texts with names that stand in two columns put together, where no column holds the whole name."""
    joined = {key: text for key, text in texts.items() if not key.endswith((FAMILY, GIVEN))}
    for whole in dict.fromkeys(key.rpartition(":")[0] for key in texts if key not in joined):
        if name := joined_name(texts.get(whole + FAMILY, ""), texts.get(whole + GIVEN, "")):
            joined.setdefault(whole, name)
    return joined


_CERTAINTIES = ["sure", "likely", "maybe"]


def _is_moment(text: str) -> bool:
    if ":" not in text:
        return False
    try:
        return parse_datetime(text) is not None
    except ValueError:
        return False
