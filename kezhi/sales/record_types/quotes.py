"""What quotes are made of (SAL-4); their lines are edited on the quote's own page."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kezhi.records.fields import (
    ChoiceField,
    DateField,
    DateTimeField,
    IntegerField,
    LongTextField,
    MoneyField,
    NumberField,
    RecordField,
    TextField,
    UserField,
    YesNoField,
)
from kezhi.records.registry import FieldGroup, RecordType, register
from kezhi.sales.behaviours.quotes import QuoteBehaviour
from kezhi.sales.choices import currencies, quote_languages, quote_states
from kezhi.sales.fields_quotes import QuoteAmountField
from kezhi.sales.models import Quote

QUOTE = register(
    RecordType(
        key="quote",
        model=Quote,
        label=_("报价"),
        plural=pgettext_lazy("plural", "报价"),
        icon="file",
        slug="quotes",
        number_figure="sales.quote_number_pattern",
        related_load=("customer", "opportunity"),
        filter_paths=("customer", "contact", "opportunity"),
        parents=("customer", "opportunity"),
        subtitle_fields=("number", "customer", "valid_until"),
        columns=("name", "number", "customer", "state", "total", "total_cny", "valid_until", "owner"),
        default_sort="-created_at",
        board_field="state",
        sum_fields=("total_cny",),
        actions=("export", "assign"),
        behaviour=QuoteBehaviour(),
        help=_("给客户的价格：明细、折扣、税、有效期和版本。"),
        groups=(
            FieldGroup("basic", _("基本资料")),
            FieldGroup("amounts", _("金额")),
            FieldGroup("answer", _("客户答复")),
            FieldGroup("custom", _("自定义")),
            FieldGroup("record", _("记录")),
        ),
        fields=(
            TextField(key="name", label=_("报价名称"), required=True, searchable=True, max_length=120, width="wide"),
            TextField(key="number", label=_("编号"), read_only=True, sortable=True, searchable=True, importable=False),
            RecordField(key="opportunity", label=_("商机"), to="opportunity", required=True),
            RecordField(key="customer", label=_("客户"), to="customer", read_only=True, importable=False),
            RecordField(key="contact", label=_("联系人"), to="contact", listed=False),
            ChoiceField(
                key="state", label=_("状态"), choices=quote_states, read_only=True, importable=False, badge=True
            ),
            IntegerField(key="edition", label=_("版次"), read_only=True, importable=False),
            DateField(key="valid_until", label=_("有效期至")),
            ChoiceField(
                key="language",
                label=_("报价语言"),
                choices=quote_languages,
                default="zh-hans",
                listed=False,
                help=_("报价单和邮件用这种语言。"),
            ),
            LongTextField(key="terms", label=_("条款"), help=_("印在报价单上；不填时用信头设置里的条款。")),
            LongTextField(key="note", label=_("备注"), help=_("只在内部看，不会印在报价单上。")),
            UserField(key="owner", label=_("负责人")),
            NumberField(key="discount", label=_("整单折扣（%）"), group="amounts", sortable=False),
            ChoiceField(
                key="currency", label=_("币种"), choices=currencies, group="amounts", default="CNY", listed=False
            ),
            YesNoField(
                key="is_tax_included",
                label=_("单价含税"),
                group="amounts",
                default=False,
                listed=False,
                help=_("单价里是否已经包含增值税。"),
            ),
            QuoteAmountField(
                key="subtotal",
                label=_("未税小计"),
                group="amounts",
                read_only=True,
                importable=False,
                worked_out_from=("total",),
                listed=False,
            ),
            QuoteAmountField(
                key="tax_amount",
                label=_("税额"),
                group="amounts",
                read_only=True,
                importable=False,
                worked_out_from=("total",),
                listed=False,
            ),
            QuoteAmountField(
                key="discount_amount",
                label=_("整单折扣额"),
                group="amounts",
                read_only=True,
                importable=False,
                listed=False,
            ),
            NumberField(
                key="largest_discount",
                label=_("最大折扣（%）"),
                group="amounts",
                read_only=True,
                importable=False,
                listed=False,
                sortable=False,
            ),
            QuoteAmountField(key="total", label=_("总计"), group="amounts", read_only=True, importable=False),
            MoneyField(
                key="total_cny",
                label=_("折合人民币"),
                group="amounts",
                read_only=True,
                importable=False,
                worked_out_from=("total",),
            ),
            DateTimeField(key="sent_at", label=_("发送时间"), group="answer", read_only=True, importable=False),
            DateTimeField(key="answered_at", label=_("客户答复时间"), group="answer", read_only=True, importable=False),
            TextField(
                key="answered_by",
                label=_("答复人"),
                group="answer",
                read_only=True,
                importable=False,
                personal_outside=True,
            ),
            TextField(
                key="answer_note",
                label=_("客户的话"),
                group="answer",
                read_only=True,
                importable=False,
                listed=False,
                max_length=500,
            ),
            DateTimeField(
                key="created_at", label=_("创建时间"), group="record", read_only=True, sortable=True, importable=False
            ),
            DateTimeField(key="changed_at", label=_("最近修改"), group="record", read_only=True, importable=False),
        ),
    )
)
