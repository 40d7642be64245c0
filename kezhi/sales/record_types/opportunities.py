"""What opportunities are made of (SAL-1, SAL-2)."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kezhi.records.fields import (
    ChoiceField,
    ClockField,
    DateField,
    DateTimeField,
    IntegerField,
    LongTextField,
    MoneyField,
    RateField,
    RecordField,
    TagsField,
    TextField,
    UserField,
    YesNoField,
)
from kezhi.records.registry import FieldGroup, RecordType, Related, register
from kezhi.sales.behaviours.opportunities import OpportunityBehaviour
from kezhi.sales.choices import forecasts, legal_states, opportunity_states, pipelines, stages
from kezhi.sales.models import Opportunity

OPPORTUNITY = register(
    RecordType(
        key="opportunity",
        model=Opportunity,
        label=_("商机"),
        plural=pgettext_lazy("plural", "商机"),
        icon="opportunity",
        slug="opportunities",
        number_figure="sales.opportunity_number_pattern",
        related_load=("customer",),
        filter_paths=("customer", "contact", "product", "lead"),
        parents=("customer",),
        subtitle_fields=("number", "customer", "owner"),
        columns=("name", "customer", "stage", "stage_entered_at", "amount", "expected_close_on", "owner"),
        default_sort="-created_at",
        board_field="stage",
        sum_fields=("amount", "weighted_amount"),
        actions=("export", "import", "assign"),
        behaviour=OpportunityBehaviour(),
        help=_("一次可能成交的生意，从接触到回款。"),
        groups=(
            FieldGroup("basic", _("基本资料")),
            FieldGroup("progress", _("进展")),
            FieldGroup("result", _("结果")),
            FieldGroup("custom", _("自定义")),
            FieldGroup("record", _("记录")),
        ),
        related=(
            Related("quote", "opportunity", pgettext_lazy("plural", "报价"), ("number", "state", "total")),
            Related("contract", "opportunity", pgettext_lazy("plural", "合同"), ("name", "state", "amount")),
        ),
        fields=(
            TextField(
                key="name",
                label=_("商机名称"),
                required=True,
                sortable=True,
                searchable=True,
                max_length=120,
                width="wide",
                synonyms=("商机名称", "项目名称", "Opportunity Name", "Opportunity", "Deal Name"),
            ),
            TextField(key="number", label=_("编号"), read_only=True, sortable=True, searchable=True, importable=False),
            RecordField(
                key="customer",
                label=_("客户"),
                to="customer",
                synonyms=("客户", "客户名称", "Account", "Account Name", "Company"),
            ),
            RecordField(key="contact", label=_("联系人"), to="contact", listed=False, synonyms=("联系人", "Contact")),
            MoneyField(
                key="amount",
                label=_("金额"),
                sortable=True,
                synonyms=("金额", "预计金额", "Amount", "Close Value", "Value"),
            ),
            DateField(
                key="expected_close_on",
                label=_("预计成交"),
                sortable=True,
                synonyms=("预计成交", "预计成交日期", "Close Date", "Expected Close Date"),
            ),
            RecordField(
                key="product", label=_("产品"), to="product", synonyms=("产品", "主要产品", "Product", "Product Name")
            ),
            TextField(key="interest", label=_("意向"), listed=False, synonyms=("意向", "意向产品", "Product Interest")),
            ChoiceField(
                key="source", label=_("来源渠道"), list_key="source", listed=False, synonyms=("来源", "Lead Source")
            ),
            RecordField(key="lead", label=_("来自线索"), to="lead", read_only=True, importable=False, listed=False),
            UserField(
                key="owner",
                label=_("负责人"),
                sortable=False,
                synonyms=("负责人", "销售", "Owner", "Sales Agent", "Opportunity Owner"),
            ),
            TagsField(key="tags", label=_("标签"), record_type="opportunity", synonyms=("标签", "Tags")),
            ChoiceField(
                key="pipeline",
                column="pipeline_id",
                label=_("销售流程"),
                choices=pipelines,
                group="progress",
                synonyms=("销售流程", "Pipeline"),
            ),
            ChoiceField(
                key="stage",
                column="stage_id",
                label=_("阶段"),
                choices=stages,
                group="progress",
                badge=True,
                synonyms=("阶段", "商机阶段", "Stage", "Deal Stage"),
            ),
            DateTimeField(
                key="stage_entered_at",
                label=_("进入阶段"),
                group="progress",
                read_only=True,
                sortable=True,
                synonyms=(
                    "进入阶段时间",
                    "阶段变更时间",
                    "Last Stage Change Date",
                    "Stage Entered",
                    "Date Entered Stage",
                ),
            ),
            ClockField(
                key="stage_due_at",
                label=_("阶段期限"),
                group="progress",
                read_only=True,
                importable=False,
                sortable=True,
            ),
            RateField(
                key="probability",
                label=_("赢单概率"),
                group="progress",
                read_only=True,
                importable=False,
                stored_percent=True,
            ),
            ChoiceField(
                key="forecast", label=_("预测类别"), choices=forecasts, group="progress", default="pipeline", badge=True
            ),
            MoneyField(
                key="weighted_amount",
                label=_("加权金额"),
                group="progress",
                read_only=True,
                importable=False,
                worked_out_from=("amount",),
            ),
            IntegerField(
                key="quote_count", label=_("报价数"), group="progress", read_only=True, importable=False, listed=False
            ),
            YesNoField(key="is_confirmed", label=_("客户已确认方案"), group="progress", listed=False),
            ChoiceField(
                key="legal_state",
                label=_("法务审核"),
                choices=legal_states,
                group="progress",
                read_only=True,
                importable=False,
                listed=False,
            ),
            ClockField(key="next_activity_at", label=_("下一步"), group="progress", read_only=True, importable=False),
            DateTimeField(
                key="last_activity_at", label=_("最近动作"), group="progress", read_only=True, importable=False
            ),
            ChoiceField(
                key="state",
                label=_("结果"),
                choices=opportunity_states,
                group="result",
                read_only=True,
                importable=False,
                badge=True,
            ),
            DateTimeField(key="closed_at", label=_("结束时间"), group="result", read_only=True),
            IntegerField(key="days_to_close", label=_("成交天数"), group="result", read_only=True, importable=False),
            ChoiceField(
                key="lost_reason",
                label=_("输单原因"),
                list_key="lost_reason",
                group="result",
                synonyms=("输单原因", "Loss Reason", "Closed Lost Reason"),
            ),
            TextField(
                key="competitor",
                label=_("竞争对手"),
                group="result",
                max_length=120,
                synonyms=("竞争对手", "Competitor", "Main Competitor"),
            ),
            MoneyField(key="contract_amount", label=_("合同金额"), group="result", read_only=True, importable=False),
            MoneyField(key="paid_amount", label=_("已回款"), group="result", read_only=True, importable=False),
            YesNoField(
                key="is_paid", label=_("已全部回款"), group="result", read_only=True, importable=False, listed=False
            ),
            LongTextField(key="note", label=_("备注"), synonyms=("备注", "Description", "Next Step")),
            DateTimeField(
                key="created_at",
                label=_("创建时间"),
                group="record",
                read_only=True,
                sortable=True,
                synonyms=("创建时间", "创建日期", "Created Date", "Engage Date", "Create Date"),
            ),
            DateTimeField(
                key="changed_at", label=_("最近修改"), group="record", read_only=True, sortable=True, importable=False
            ),
        ),
    )
)
