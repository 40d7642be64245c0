"""Shipped rows: apps name their lists, tags and views; a new system gets them as rows an administrator then owns."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from kezhi.core import epochs
from kezhi.records.lists import EPOCH
from kezhi.records.models import PickItem, PickList, SavedView, Tag, TagGroup


@dataclass(frozen=True, slots=True)
class ShippedItem:
    """One choice of a shipped list."""

    key: str
    zh: str
    en: str
    tone: str = ""
    synonyms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ShippedList:
    """A shipped pick-list."""

    key: str
    zh: str
    en: str
    items: Sequence[ShippedItem]


@dataclass(frozen=True, slots=True)
class ShippedTags:
    """A shipped tag group."""

    key: str
    zh: str
    en: str
    tags: Sequence[ShippedItem]
    record_types: tuple[str, ...] = ()
    is_exclusive: bool = False


@dataclass(frozen=True, slots=True)
class ShippedView:
    """A shipped saved view, for everybody."""

    key: str
    record_type: str
    zh: str
    en: str
    condition: Mapping[str, Any] = field(default_factory=dict)
    columns: Sequence[str] = ()
    sort: str = ""
    layout: str = "list"
    board_field: str = ""


_lists: list[ShippedList] = []
_tags: list[ShippedTags] = []
_views: list[ShippedView] = []
_installers: list[Callable[[], None]] = []


def register_lists(*lists: ShippedList) -> None:
    """Add pick-lists to what a new system gets."""
    _lists.extend(lists)


def register_tags(*groups: ShippedTags) -> None:
    """Add tag groups to what a new system gets."""
    _tags.extend(groups)


def register_views(*views: ShippedView) -> None:
    """Add saved views to what a new system gets."""
    _views.extend(views)


def register_installer(install: Callable[[], None]) -> None:
    """Add what brings in shipped rows of an app's own tables (pipelines); it must be harmless to repeat."""
    _installers.append(install)


@transaction.atomic
def install_defaults() -> None:
    """Bring in shipped rows that were never there; whatever an administrator changed or switched off stays so."""
    for shipped in _lists:
        row, is_new = PickList.objects.get_or_create(
            key=shipped.key, defaults={"name_zh": shipped.zh, "name_en": shipped.en}
        )
        if is_new:
            PickItem.objects.bulk_create(
                PickItem(
                    list=row,
                    key=item.key,
                    name_zh=item.zh,
                    name_en=item.en,
                    tone=item.tone,
                    synonyms=list(item.synonyms),
                    order=order,
                )
                for order, item in enumerate(shipped.items)
            )
    for order, group in enumerate(_tags):
        tag_group, is_new = TagGroup.objects.get_or_create(
            key=group.key,
            defaults={
                "name_zh": group.zh,
                "name_en": group.en,
                "record_types": list(group.record_types),
                "is_exclusive": group.is_exclusive,
                "order": order,
            },
        )
        if is_new:
            Tag.objects.bulk_create(
                Tag(group=tag_group, key=tag.key, name_zh=tag.zh, name_en=tag.en, order=place)
                for place, tag in enumerate(group.tags)
            )
    for order, view in enumerate(_views):
        SavedView.objects.get_or_create(
            key=view.key,
            defaults={
                "record_type": view.record_type,
                "name_zh": view.zh,
                "name_en": view.en,
                "sharing": SavedView.Sharing.ALL,
                "condition": dict(view.condition),
                "columns": list(view.columns),
                "sort": view.sort,
                "layout": view.layout,
                "board_field": view.board_field,
                "position": order,
            },
        )
    epochs.bump(EPOCH)
    for install in _installers:
        install()
