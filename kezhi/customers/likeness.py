"""Whether a customer somebody types is one we have already: fast enough for every key stroke (CUS-12)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from kezhi.access.actors import Actor
from kezhi.access.directory import person_name
from kezhi.core.chinese import pinyin
from kezhi.core.values.names import clean_name, company_core, company_key, name_similarity
from kezhi.customers.match_keys import CORE, MAIL, NAME, PHONE, SOUND, typed_reach
from kezhi.customers.models import Customer, MatchKey
from kezhi.records.guessing import limit_typed
from kezhi.records.presenting import present

_MOST = 5
_MOST_KEYS = 200
_ALIKE = 0.85


@dataclass(frozen=True, slots=True)
class Lookalike:
    """A customer that may be the same. One outside the reader's scope shows only whose it is.

    ``title`` is the name as the reader may see it, empty out of scope; ``reasons`` are keys of what agrees: phone,
    mail, name, core, sound.
    """

    customer: Any
    title: str
    is_visible: bool
    owner: str
    reasons: tuple[str, ...]
    score: float


def lookalikes(values: Mapping[str, Any], actor: Actor, *, but: int | None = None) -> list[Lookalike]:
    """The customers most like these raw values (name, phone, email), the likeliest first."""
    wanted = _keys(values)
    if not wanted:
        return []
    found: dict[int, set[str]] = {}
    for kind, value in wanted:
        ids = MatchKey.objects.filter(kind=kind, value=value).values_list("customer_id", flat=True)[:_MOST_KEYS]
        for pk in ids:
            found.setdefault(pk, set()).add(kind)
    found.pop(but or 0, None)
    if not found:
        return []
    rows = Customer.objects.ungated("duplicate check").filter(pk__in=list(found), deleted_at__isnull=True)
    name = clean_name(str(values.get("name") or ""))
    alike = [(_score(found[row.pk], name, row), row) for row in rows]
    best = sorted((pair for pair in alike if pair[0] >= 0.5), key=lambda pair: (-pair[0], pair[1].pk))[:_MOST]
    visible = set(
        Customer.objects.visible_to(actor).filter(pk__in=[row.pk for _s, row in best]).values_list("pk", flat=True)
    )
    return [
        Lookalike(
            row,
            present(row, actor).title if row.pk in visible else "",
            row.pk in visible,
            person_name(row.owner_id) if row.owner_id else "",
            tuple(sorted(found[row.pk])),
            score,
        )
        for score, row in best
    ]


def typed_within_limit(
    values: Mapping[str, Any], actor: Actor, types: Iterable[str] = ("customer", "contact")
) -> tuple[Mapping[str, Any], str]:
    """What somebody types, to be compared with everybody's, and "" or why their phone and mail are not compared."""
    used_up = limit_typed(types, values.get("phone"), values.get("email"), actor=actor)
    if used_up is None:
        return values, ""
    return {key: value for key, value in values.items() if key not in ("phone", "email")}, used_up.message


def _keys(values: Mapping[str, Any]) -> set[tuple[str, str]]:
    keys: set[tuple[str, str]] = set()
    name = clean_name(str(values.get("name") or ""))
    if len(name) >= 2:
        core = company_core(name)
        keys.add((NAME, company_key(name)))
        if len(core) > 1:
            keys |= {(CORE, core), (SOUND, pinyin(core)[:200])}
    return {(kind, value) for kind, value in keys | typed_reach(values) if value}


def _score(kinds: set[str], name: str, row: Any) -> float:
    """0–1: a shared phone or mail says most, an equal name nearly as much, an equal sound little."""
    score = 0.0
    if PHONE in kinds:
        score = max(score, 0.9)
    if MAIL in kinds:
        score = max(score, 0.85)
    if NAME in kinds:
        score = max(score, 0.95)
    elif CORE in kinds:
        score = max(score, 0.7)
    elif SOUND in kinds and name_similarity(name, row.name) >= _ALIKE:
        score = max(score, 0.6)
    return score
