"""Pick-lists and tags in memory: read once, dropped everywhere as soon as an administrator changes one."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import get_language, override

from kezhi.core import epochs
from kezhi.records.models.lists import PickItem, Tag

EPOCH = "lists"


@dataclass(frozen=True, slots=True)
class Item:
    """One choice as lists and tags share it; ``exclusive_group`` is 0 outside an exclusive tag group."""

    key: str
    name_zh: str
    name_en: str
    tone: str = ""
    is_active: bool = True
    synonyms: tuple[str, ...] = ()
    exclusive_group: int = 0

    @property
    def label(self) -> str:
        """The name in the reader's language."""
        return self.name_en if self.name_en and (get_language() or "").startswith("en") else self.name_zh


@dataclass(frozen=True, slots=True)
class Option:
    """One choice for a form control."""

    value: str
    label: str
    tone: str = ""
    is_active: bool = True


def _own_names(item: Item) -> tuple[str, ...]:
    return item.key, item.name_zh, item.name_en


def _synonyms(item: Item) -> tuple[str, ...]:
    return item.synonyms


class Choices:
    """A list to choose from."""

    def __init__(self, items: Iterable[Item]) -> None:
        self.items = {item.key: item for item in items}
        self._names: dict[str, str] = {}
        # What an entry is called says more than what others call it.
        for names in (_own_names, _synonyms):
            for item in self.items.values():
                for name in names(item):
                    if name:
                        self._names.setdefault(_fold(name), item.key)

    def find(self, raw: str) -> str | None:
        """The key for a key, a name in either language or a synonym; None when it is not on the list."""
        return self._names.get(_fold(raw))

    def label(self, key: object) -> str:
        """The name of an item; an item that is gone shows its key."""
        item = self.items.get(str(key))
        return item.label if item else str(key)

    def tone(self, key: object) -> str:
        """The look of an item."""
        item = self.items.get(str(key))
        return item.tone if item else ""

    def options(self) -> Sequence[Option]:
        """What may be chosen, in order; items switched off come last and say so."""
        rows = [Option(item.key, item.label, item.tone, item.is_active) for item in self.items.values()]
        return sorted(rows, key=lambda row: not row.is_active)

    def summary(self) -> str:
        """The names of what may be chosen, for a message."""
        names = [row.label for row in self.options() if row.is_active]
        return "、".join(names[:12]) + ("…" if len(names) > 12 else "")

    def exclusive_clash(self, keys: Iterable[str]) -> tuple[str, str] | None:
        """Names of two items of which only one may be chosen."""
        seen: dict[int, str] = {}
        for key in keys:
            item = self.items.get(key)
            if item and item.exclusive_group:
                if item.exclusive_group in seen:
                    return seen[item.exclusive_group], item.label
                seen[item.exclusive_group] = item.label
        return None


def list_choices(list_key: str) -> Choices:
    """A pick-list by key; empty when there is none."""
    return epochs.cached(EPOCH, ("list", list_key), lambda: fresh_list(list_key))


def tag_choices(record_type: str) -> Choices:
    """The tags records of this type may have; keys are tag ids as text."""
    return epochs.cached(EPOCH, ("tags", record_type), lambda: _load_tags(record_type))


def _fold(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split()).casefold()


def fresh_list(list_key: str) -> Choices:
    """The same read from the database just now, for whoever changes it."""
    rows = PickItem.objects.filter(list__key=list_key).order_by("order", "id")
    return Choices(
        Item(row.key, row.name_zh, row.name_en, row.tone, row.is_active, tuple(row.synonyms)) for row in rows
    )


def _load_tags(record_type: str) -> Choices:
    rows = Tag.objects.select_related("group").order_by("group__order", "group_id", "order", "id")
    return Choices(
        Item(
            str(row.pk),
            row.name_zh,
            row.name_en,
            "",
            row.is_active,
            (row.key,),
            row.group_id if row.group.is_exclusive else 0,
        )
        for row in rows
        if not row.group.record_types or record_type in row.group.record_types
    )


@dataclass(frozen=True, slots=True)
class FixedItem(Item):
    """A choice whose name comes from the translations, not from a row."""

    text: str | Promise = ""

    @property
    def label(self) -> str:
        """The name in the reader's language."""
        return str(self.text)


def fixed_choices(
    choices: type[TextChoices],
    *,
    tones: Mapping[str, str] | None = None,
    synonyms: Mapping[str, tuple[str, ...]] | None = None,
) -> Choices:
    """A list made of a model's ``TextChoices``: states the system itself moves."""
    items = []
    for key, text in choices.choices:
        with override("zh-hans"):
            chinese = str(text)
        with override("en"):
            english = str(text)
        items.append(
            FixedItem(
                str(key),
                chinese,
                english,
                (tones or {}).get(str(key), ""),
                synonyms=(synonyms or {}).get(str(key), ()),
                text=text,
            )
        )
    return Choices(items)
