"""What contracts, payment plans and payments are made of (SAL-5, SAL-6)."""

from decimal import Decimal

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kezhi.records.fields import (
    ChoiceField,
    DateField,
    DateTimeField,
    IntegerField,
    LongTextField,
    MoneyField,
    RecordField,
    TextField,
    UserField,
    YesNoField,
)
from kezhi.records.registry import FieldGroup, RecordType, Related, register
from kezhi.sales.behaviours.contracts import ContractBehaviour, InstalmentBehaviour, PaymentBehaviour
from kezhi.sales.choices import contract_states, instalment_states, legal_states, payment_states
from kezhi.sales.models import Contract, Instalment, Payment

_GROUPS = (FieldGroup("basic", _("基本资料")), FieldGroup("custom", _("自定义")), FieldGroup("record", _("记录")))

CONTRACT = register(
    RecordType(
        key="contract",
        model=Contract,
        label=_("合同"),
        plural=pgettext_lazy("plural", "合同"),
        icon="stamp",
        slug="contracts",
        number_figure="sales.contract_number_pattern",
        related_load=("customer",),
        filter_paths=("customer", "opportunity", "quote"),
        parents=("customer", "opportunity"),
        subtitle_fields=("number", "customer", "state", "signed_on"),
        columns=(
            "name",
            "number",
            "customer",
            "state",
            "total_amount",
            "paid_amount",
            "next_due_on",
            "ends_on",
            "owner",
        ),
        default_sort="-created_at",
        board_field="state",
        sum_fields=("total_amount", "paid_amount"),
        actions=("export", "import", "assign", "review"),
        behaviour=ContractBehaviour(),
        help=_("与客户签订的合同：金额、期限、审核、签署与回款。"),
        groups=(
            FieldGroup("basic", _("基本资料")),
            FieldGroup("term", _("期限")),
            FieldGroup("money", _("回款")),
            FieldGroup("custom", _("自定义")),
            FieldGroup("record", _("记录")),
        ),
        related=(
            Related("payment", "contract", pgettext_lazy("plural", "回款"), ("received_on", "amount", "state")),
            Related("contract", "amends", _("补充协议"), ("number", "state", "amount")),
            Related("order", "contract", pgettext_lazy("plural", "订单"), ("name", "state", "amount")),
        ),
        fields=(
            TextField(
                key="name",
                label=_("合同名称"),
                required=True,
                sortable=False,
                searchable=True,
                max_length=120,
                width="wide",
                synonyms=("合同名称", "Contract Name"),
            ),
            TextField(key="number", label=_("编号"), read_only=True, sortable=True, searchable=True, importable=False),
            RecordField(
                key="customer", label=_("客户"), to="customer", required=True, synonyms=("客户", "客户名称", "Account")
            ),
            RecordField(key="opportunity", label=_("商机"), to="opportunity"),
            RecordField(key="quote", label=_("报价"), to="quote", listed=False),
            RecordField(key="amends", label=_("补充的合同"), to="contract", listed=False),
            TextField(key="our_party", label=_("我方主体"), listed=False, synonyms=("我方", "甲方")),
            TextField(key="their_party", label=_("对方主体"), listed=False, synonyms=("对方", "乙方")),
            TextField(key="their_signer", label=_("对方签署人"), listed=False, personal=True, max_length=80),
            MoneyField(
                key="amount",
                label=_("合同金额"),
                required=True,
                sortable=False,
                synonyms=("合同金额", "金额", "Amount"),
            ),
            ChoiceField(
                key="state", label=_("签署状态"), choices=contract_states, read_only=True, importable=False, badge=True
            ),
            ChoiceField(key="legal_state", label=_("法务审核"), choices=legal_states, read_only=True, importable=False),
            TextField(
                key="legal_note", label=_("审核意见"), read_only=True, importable=False, listed=False, max_length=500
            ),
            UserField(key="owner", label=_("负责人"), synonyms=("负责人", "Owner")),
            LongTextField(key="note", label=_("备注"), synonyms=("备注",)),
            DateField(key="signed_on", label=_("签署日期"), group="term", synonyms=("签署日期", "签订日期")),
            DateField(
                key="starts_on", label=_("生效日期"), group="term", listed=False, synonyms=("生效日期", "Start Date")
            ),
            DateField(
                key="ends_on",
                label=_("到期日期"),
                group="term",
                sortable=True,
                synonyms=("到期日期", "End Date"),
            ),
            DateField(
                key="ended_on", label=_("终止日期"), group="term", read_only=True, importable=False, listed=False
            ),
            TextField(
                key="end_reason", label=_("终止原因"), group="term", read_only=True, importable=False, listed=False
            ),
            MoneyField(
                key="total_amount",
                label=_("合同总额"),
                help=_("加上已签署的补充协议。"),
                group="money",
                read_only=True,
                importable=False,
                worked_out_from=("amount",),
            ),
            MoneyField(key="paid_amount", label=_("已回款"), group="money", read_only=True, importable=False),
            YesNoField(
                key="is_paid", label=_("已全部回款"), group="money", read_only=True, importable=False, listed=False
            ),
            DateField(
                key="next_due_on", label=_("下一笔应收"), group="money", read_only=True, sortable=True, importable=False
            ),
            DateTimeField(
                key="created_at", label=_("创建时间"), group="record", read_only=True, sortable=True, importable=False
            ),
            DateTimeField(key="changed_at", label=_("最近修改"), group="record", read_only=True, importable=False),
        ),
    )
)

