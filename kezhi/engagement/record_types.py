"""What follow-ups are made of."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kezhi.core.clock import now
from kezhi.engagement.behaviour import FollowUpBehaviour
from kezhi.engagement.models import FollowUp
from kezhi.records.fields import (
    ChoiceField,
    DateTimeField,
    LongTextField,
    RecordField,
    TextField,
    UserField,
    YesNoField,
)
from kezhi.records.registry import FieldGroup, RecordType, register

FOLLOW_UP = register(
    RecordType(
        key="follow_up",
        model=FollowUp,
        label=_("跟进"),
        plural=pgettext_lazy("plural", "跟进"),
        icon="followup",
        slug="follow-ups",
        number_figure="engagement.number_pattern",
        title_field="number",
        owner_path="customer__owner_id",
        related_load=("customer",),
        filter_paths=("customer", "contact"),
        parents=("customer", "contact"),
        subtitle_fields=("customer", "happened_at"),
        columns=("happened_at", "customer", "contact", "method", "summary", "next_action", "next_due_at", "owner"),
        default_sort="-happened_at",
        board_field="method",
        actions=("export",),
        behaviour=FollowUpBehaviour(),
        help=_("每一次联系：说了什么，客户怎么说，下一步谁做什么。"),
        groups=(FieldGroup("basic", _("跟进")), FieldGroup("next", _("下一步")), FieldGroup("custom", _("自定义"))),
        fields=(
            TextField(key="number", label=_("编号"), read_only=True, importable=False, listed=False, searchable=True),
            RecordField(key="customer", label=_("客户"), to="customer", required=True),
            RecordField(key="contact", label=_("联系人"), to="contact"),
            ChoiceField(key="method", label=_("方式"), list_key="follow_up_method", required=True),
            DateTimeField(key="happened_at", label=_("时间"), required=True, sortable=True, default=now),
            LongTextField(key="summary", label=_("内容"), required=True, listed=True, searchable=True),
            LongTextField(key="feedback", label=_("客户反馈"), searchable=True),
            ChoiceField(key="signal", label=_("信号"), list_key="follow_up_signal", badge=True),
            YesNoField(key="has_changes", label=_("客户资料有变化，之后补录"), listed=False),
            TextField(key="next_action", label=_("下一步"), group="next"),
            UserField(key="next_person", label=_("谁来做"), group="next"),
            DateTimeField(key="next_due_at", label=_("期限"), group="next"),
            TextField(key="no_next_reason", label=_("无需下一步的原因"), group="next", listed=False),
            UserField(key="owner", label=_("跟进人"), read_only=True, importable=False),
            DateTimeField(key="created_at", label=_("记录时间"), read_only=True, importable=False, sortable=True),
        ),
    )
)
