"""Saved views of opportunities that come with Kezhi (SAL-2)."""

from typing import Any

from kezhi.records.defaults import ShippedView, register_views

_COLUMNS = ("name", "customer", "stage", "stage_entered_at", "amount", "expected_close_on", "next_activity_at", "owner")
_MINE = {"field": "owner", "op": "is", "value": ["me"]}
_OPEN = {"field": "state", "op": "is", "value": ["open"]}


def _view(key: str, zh: str, en: str, sort: str, *parts: dict[str, Any]) -> ShippedView:
    columns = ("stage_due_at", *_COLUMNS) if key == "overstayed" else _COLUMNS
    return ShippedView(
        f"opportunities-{key}",
        "opportunity",
        zh,
        en,
        {"all": list(parts)} if parts else {},
        tuple(dict.fromkeys(("name", *columns))),
        sort,
    )


register_views(
    _view("all", "全部商机", "All opportunities", "-created_at"),
    _view("mine", "我的商机", "My opportunities", "expected_close_on", _MINE, _OPEN),
    _view(
        "closing",
        "本月预计成交",
        "Closing this month",
        "expected_close_on",
        _OPEN,
        {"field": "expected_close_on", "op": "period", "value": "this_month"},
    ),
    _view(
        "overstayed",
        "停留过久",
        "Stayed too long",
        "stage_due_at",
        _OPEN,
        {"field": "stage_due_at", "op": "overdue"},
    ),
    _view(
        "no-step",
        "无下一步",
        "No next step",
        "-created_at",
        _OPEN,
        {"field": "next_activity_at", "op": "is_empty"},
    ),
)
