"""The ways out of the system that every record type has. A later app adds its own with :func:`register_door`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.http import HttpResponse

from kezhi.access.testing import Member
from kezhi.records.models import SavedView

if TYPE_CHECKING:
    from kezhi.records.testing.contract import Planted


@dataclass(frozen=True)
class Door:
    """One way out. ``open`` gives all the text that left; "" where the door stayed shut.

    Behind a door with ``shows_record`` the record's owner finds the record, which is how a test knows that the door
    was really open.
    """

    key: str
    open: Callable[[Member, Planted], str]
    shows_record: bool = True


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


def _get(member: Member, address: str, **query: str) -> str:
    return text_of(member.client().get(address, query))  # type: ignore[arg-type]


def _list(member: Member, planted: Planted) -> str:
    """The list page with every column there is."""
    view = SavedView.objects.create(
        name_zh="contract",
        record_type=planted.record_type.key,
        owner=member.user,
        columns=[key for key, field in planted.record_type.all_fields().items() if field.listed],
    )
    return _get(member, f"/{planted.record_type.slug}/", view=str(view.pk))


def _record(member: Member, planted: Planted) -> str:
    return _get(member, f"/{planted.record_type.slug}/{planted.record.pk}/")


def _form(member: Member, planted: Planted) -> str:
    return _get(member, f"/{planted.record_type.slug}/{planted.record.pk}/edit/")


def _timeline(member: Member, planted: Planted) -> str:
    return _get(member, f"/{planted.record_type.slug}/{planted.record.pk}/timeline/")


def _parent(member: Member, planted: Planted) -> str:
    """The pages of what the record hangs on, where it is listed under "related" and in the timeline."""
    return "\n".join(_record(member, parent) + _timeline(member, parent) for parent in planted.parents)


def _api_list(member: Member, planted: Planted) -> str:
    return _get(member, f"/api/v1/{planted.record_type.slug}/")


def _api_record(member: Member, planted: Planted) -> str:
    return _get(member, f"/api/v1/{planted.record_type.slug}/{planted.record.pk}/")


def _search(member: Member, planted: Planted) -> str:
    """Searching for the start of the name, of which the rest is not typed and so not echoed."""
    title = planted.record_type.field(planted.record_type.title_field)
    text = title.text(title.get(planted.record)) if title is not None else planted.record.number
    return _get(member, "/search/", q=text[:-1])


for _door in (
    Door("list", _list),
    Door("record", _record),
    Door("form", _form),
    Door("timeline", _timeline, shows_record=False),
    Door("parent", _parent, shows_record=False),
    Door("api list", _api_list),
    Door("api record", _api_record),
    Door("search", _search, shows_record=False),
):
    register_door(_door)
