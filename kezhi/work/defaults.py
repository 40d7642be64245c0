"""The lists of tasks a new system has: one's own, the team's."""

from kezhi.records.defaults import ShippedView, register_views

_COLUMNS = ("title", "about_title", "due_at", "priority", "owner", "state")
_OPEN = {"field": "state", "op": "is", "value": ["open"]}

# zh-data: names in both languages
register_views(
    ShippedView(
        "tasks-mine",
        "task",
        "我的待办",
        "My open tasks",
        {"all": [{"field": "owner", "op": "is", "value": ["me"]}, _OPEN]},
        _COLUMNS,
        "due_at",
    ),
    ShippedView("tasks-open", "task", "团队待办", "The team's open tasks", {"all": [_OPEN]}, _COLUMNS, "due_at"),
    ShippedView("tasks-all", "task", "全部任务", "All tasks", {}, _COLUMNS, "-due_at"),
)
