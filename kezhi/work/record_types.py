"""What tasks are made of."""

from functools import lru_cache

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kezhi.records.fields import ChoiceField, DateTimeField, LongTextField, TextField, UserField
from kezhi.records.lists import Choices, fixed_choices
from kezhi.records.registry import FieldGroup, RecordType, register
from kezhi.work.behaviour import TaskBehaviour
from kezhi.work.models import Task
from kezhi.work.models.tasks import PERSON
from kezhi.work.task_origins import task_origins


class Priority(TextChoices):
    """How pressing a task is."""

    HIGH = "high", _("高")
    NORMAL = "normal", _("普通")
    LOW = "low", _("低")


@lru_cache
def states() -> Choices:
    """Open, done, dropped."""
    return fixed_choices(Task.State, tones={"done": "done"})


@lru_cache
def priorities() -> Choices:
    """High, normal, low."""
    return fixed_choices(Priority, tones={"high": "danger"})


TASK = register(
    RecordType(
        key="task",
        model=Task,
        label=_("任务"),
        plural=pgettext_lazy("plural", "任务"),
        icon="today",
        slug="tasks",
        number_figure="work.task_number_pattern",
        title_field="title",
        subtitle_fields=("about_title", "owner", "due_at"),
        columns=("title", "about_title", "due_at", "priority", "owner", "state"),
        default_sort="due_at",
        start_view="tasks-mine",
        board_field="state",
        actions=("export", "assign"),
        behaviour=TaskBehaviour(),
        help=_("谁、做什么、什么时候前做完。"),
        groups=(FieldGroup("basic", _("任务")), FieldGroup("custom", _("自定义")), FieldGroup("record", _("记录"))),
        fields=(
            TextField(key="title", label=_("事项"), required=True, sortable=True, searchable=True, width="wide"),
            TextField(key="number", label=_("编号"), read_only=True, importable=False, listed=False, searchable=True),
            TextField(
                key="about_title",
                label=_("关于"),
                read_only=True,
                importable=False,
                personal_outside=True,
                personal_outside_kinds=(PERSON,),
            ),
            LongTextField(key="detail", label=_("说明")),
            UserField(key="owner", label=_("负责人"), required=True),
            DateTimeField(key="due_at", label=_("截止"), sortable=True),
            ChoiceField(key="priority", label=_("优先级"), choices=priorities, default="normal", badge=True),
            ChoiceField(key="state", label=_("状态"), choices=states, read_only=True, badge=True, importable=False),
            ChoiceField(
                key="origin",
                label=_("由来"),
                choices=task_origins,
                read_only=True,
                importable=False,
                listed=False,
                group="record",
            ),
            TextField(key="result", label=_("结果"), max_length=500, read_only=True, importable=False, listed=False),
            DateTimeField(key="done_at", label=_("完成时间"), read_only=True, importable=False, group="record"),
            DateTimeField(
                key="created_at", label=_("创建时间"), read_only=True, importable=False, sortable=True, group="record"
            ),
        ),
    )
)
