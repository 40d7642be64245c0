"""Saved views of leads that come with Kezhi."""

from typing import Any

from kezhi.records.defaults import ShippedView, register_views

_COLUMNS = ("name", "contact_name", "phone", "state", "score", "channel", "source", "owner", "entered_at")


def _view(key: str, zh: str, en: str, sort: str, *parts: dict[str, Any]) -> ShippedView:
    return ShippedView(f"leads-{key}", "lead", zh, en, {"all": list(parts)} if parts else {}, _COLUMNS, sort)


_MINE = {"field": "owner", "op": "is", "value": ["me"]}

register_views(
    _view("all", "全部线索", "All leads", "-entered_at"),
    _view(
        "mine",
        "我的线索",
        "My leads",
        "-score",
        _MINE,
        {"field": "state", "op": "is", "value": ["new", "working"]},
    ),
    _view("new", "未联系", "Not contacted", "entered_at", {"field": "state", "op": "is", "value": ["new"]}),
    _view("asleep", "待唤醒", "To be woken", "-entered_at", {"field": "state", "op": "is", "value": ["recycled"]}),
    _view("unowned", "未分配线索", "Unassigned leads", "entered_at", {"field": "owner", "op": "is_empty"}),
)
