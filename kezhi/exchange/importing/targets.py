"""Which fields the columns of a list can go into, for one actor."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from django.utils import translation
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor
from kezhi.access.directory import people_options
from kezhi.access.models import User
from kezhi.access.rights import EPOCH
from kezhi.core import epochs
from kezhi.core.chinese import pinyin
from kezhi.exchange.importing.profiles import ImportProfile, RelatedImport, import_profile
from kezhi.exchange.reading import ImportTarget, TargetKind, ValueGuess, ValueOption, guess_value_map
from kezhi.records.fields import ChoiceField, Field, MultiChoiceField, TextField, UserField
from kezhi.records.registry import RecordType, record_type, record_types

NUMBER_KEY = "number"
FAMILY, GIVEN = ":family", ":given"  # the two columns a name may be written in
_LANGUAGES = ("zh-hans", "en")
_KINDS = {
    "phone": TargetKind.PHONE,
    "email": TargetKind.EMAIL,
    "url": TargetKind.URL,
    "date": TargetKind.DATE,
    "datetime": TargetKind.DATE,
    "money": TargetKind.MONEY,
    "number": TargetKind.NUMBER,
    "integer": TargetKind.NUMBER,
    "rate": TargetKind.NUMBER,
    "choice": TargetKind.CHOICE,
    "multi_choice": TargetKind.CHOICES,
    "tags": TargetKind.CHOICES,
    "yes_no": TargetKind.BOOLEAN,
    "user": TargetKind.USER,
}


@dataclass(frozen=True)
class TargetField:
    """A field a column can go into. ``related`` is set where it belongs to a record that hangs on the main one.

    A field that people cannot write but a list may bring (the day a record was made elsewhere) is ``given``.
    """

    key: str
    field: Field
    label: str | Promise
    group: str | Promise
    target: ImportTarget
    related: RelatedImport | None = None

    @property
    def is_given(self) -> bool:
        """Whether the value is set by the import itself, not by the person's right to write the field."""
        return self.field.read_only

    @property
    def is_choice(self) -> bool:
        """Whether words of the file have to be found on a list, of entries or of colleagues."""
        return isinstance(self.field, (ChoiceField, UserField))

    @property
    def is_part(self) -> bool:
        """Whether it is only a part of another target: the family name of a name."""
        return self.key.endswith((FAMILY, GIVEN))

    @property
    def is_date(self) -> bool:
        """Whether the order of day and month matters."""
        return self.target.kind is TargetKind.DATE

    @property
    def splits(self) -> bool:
        """Whether a cell may hold several words."""
        return isinstance(self.field, MultiChoiceField)

    @property
    def pick_list(self) -> str:
        """The key of the administered list its words are found on; "" where the words are of another kind."""
        return self.field.list_key if isinstance(self.field, ChoiceField) and not self.field.choices else ""

    def options(self) -> list[ValueOption]:
        """The list's entries with every name they are known by, best first where the list is ordered."""
        if isinstance(self.field, UserField):
            return epochs.cached(EPOCH, "colleagues to import", _colleagues)
        if not isinstance(self.field, ChoiceField):
            return []
        items = [item for item in self.field.known.items.values() if item.is_active]
        return [
            ValueOption(
                item.key,
                tuple(name for name in (item.name_zh, item.name_en, *item.synonyms) if name),
                None if self.splits else rank,
            )
            for rank, item in enumerate(items, 1)
        ]

    def guess_words(self, values: Iterable[str]) -> list[ValueGuess]:
        """The distinct words of a column and the entries they most likely mean."""
        return guess_value_map(values, self.options(), splits=self.splits)


