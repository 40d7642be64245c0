"""The ways out of the system that every record type has. A later app adds its own with :func:`register_door`."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.test import Client

from kezhi.access.testing import Member
from kezhi.core.clock import now
from kezhi.records.api.tokens import known_scopes
from kezhi.records.models import ApiToken, SavedView

if TYPE_CHECKING:
    from kezhi.records.testing.contract import Planted


@dataclass(frozen=True)
class Door:
    """One way out. ``open`` gives all the text that left; "" where the door stayed shut.

    Behind a door with ``shows_record`` the record's owner finds the record, which is how a test knows that the door
    was really open. A door that ``shows_all`` is the same for records of every type: ``open`` need not look at which
    one it is given, and once opened it can be searched for many.
    """

    key: str
    open: Callable[[Member, Planted], str]
    shows_record: bool = True
    shows_all: bool = False


DOORS: dict[str, Door] = {}


def register_door(door: Door) -> None:
    """Put another way out under the contract."""
    if door.key in DOORS:
        raise ValueError(f"door {door.key} is registered twice")
    DOORS[door.key] = door


def text_of(response: HttpResponse) -> str:
    """Everything an answer carries, headers included; "" for 403 and 404."""
    if response.status_code in (403, 404):
        return ""
    assert response.status_code == 200, f"{response.status_code}: {response.content[:2000]!r}"
    content = b"".join(response.streaming_content) if response.streaming else response.content  # type: ignore[attr-defined]
    return content.decode("utf-8", "replace") + "\n" + str(response.headers)


def get(member: Member, address: str, **query: str) -> str:
    """What a page says to a member."""
    return text_of(member.browser.get(address, query))  # type: ignore[arg-type]


_tokens = itertools.count(1)


def api_headers(member: Member) -> dict[str, str]:
    """What a program sends that may do all its member may."""
    secret = f"kz_contract{next(_tokens)}"
    ApiToken.objects.create(
        user=member.user,
        name="contract",
        digest=hashlib.sha256(secret.encode()).hexdigest(),
        hint=secret[-4:],
        scopes=known_scopes(),
        created_at=now(),
        expires_at=now() + timedelta(days=1),
    )
    return {"Authorization": f"Bearer {secret}"}


def api(member: Member, address: str, **query: str) -> HttpResponse:
    """What the API answers to such a program."""
    client = _program()
    client.cookies.clear()
    answer: HttpResponse = client.get(address, query, headers=api_headers(member))  # type: ignore[assignment]
    return answer


@cache
def _program() -> Client:
    """One for all: each builds the whole chain of middleware for itself."""
    return Client()


def _list(member: Member, planted: Planted) -> str:
    """The list page with every column there is."""
    view = SavedView.objects.create(
        name_zh="contract",
        record_type=planted.record_type.key,
        owner=member.user,
        columns=[key for key, field in planted.record_type.all_fields().items() if field.listed],
    )
    return get(member, f"/{planted.record_type.slug}/", view=str(view.pk))


def _list_parts(member: Member, planted: Planted) -> str:
    """What a list asks for after it is shown: counts, sums, the condition editor, the column chooser."""
    start = f"/{planted.record_type.slug}/"
    return "\n".join(get(member, start + part) for part in ("counts/", "totals/", "filter/", "columns/"))


def _board(member: Member, planted: Planted) -> str:
    return get(member, f"/{planted.record_type.slug}/board/")


def _record(member: Member, planted: Planted) -> str:
    return get(member, f"/{planted.record_type.slug}/{planted.record.pk}/")


def _form(member: Member, planted: Planted) -> str:
    return get(member, f"/{planted.record_type.slug}/{planted.record.pk}/edit/")


def _inline(member: Member, planted: Planted) -> str:
    """Every field as it is edited in place."""
    start = f"/{planted.record_type.slug}/{planted.record.pk}/fields/"
    return "\n".join(get(member, f"{start}{key}/") for key in planted.forms)


def _timeline(member: Member, planted: Planted) -> str:
    return get(member, f"/{planted.record_type.slug}/{planted.record.pk}/timeline/")


def _parent(member: Member, planted: Planted) -> str:
    """The pages of what the record hangs on, where it is listed under "related" and in the timeline."""
    return "\n".join(_record(member, parent) + _timeline(member, parent) for parent in planted.parents)


def _choices(member: Member, planted: Planted) -> str:
    """Choosing the record while typing the start of its name."""
    return get(member, f"/{planted.record_type.slug}/options/", q=start_of_title(planted))


def _search(member: Member, planted: Planted) -> str:
    return get(member, "/search/", q=start_of_title(planted))


def _api_list(member: Member, planted: Planted) -> str:
    return text_of(api(member, f"/api/v1/{planted.record_type.slug}/"))


def _api_record(member: Member, planted: Planted) -> str:
    return text_of(api(member, f"/api/v1/{planted.record_type.slug}/{planted.record.pk}/"))


def _today(member: Member, planted: Planted) -> str:
    return get(member, "/")


def start_of_title(planted: Planted) -> str:
    """The name without its last character: the rest is not typed, and so not found as an echo of the question."""
    title = planted.record_type.field(planted.record_type.title_field)
    text = title.text(title.get(planted.record)) if title is not None else planted.record.number
    return text[:-1]


def as_filter(field: str, op: str, value: object = None) -> str:
    """A condition as addresses carry it."""
    test = {"field": field, "op": op}
    return json.dumps({"all": [test if value is None else {**test, "value": value}]})


for _door in (
    Door("list", _list),
    Door("list parts", _list_parts, shows_record=False),
    Door("board", _board, shows_record=False),
    Door("record", _record),
    Door("form", _form),
    Door("inline", _inline, shows_record=False),
    Door("timeline", _timeline, shows_record=False),
    Door("parent", _parent, shows_record=False),
    Door("choices", _choices),
    Door("search", _search, shows_record=False),
    Door("api list", _api_list),
    Door("api record", _api_record),
    Door("today", _today, shows_record=False, shows_all=True),
):
    register_door(_door)
