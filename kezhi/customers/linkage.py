"""Finding duplicates in the whole register with a record-linkage model (CUS-12).

The model is Fellegi–Sunter as Splink implements it, on DuckDB in memory: how often values agree by chance is estimated
from the register itself, how often they agree in true matches starts from the weights below. Personal values enter as
blind indexes only.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import splink.comparison_level_library as levels
import splink.comparison_library as comparisons
from django.db import transaction
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

from kezhi.core.clock import now
from kezhi.core.figures import decimal_figure
from kezhi.customers.match_keys import CORE, MAIL, NAME, PHONE, SOUND
from kezhi.customers.models import Customer, MatchCandidate, MatchKey

_CHUNK = 2_000
_LEAST_FOR_ESTIMATE = 200


@dataclass(frozen=True, slots=True)
class Pair:
    """Two customers and how probably they are one; ``reasons`` are the kinds of keys they share."""

    first: int
    second: int
    probability: float
    reasons: tuple[str, ...]


def find_pairs(least: float) -> list[Pair]:
    """All pairs of live customers that are one with at least this probability, the likeliest first."""
    table = _table()
    if table.num_rows < 2:
        return []
    database = DuckDBAPI()
    linker = Linker(database.register(table), _settings(), log_level="ERROR")
    if table.num_rows >= _LEAST_FOR_ESTIMATE:
        linker.training.estimate_u_using_random_sampling(max_pairs=200_000, seed=1)
    predicted = linker.inference.predict(threshold_match_probability=least)
    rows = predicted.as_record_list()
    keys = _keys_of({int(row["unique_id_l"]) for row in rows} | {int(row["unique_id_r"]) for row in rows})
    pairs = []
    for row in rows:
        first, second = sorted((int(row["unique_id_l"]), int(row["unique_id_r"])))
        shared = keys.get(first, set()) & keys.get(second, set())
        reasons = tuple(sorted({kind for kind, _value in shared}))
        pairs.append(Pair(first, second, float(row["match_probability"]), reasons))
    return sorted(pairs, key=lambda pair: (-pair.probability, pair.first, pair.second))


@transaction.atomic
def store_pairs(pairs: Sequence[Pair]) -> int:
    """Put the pairs on the to-do list; those somebody decided on keep their decision. Gives how many are new."""
    moment = now()
    known = {
        (row.first_id, row.second_id): row
        for row in MatchCandidate.objects.filter(first_id__in={pair.first for pair in pairs})
    }
    fresh = [
        MatchCandidate(
            first_id=pair.first,
            second_id=pair.second,
            probability=pair.probability,
            reasons=list(pair.reasons),
            found_at=moment,
        )
        for pair in pairs
        if (pair.first, pair.second) not in known
    ]
    MatchCandidate.objects.bulk_create(fresh, batch_size=500, ignore_conflicts=True)
    for pair in pairs:
        row = known.get((pair.first, pair.second))
        if row is not None and row.state == MatchCandidate.State.OPEN and row.probability != pair.probability:
            MatchCandidate.objects.filter(pk=row.pk).update(
                probability=pair.probability, reasons=list(pair.reasons), found_at=moment
            )
    return len(fresh)


def find_and_store() -> int:
    """Look through the whole register; gives how many new pairs wait for a decision."""
    return store_pairs(find_pairs(float(decimal_figure("customers.match_probability"))))


def _settings() -> SettingsCreator:
    name = comparisons.CustomComparison(
        output_column_name="name",
        comparison_levels=[
            levels.NullLevel("name_core"),
            levels.ExactMatchLevel("name_key").configure(m_probability=0.45, u_probability=0.00005),
            levels.ExactMatchLevel("name_core").configure(m_probability=0.25, u_probability=0.0005),
            levels.ExactMatchLevel("sound").configure(m_probability=0.08, u_probability=0.0006),
            levels.JaroWinklerLevel("name_core", 0.9).configure(m_probability=0.12, u_probability=0.003),
            levels.ElseLevel().configure(m_probability=0.1, u_probability=0.99585),
        ],
    )
    return SettingsCreator(
        link_type="dedupe_only",
        comparisons=[
            name,
            _shared("phones", m=0.7, u=0.00002),
            _shared("emails", m=0.6, u=0.00002),
            comparisons.ExactMatch("city").configure(m_probabilities=[0.9, 0.1], u_probabilities=[0.08, 0.92]),
        ],
        blocking_rules_to_generate_predictions=[
            block_on("name_core"),
            block_on("sound"),
            block_on("phones", arrays_to_explode=["phones"]),
            block_on("emails", arrays_to_explode=["emails"]),
            block_on("substr(name_core, 1, 4)", "city"),
        ],
        probability_two_random_records_match=0.0005,
        retain_matching_columns=False,
    )


def _shared(column: str, *, m: float, u: float) -> Any:
    """Whether two lists share a value; an empty list says nothing either way."""
    return comparisons.CustomComparison(
        output_column_name=column,
        comparison_levels=[
            levels.CustomLevel(
                f"len({column}_l) = 0 OR len({column}_r) = 0", label_for_charts="nothing to compare"
            ).configure(is_null_level=True),
            levels.ArrayIntersectLevel(column, min_intersection=1).configure(m_probability=m, u_probability=u),
            levels.ElseLevel().configure(m_probability=1 - m, u_probability=1 - u),
        ],
    )


def _table() -> Any:
    ids: list[int] = []
    columns: dict[str, list[Any]] = {
        name: [] for name in ("name_key", "name_core", "sound", "city", "phones", "emails")
    }
    for batch in _batches():
        keys = _keys_of({row[0] for row in batch})
        for pk, name_key, name_core, city in batch:
            held = keys.get(pk, set())
            ids.append(pk)
            columns["name_key"].append(name_key or None)
            columns["name_core"].append(name_core or None)
            columns["sound"].append(next((value for kind, value in held if kind == SOUND), None))
            columns["city"].append(city or None)
            columns["phones"].append(sorted(value for kind, value in held if kind == PHONE))
            columns["emails"].append(sorted(value for kind, value in held if kind == MAIL))
    return pa.table({"unique_id": pa.array(ids, pa.int64()), **_typed(columns)})


def _typed(columns: Mapping[str, list[Any]]) -> dict[str, Any]:
    lists = pa.list_(pa.string())
    return {
        name: pa.array(values, lists if name in ("phones", "emails") else pa.string())
        for name, values in columns.items()
    }


def _batches() -> Iterator[list[tuple[int, str, str, str]]]:
    last = 0
    while True:
        rows = Customer.objects.ungated("matching").filter(deleted_at__isnull=True, pk__gt=last).order_by("pk")
        batch = list(rows.values_list("pk", "name_key", "name_core", "city")[:_CHUNK])
        if not batch:
            return
        last = batch[-1][0]
        yield batch


def _keys_of(ids: set[int]) -> dict[int, set[tuple[str, str]]]:
    found: dict[int, set[tuple[str, str]]] = {}
    wanted = sorted(ids)
    for start in range(0, len(wanted), 500):
        rows = MatchKey.objects.filter(
            customer_id__in=wanted[start : start + 500], kind__in=(NAME, CORE, SOUND, PHONE, MAIL)
        )
        for customer_id, kind, value in rows.values_list("customer_id", "kind", "value"):
            found.setdefault(customer_id, set()).add((kind, value))
    return found