class Targets:
    """All fields of a type that an actor may fill by import."""

    def __init__(self, known: RecordType, actor: Actor) -> None:
        self.record_type = known
        self.actor = actor
        self.profile: ImportProfile = import_profile(known.key)

    @cached_property
    def fields(self) -> dict[str, TargetField]:
        """By target key ("name", "contact.position"), the main record's first."""
        found = {target.key: target for target in self._own()}
        for related in self.profile.related:
            if self.actor.allows(related.record_type, "create"):
                found.update((target.key, target) for target in self._of_related(related))
        for key in self.profile.joined_names:
            if whole := found.get(key):
                found.update((part.key, part) for part in _parts(whole, is_guessed=True))
                own = found.get(self.profile.alone.get(key, ""))
                found.update((part.key, part) for part in (_parts(own, is_guessed=False) if own else ()))
        return found

    @cached_property
    def whole(self) -> list[TargetField]:
        """Those for which the person may set one entry for all rows whose list does not say it."""
        known = (self.fields.get(key) for key in self.profile.whole)
        return [target for target in known if target is not None and isinstance(target.field, ChoiceField)]

    @cached_property
    def import_targets(self) -> list[ImportTarget]:
        """The same for guessing."""
        return [known.target for known in self.fields.values()]

    def _own(self) -> Iterator[TargetField]:
        known = self.record_type
        groups = {group.key: group.label for group in known.groups}
        for key, each in known.all_fields().items():
            if key == NUMBER_KEY:
                yield self._number(each)
                continue
            if not each.importable or (not each.read_only and not known.writable(key, self.actor, None)):
                continue
            labels = (*_in_all_languages(each.label), *each.synonyms)
            target = ImportTarget(key, labels, self._kind(each), _option_names(each))
            yield TargetField(key, each, each.label, groups.get(each.group, known.label), target)

    def _number(self, each: Field) -> TargetField:
        """The number finds the record a row stands for, when a list was exported here and comes back."""
        labels = (*_in_all_languages(each.label), *_in_all_languages(_("编号")), *each.synonyms)
        return TargetField(
            NUMBER_KEY,
            TextField(key=NUMBER_KEY, label=each.label, read_only=True),
            each.label,
            _("只用来找到已有的记录"),
            ImportTarget(NUMBER_KEY, labels),
        )

    def _of_related(self, related: RelatedImport) -> Iterator[TargetField]:
        known = record_type(related.record_type)
        for name in related.fields:
            each = known.field(name)
            if each is None or not known.writable(name, self.actor, None):
                continue
            labels = [*each.synonyms]
            for language in _LANGUAGES:
                with translation.override(language):
                    space = " " if language == "en" else ""
                    labels.append(f"{known.label}{space}{each.label}")
            key = f"{related.record_type}.{name}"
            kind = TargetKind.PERSON if name == known.title_field else self._kind(each)
            target = ImportTarget(key, tuple(labels), kind, _option_names(each))
            yield TargetField(key, each, each.label, known.label, target, related)

    def _kind(self, each: Field) -> TargetKind:
        if each.key == self.record_type.title_field and each.kind == "text":
            return TargetKind.NAME
        if each.key == "address":
            return TargetKind.ADDRESS
        return _KINDS.get(each.kind, TargetKind.TEXT)


def importable_types(actor: Actor) -> list[RecordType]:
    """The record types this actor may import: customers first, then what stands alone, then what belongs to them."""
    found = [
        known
        for known in record_types()
        if "import" in known.actions and actor.allows(known.key, "import") and actor.allows(known.key, "create")
    ]
    return sorted(found, key=lambda known: (known.key != "customer", bool(known.parents)))


def _in_all_languages(label: str | Promise) -> list[str]:
    texts = []
    for language in _LANGUAGES:
        with translation.override(language):
            texts.append(str(label))
    return list(dict.fromkeys(texts))


def _option_names(each: Field) -> tuple[str, ...]:
    if not isinstance(each, ChoiceField):
        return ()
    return tuple(
        name
        for item in each.known.items.values()
        for name in (item.key, item.name_zh, item.name_en, *item.synonyms)
        if name and not name.isdecimal()  # the keys of tags are numbers, which nobody writes
    )


def _parts(whole: TargetField, *, is_guessed: bool) -> Iterator[TargetField]:
    for suffix, label in ((FAMILY, _("姓")), (GIVEN, _("名"))):
        text = format_lazy("{whole} · {part}", whole=whole.label, part=label)
        labels = tuple(_in_all_languages(label)) if is_guessed else ()
        target = ImportTarget(whole.key + suffix, labels)
        part = TextField(key=whole.field.key, label=text)
        yield TargetField(target.key, part, text, whole.group, target, whole.related)


def _colleagues() -> list[ValueOption]:
    """Everybody who works here, by full name, sign-in name, mail address and pinyin where that tells them apart."""
    spelled = Counter(pinyin(name) for _key, name in people_options())
    known = {str(key): rest for key, *rest in User.objects.values_list("pk", "username", "email")}
    return [
        ValueOption(
            key,
            tuple(
                text for text in (name, *known.get(key, ()), pinyin(name) if spelled[pinyin(name)] == 1 else "") if text
            ),
        )
        for key, name in people_options()
    ]
