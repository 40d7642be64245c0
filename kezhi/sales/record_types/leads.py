"""What leads and their sources are made of (LEAD-1 … LEAD-7)."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kezhi.records.fields import (
    ChoiceField,
    DateField,
    DateTimeField,
    EmailField,
    IntegerField,
    LongTextField,
    MoneyField,
    PhoneField,
    RecordField,
    RegionField,
    SecretTextField,
    TagsField,
    TextField,
    UserField,
)
from kezhi.records.registry import FieldGroup, RecordType, register
from kezhi.sales.behaviours.leads import LeadBehaviour, LeadSourceBehaviour
from kezhi.sales.choices import lead_states
from kezhi.sales.fields_leads import MatchedRecordField
from kezhi.sales.models import Lead, LeadSource

LEAD = register(
    RecordType(
        key="lead",
        model=Lead,
        label=_("线索"),
        plural=pgettext_lazy("plural", "线索"),
        icon="lead",
        slug="leads",
        number_figure="sales.lead_number_pattern",
        subtitle_fields=("number", "owner", "channel", "entered_at"),
        columns=("name", "contact_name", "phone", "state", "score", "channel", "source", "owner", "entered_at"),
        default_sort="-entered_at",
        board_field="state",
        filter_paths=("source", "customer"),
        actions=("export", "import", "assign", "reveal"),
        behaviour=LeadBehaviour(),
        help=_("可能成为客户的人或企业，转化之前放在这里。"),
        groups=(
            FieldGroup("basic", _("基本资料")),
            FieldGroup("need", _("需求")),
            FieldGroup("source", _("来源")),
            FieldGroup("care", _("跟进")),
            FieldGroup("custom", _("自定义")),
            FieldGroup("record", _("记录")),
        ),
        fields=(
            TextField(
                key="name",
                label=_("线索名称"),
                help=_("企业全称；个人写姓名。"),
                required=True,
                weight=10,
                sortable=True,
                searchable=True,
                max_length=120,
                width="wide",
                synonyms=("线索名称", "公司名称", "企业名称", "公司", "单位", "Company", "Company name", "Lead"),
            ),
            TextField(key="number", label=_("编号"), read_only=True, sortable=True, searchable=True, importable=False),
            TextField(
                key="contact_name",
                label=_("联系人"),
                weight=6,
                personal=True,
                max_length=80,
                synonyms=("联系人", "姓名", "联系人姓名", "Name", "Full name"),
            ),
            TextField(key="position", label=_("职位"), max_length=80, synonyms=("职位", "职务", "Title")),
            PhoneField(
                key="phone",
                label=pgettext_lazy("number", "电话"),
                weight=10,
                synonyms=("电话", "手机", "手机号", "联系电话", "Phone", "Mobile"),
            ),
            PhoneField(
                key="phone_other",
                label=_("备用电话"),
                listed=False,
                filterable=False,
                synonyms=("备用电话", "电话2", "手机2", "其他电话", "Other Phone", "Phone 2", "Alternate Phone"),
            ),
            EmailField(key="email", label=_("邮箱"), weight=4, synonyms=("邮箱", "电子邮箱", "Email", "E-mail")),
            SecretTextField(key="wechat", label=_("微信"), listed=False, filterable=False, synonyms=("微信",)),
            ChoiceField(key="industry", label=_("行业"), list_key="industry", weight=6, synonyms=("行业", "Industry")),
            RegionField(key="province", label=_("省"), part="province", weight=3, synonyms=("省", "省份", "State")),
            RegionField(
                key="city", label=_("市"), part="city", above=("province",), weight=3, synonyms=("市", "城市", "City")
            ),
            ChoiceField(key="language", label=_("语言"), list_key="language", synonyms=("语言", "Language")),
            TextField(
                key="interest",
                label=_("感兴趣的产品"),
                group="need",
                weight=5,
                synonyms=("感兴趣的产品", "意向产品", "产品", "Product interest"),
            ),
            LongTextField(
                key="need", label=_("需求"), group="need", weight=5, synonyms=("需求", "留言", "Message", "Description")
            ),
            MoneyField(key="budget", label=_("预算"), group="need", weight=3, synonyms=("预算", "Budget")),
            DateField(key="expected_purchase_on", label=_("预计采购"), group="need", weight=2, synonyms=("预计采购",)),
            ChoiceField(
                key="channel",
                label=_("来源渠道"),
                list_key="source",
                group="source",
                weight=4,
                synonyms=("来源渠道", "来源", "渠道", "Lead Source", "Source"),
            ),
            RecordField(key="source", label=_("来源"), to="lead_source", group="source"),
            TextField(
                key="source_detail",
                label=_("具体来源"),
                group="source",
                listed=False,
                synonyms=("具体来源", "展会", "关键词"),
            ),
            TagsField(key="tags", label=_("标签"), record_type="lead", group="care", synonyms=("标签", "Tags")),
            UserField(
                key="owner", label=_("负责人"), group="care", sortable=False, synonyms=("负责人", "销售", "Owner")
            ),
            ChoiceField(
                key="state",
                label=_("状态"),
                choices=lead_states,
                group="care",
                read_only=True,
                importable=False,
                badge=True,
            ),
            IntegerField(key="score", label=_("评分"), group="care", read_only=True, sortable=True, importable=False),
            DateTimeField(key="assigned_at", label=_("分配时间"), group="care", read_only=True, importable=False),
            DateTimeField(
                key="first_contacted_at", label=_("首次联系"), group="care", read_only=True, importable=False
            ),
            DateTimeField(key="last_contacted_at", label=_("最近联系"), group="care", read_only=True, importable=False),
            ChoiceField(
                key="disqualify_reason",
                label=_("无效原因"),
                list_key="disqualify_reason",
                group="care",
                read_only=True,
                importable=False,
            ),
            DateField(key="recycle_on", label=_("唤醒日期"), group="care", read_only=True, importable=False),
            RecordField(
                key="customer",
                label=_("转成的客户"),
                to="customer",
                group="care",
                read_only=True,
                importable=False,
            ),
            MatchedRecordField(
                key="known_customer",
                label=_("已有的客户"),
                to="customer",
                group="care",
                read_only=True,
                importable=False,
                listed=False,
                help=_("进入时按电话、邮箱或企业名称对上的客户。"),
            ),
            LongTextField(key="note", label=_("备注"), group="care", synonyms=("备注", "Notes")),
            DateTimeField(
                key="entered_at",
                label=_("进入时间"),
                group="record",
                sortable=True,
                help=_("留空即现在。"),
                synonyms=("进入时间", "登记时间", "Created Date"),
            ),
            DateTimeField(
                key="created_at", label=_("创建时间"), group="record", read_only=True, sortable=True, importable=False
            ),
            DateTimeField(key="changed_at", label=_("最近修改"), group="record", read_only=True, importable=False),
        ),
    )
)

LEAD_SOURCE = register(
    RecordType(
        key="lead_source",
        model=LeadSource,
        label=_("线索来源"),
        plural=pgettext_lazy("plural", "线索来源"),
        icon="globe",
        slug="lead-sources",
        number_figure="sales.lead_source_number_pattern",
        subtitle_fields=("number", "channel", "starts_on"),
        columns=("name", "channel", "starts_on", "cost", "lead_count", "effective_count", "won_amount", "owner"),
        default_sort="-created_at",
        board_field="channel",
        sum_fields=("cost", "lead_count", "effective_count", "won_amount"),
        actions=("export", "import", "assign"),
        behaviour=LeadSourceBehaviour(),
        help=_("每一个展会、每一条广告、每一位介绍人：花了多少，带来了谁。"),
        groups=(
            FieldGroup("basic", _("基本资料")),
            FieldGroup("return", _("回报")),
            FieldGroup("custom", _("自定义")),
            FieldGroup("record", _("记录")),
        ),
        fields=(
            TextField(
                key="name",
                label=_("来源"),
                required=True,
                sortable=True,
                searchable=True,
                max_length=120,
                width="wide",
                synonyms=("来源", "活动", "Campaign", "Campaign Name"),
            ),
            TextField(key="number", label=_("编号"), read_only=True, sortable=True, searchable=True, importable=False),
            ChoiceField(key="channel", label=_("渠道"), list_key="source", required=True, synonyms=("渠道", "Type")),
            TextField(key="place", label=_("展位或投放位置"), max_length=120, synonyms=("展位", "展位号")),
            TextField(key="keyword", label=_("关键词"), max_length=120, synonyms=("关键词", "Keyword")),
            TextField(key="referrer", label=_("介绍人或来源网址"), synonyms=("介绍人", "Referrer")),
            DateField(key="starts_on", label=_("开始"), synonyms=("开始", "开始日期", "Start Date")),
            DateField(key="ends_on", label=_("结束"), synonyms=("结束", "结束日期", "End Date")),
            UserField(key="owner", label=_("负责人"), synonyms=("负责人", "Owner")),
            MoneyField(key="cost", label=_("费用"), group="return", synonyms=("费用", "成本", "Actual Cost", "Cost")),
            IntegerField(key="lead_count", label=_("线索数"), group="return", read_only=True, importable=False),
            IntegerField(
                key="effective_count", label=_("有效客户数"), group="return", read_only=True, importable=False
            ),
            MoneyField(key="won_amount", label=_("成交金额"), group="return", read_only=True, importable=False),
            LongTextField(key="note", label=_("备注"), synonyms=("备注", "Description")),
            DateTimeField(
                key="created_at", label=_("创建时间"), group="record", read_only=True, sortable=True, importable=False
            ),
        ),
    )
)