INSTALMENT = register(
    RecordType(
        key="instalment",
        model=Instalment,
        label=_("回款计划"),
        plural=pgettext_lazy("plural", "回款计划"),
        icon="calendar",
        slug="instalments",
        number_figure="sales.instalment_number_pattern",
        owner_path="contract__owner_id",
        related_load=("contract",),
        filter_paths=("contract",),
        parents=("contract",),
        subtitle_fields=("number", "contract", "due_on"),
        columns=("name", "contract", "due_on", "amount", "paid_amount", "state"),
        default_sort="due_on",
        board_field="state",
        sum_fields=("amount", "paid_amount"),
        actions=("export", "import"),
        behaviour=InstalmentBehaviour(),
        help=_("合同约定分几期、什么时候收多少钱。"),
        groups=_GROUPS,
        fields=(
            TextField(key="name", label=_("期次"), required=True, max_length=60, synonyms=("期次", "名称")),
            TextField(key="number", label=_("编号"), read_only=True, searchable=True, importable=False, listed=False),
            RecordField(key="contract", label=_("合同"), to="contract", required=True, synonyms=("合同", "合同编号")),
            IntegerField(
                key="position",
                label=_("序号"),
                listed=False,
                minimum=Decimal(1),
                maximum=Decimal(999),
                synonyms=("序号",),
            ),
            DateField(
                key="due_on", label=_("应收日期"), required=True, sortable=True, synonyms=("应收日期", "Due Date")
            ),
            MoneyField(key="amount", label=_("应收金额"), required=True, sortable=False, synonyms=("应收金额", "金额")),
            TextField(key="condition", label=_("付款条件"), listed=False, synonyms=("付款条件",)),
            ChoiceField(
                key="state", label=_("状态"), choices=instalment_states, read_only=True, importable=False, badge=True
            ),
            MoneyField(key="paid_amount", label=_("已到账"), read_only=True, importable=False),
            DateField(key="paid_on", label=_("到账日期"), read_only=True, importable=False),
            LongTextField(key="note", label=_("备注"), synonyms=("备注",)),
            DateTimeField(
                key="created_at", label=_("创建时间"), group="record", read_only=True, sortable=True, importable=False
            ),
        ),
    )
)

PAYMENT = register(
    RecordType(
        key="payment",
        model=Payment,
        label=_("回款"),
        plural=pgettext_lazy("plural", "回款"),
        icon="money",
        slug="payments",
        number_figure="sales.payment_number_pattern",
        title_field="number",
        owner_path="contract__owner_id",
        related_load=("contract", "customer"),
        filter_paths=("contract", "customer"),
        parents=("contract", "customer"),
        subtitle_fields=("contract", "received_on", "state"),
        columns=(
            "number",
            "customer",
            "contract",
            "instalment",
            "received_on",
            "amount",
            "method",
            "reference",
            "state",
        ),
        default_sort="-received_on",
        board_field="state",
        sum_fields=("amount",),
        actions=("export", "import", "review"),
        behaviour=PaymentBehaviour(),
        help=_("到账的每一笔钱，由财务确认。"),
        groups=_GROUPS,
        fields=(
            TextField(key="number", label=_("编号"), read_only=True, sortable=True, searchable=True, importable=False),
            RecordField(key="contract", label=_("合同"), to="contract", required=True, synonyms=("合同", "合同编号")),
            RecordField(key="instalment", label=_("期次"), to="instalment", synonyms=("期次",)),
            RecordField(key="customer", label=_("客户"), to="customer", read_only=True, importable=False),
            DateField(
                key="received_on",
                label=_("到账日期"),
                required=True,
                sortable=True,
                synonyms=("到账日期", "回款日期"),
            ),
            MoneyField(key="amount", label=_("到账金额"), required=True, sortable=False, synonyms=("到账金额", "金额")),
            ChoiceField(key="method", label=_("付款方式"), list_key="payment_method", synonyms=("付款方式",)),
            TextField(
                key="reference", label=_("银行流水号"), max_length=80, searchable=True, synonyms=("流水号", "Reference")
            ),
            TextField(key="payer", label=_("付款方"), listed=False, synonyms=("付款方",)),
            YesNoField(
                key="is_checked",
                label=_("已核对"),
                help=_("同一天同样金额的另一笔，或比应收多付，核对后才勾选。"),
                listed=False,
                synonyms=("已核对",),
            ),
            ChoiceField(
                key="state", label=_("状态"), choices=payment_states, read_only=True, importable=False, badge=True
            ),
            DateTimeField(key="confirmed_at", label=_("确认时间"), read_only=True, importable=False),
            UserField(key="confirmed_by", label=_("确认人"), read_only=True, importable=False),
            TextField(key="refusal", label=_("退回原因"), read_only=True, importable=False, listed=False),
            LongTextField(key="note", label=_("备注"), synonyms=("备注",)),
            DateTimeField(
                key="created_at", label=_("创建时间"), group="record", read_only=True, sortable=True, importable=False
            ),
        ),
    )
)
