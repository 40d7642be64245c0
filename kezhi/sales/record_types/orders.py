"""What orders are made of (SAL-7, SAL-9)."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kezhi.records.fields import (
    ChoiceField,
    DateField,
    DateTimeField,
    LongTextField,
    MoneyField,
    RecordField,
    TextField,
    UserField,
    YesNoField,
)
from kezhi.records.registry import FieldGroup, RecordType, register
from kezhi.sales.behaviours.orders import OrderBehaviour
from kezhi.sales.choices import order_states
from kezhi.sales.models import Order

ORDER = register(
    RecordType(
        key="order",
        model=Order,
        label=_("订单"),
        plural=pgettext_lazy("plural", "订单"),
        icon="rows",
        slug="orders",
        number_figure="sales.order_number_pattern",
        related_load=("customer",),
        filter_paths=("customer", "contract"),
        parents=("customer", "contract"),
        subtitle_fields=("number", "customer", "state", "ordered_on"),
        columns=("name", "number", "customer", "state", "amount", "ordered_on", "promised_on", "owner"),
        default_sort="-ordered_on",
        board_field="state",
        sum_fields=("amount",),
        actions=("export", "import", "assign"),
        behaviour=OrderBehaviour(),
        help=_("客户买过什么；可以录入、导入，也可以由 ERP 通过接口写入。"),
        groups=(
            FieldGroup("basic", _("基本资料")),
            FieldGroup("delivery", _("交付")),
            FieldGroup("custom", _("自定义")),
            FieldGroup("record", _("记录")),
        ),
        fields=(
            TextField(
                key="name",
                label=_("订单名称"),
                required=True,
                searchable=True,
                max_length=120,
                width="wide",
                synonyms=("订单名称", "产品", "Order Name"),
            ),
            TextField(key="number", label=_("编号"), read_only=True, sortable=True, searchable=True, importable=False),
            RecordField(
                key="customer", label=_("客户"), to="customer", required=True, synonyms=("客户", "客户名称", "Account")
            ),
            RecordField(key="contract", label=_("合同"), to="contract", listed=False, synonyms=("合同", "合同编号")),
            TextField(
                key="external_number",
                label=_("外部单号"),
                unique=True,
                searchable=True,
                max_length=80,
                synonyms=("外部单号", "订单号", "ERP 单号", "Order Number"),
            ),
            DateField(
                key="ordered_on",
                label=_("下单日期"),
                required=True,
                sortable=True,
                synonyms=("下单日期", "订单日期", "Order Date"),
            ),
            MoneyField(
                key="amount",
                label=_("订单金额"),
                required=True,
                sortable=False,
                synonyms=("订单金额", "金额", "Amount", "Total"),
            ),
            ChoiceField(
                key="state",
                label=_("进度"),
                choices=order_states,
                default="placed",
                group="delivery",
                badge=True,
                synonyms=("进度", "状态", "Status"),
            ),
            DateField(key="promised_on", label=_("承诺交付"), group="delivery", synonyms=("承诺交付", "交期")),
            DateField(key="delivered_on", label=_("交付日期"), group="delivery", synonyms=("交付日期",)),
            TextField(
                key="carrier",
                label=_("物流公司"),
                group="delivery",
                listed=False,
                max_length=60,
                synonyms=("物流公司",),
            ),
            TextField(
                key="tracking", label=_("运单号"), group="delivery", listed=False, max_length=80, synonyms=("运单号",)
            ),
            YesNoField(key="is_repurchase", label=_("复购"), read_only=True, importable=False),
            UserField(key="owner", label=_("负责人"), synonyms=("负责人", "Owner")),
            LongTextField(key="note", label=_("备注"), synonyms=("备注", "Notes")),
            DateTimeField(
                key="created_at", label=_("创建时间"), group="record", read_only=True, sortable=True, importable=False
            ),
            DateTimeField(key="changed_at", label=_("最近修改"), group="record", read_only=True, importable=False),
        ),
    )
)
