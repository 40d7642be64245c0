"""Two small record types for the tests of records: a firm, and visits that hang on it. Their app is not installed."""

from django.db import models
from django.db.models import TextChoices

from kezhi.core.figures import Figure, FigureKind, register_figure
from kezhi.core.model_fields import EncryptedField
from kezhi.records.fields import (
    ChoiceField,
    DateField,
    DateTimeField,
    LongTextField,
    MoneyField,
    PhoneField,
    RecordField,
    RegionField,
    TagsField,
    TextField,
    UserField,
    YesNoField,
)
from kezhi.records.lists import fixed_choices
from kezhi.records.models import Record
from kezhi.records.registry import FieldGroup, RecordType, Related


class Firm(Record):
    class Kind(TextChoices):
        COMPANY = "company", "企业"
        PERSON = "person", "个人"

    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=10, default="company")
    trade = models.CharField(max_length=60, blank=True)
    size = models.CharField(max_length=60, blank=True)
    province = models.CharField(max_length=30, blank=True)
    city = models.CharField(max_length=30, blank=True)
    phone = EncryptedField(purpose="fake.firm.phone", blank=True, default="")
    phone_index = models.CharField(max_length=32, blank=True, default="")
    phone_tail = models.CharField(max_length=32, blank=True, default="")
    budget = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    founded_on = models.DateField(null=True)
    is_partner = models.BooleanField(default=False)
    note = models.TextField(blank=True)

    class Meta:
        app_label = "records_tests"


class Visit(Record):
    firm = models.ForeignKey(Firm, on_delete=models.CASCADE)
    subject = models.CharField(max_length=200)
    words = models.TextField(blank=True)

    class Meta:
        app_label = "records_tests"


register_figure(
    Figure("fake.firm_number", "F{seq:4}", kind=FigureKind.TEXT, unit="", minimum=1, maximum=40, label="F", help="F")
)
register_figure(
    Figure("fake.visit_number", "V{seq:4}", kind=FigureKind.TEXT, unit="", minimum=1, maximum=40, label="V", help="V")
)

FIRM = RecordType(
    key="firm",
    model=Firm,
    label="公司",
    plural="公司",
    icon="customers",
    slug="firms",
    number_figure="fake.firm_number",
    columns=("name", "trade", "owner"),
    actions=("export", "import", "assign", "reveal"),
    groups=(FieldGroup("basic", "基本资料"), FieldGroup("custom", "自定义"), FieldGroup("record", "记录")),
    related=(Related("visit", "firm", "拜访", ("subject", "words")),),
    fields=(
        TextField(key="name", label="名称", required=True, weight=10, searchable=True, sortable=True, max_length=60),
        ChoiceField(
            key="kind", label="性质", choices=lambda: fixed_choices(Firm.Kind), default="company", required=True
        ),
        ChoiceField(key="trade", label="行业", list_key="trade", weight=5, sortable=True),
        TextField(key="size", label="规模", for_kinds=("company",), weight=5),
        RegionField(key="province", label="省", part="province"),
        RegionField(key="city", label="市", part="city", above=("province",)),
        PhoneField(key="phone", label="电话", weight=5),
        MoneyField(key="budget", label="预算", sortable=True),
        DateField(key="founded_on", label="成立", sortable=True),
        YesNoField(key="is_partner", label="伙伴"),
        TagsField(key="tags", label="标签", record_type="firm"),
        UserField(key="owner", label="负责人"),
        LongTextField(key="note", label="备注"),
        DateTimeField(key="created_at", label="创建时间", group="record", read_only=True, sortable=True),
    ),
)

VISIT = RecordType(
    key="visit",
    model=Visit,
    label="拜访",
    plural="拜访",
    icon="visit",
    slug="visits",
    number_figure="fake.visit_number",
    title_field="subject",
    owner_path="firm__owner_id",
    related_load=("firm",),
    parents=("firm",),
    actions=(),
    groups=(FieldGroup("basic", "基本资料"),),
    fields=(
        RecordField(key="firm", label="公司", to="firm", required=True),
        TextField(key="subject", label="主题", required=True),
        LongTextField(key="words", label="内容"),
        DateTimeField(key="created_at", label="创建时间", read_only=True, sortable=True),
    ),
)
