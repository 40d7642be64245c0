"""Keeping the index right; called by operations inside their transaction."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from kezhi.core import epochs
from kezhi.core.blanks import new_object
from kezhi.core.bulk_insert import insert_many
from kezhi.records.models import SearchEntry
from kezhi.records.registry import RecordType, record_types
from kezhi.records.search.engine import engine
from kezhi.records.search.words import is_searchable, words_of

_BATCH = 400


def index_records(record_type: RecordType, records: Sequence[Any], *, new: bool = False) -> None:
    """Put these records' words into the index, replacing what was there; ``new`` ones are known not to be in it."""
    if not records or not is_searchable(record_type):
        return
    wanted = {record.pk: words_of(record_type, record) for record in records}
    stored: dict[int, SearchEntry] = {}
    if not new:
        for start in range(0, len(records), _BATCH):
            ids = [record.pk for record in records[start : start + _BATCH]]
            rows = SearchEntry.objects.filter(record_type=record_type.key, record_id__in=ids)
            stored.update({row.record_id: row for row in rows})
    fresh = [
        new_object(SearchEntry, record_type=record_type.key, record_id=pk, words=words)
        for pk, words in wanted.items()
        if pk not in stored
    ]
    if fresh:
        insert_many(fresh)
    changed: list[tuple[int, str, str | None]] = []
    for pk, row in stored.items():
        if row.words != wanted[pk]:
            changed.append((row.pk, wanted[pk], row.words))
            SearchEntry.objects.filter(pk=row.pk).update(words=wanted[pk])
    engine().put([*((row.pk, row.words, None) for row in fresh), *changed])


def remove_records(record_type: RecordType, ids: Sequence[int]) -> None:
    """Take records out of the index."""
    for start in range(0, len(ids), _BATCH):
        rows = SearchEntry.objects.filter(record_type=record_type.key, record_id__in=ids[start : start + _BATCH])
        engine().drop(list(rows.values_list("pk", "words")))
        rows.delete()


def reindex_dependents(record_type: RecordType, ids: Sequence[int]) -> None:
    """Index anew what inherits its owner from these records (contacts of a customer that changed hands)."""
    for known in record_types():
        lead, separator, _rest = known.owner_path.partition("__")
        field = known.field(lead)
        if not separator or getattr(field, "to", None) != record_type.key or not is_searchable(known):
            continue
        for start in range(0, len(ids), _BATCH):
            rows = (
                known.model.objects.ungated("search index")
                .filter(deleted_at__isnull=True, **{f"{lead}_id__in": ids[start : start + _BATCH]})
                .select_related(*known.related_load)
            )
            index_records(known, list(rows))


def rebuild_index(record_type: RecordType) -> int:
    """Index all live records of a type again, a batch per transaction; gives how many."""
    last, count = 0, 0
    while True:
        with transaction.atomic(), epochs.snapshot():
            rows = (
                record_type.model.objects.ungated("search index")
                .filter(deleted_at__isnull=True, pk__gt=last)
                .select_related(*record_type.related_load)
                .order_by("pk")
            )
            # Locked, so that nobody's newer words are overwritten by those of what was read before.
            batch = list(rows.select_for_update(of=("self",))[:_BATCH])
            if not batch:
                return count
            index_records(record_type, batch)
        last, count = batch[-1].pk, count + len(batch)
