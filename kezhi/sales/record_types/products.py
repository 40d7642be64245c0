"""What products are made of (SAL-4)."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kezhi.records.fields import (
    ChoiceField,
    DateTimeField,
    LongTextField,
    MoneyField,
    NumberField,
    TextField,
    UserField,
    YesNoField,
)
from kezhi.records.registry import FieldGroup, RecordType, register
from kezhi.sales.behaviours.products import ProductBehaviour
from kezhi.sales.choices import product_kinds
from kezhi.sales.models import Product

PRODUCT = register(
    RecordType(
        key="product",
        model=Product,
        label=_("产品"),
        plural=pgettext_lazy("plural", "产品"),
        icon="tag",
        slug="products",
        number_figure="sales.product_number_pattern",
        subtitle_fields=("code", "category", "price"),
        columns=("name", "code", "kind", "category", "price", "unit", "tax_rate", "is_active"),
        default_sort="-created_at",
        board_field="category",
        actions=("export", "import"),
        behaviour=ProductBehaviour(),
        help=_("产品、服务与组合，报价从这里取价。"),
        groups=(
            FieldGroup("basic", _("基本资料")),
            FieldGroup("price", _("价格")),
            FieldGroup("custom", _("自定义")),
            FieldGroup("record", _("记录")),
        ),
        fields=(
            TextField(
                key="name",
                label=_("产品名称"),
                required=True,
                sortable=True,
                searchable=True,
                max_length=120,
                width="wide",
                synonyms=("产品名称", "产品", "品名", "Product", "Product Name", "Name"),
            ),
            TextField(key="number", label=_("编号"), read_only=True, searchable=True, importable=False, listed=False),
            TextField(
                key="name_en",
                label=_("英文名称"),
                searchable=True,
                max_length=120,
                listed=False,
                synonyms=("英文名称",),
            ),
            TextField(
                key="code",
                label=_("产品编码"),
                unique=True,
                searchable=True,
                max_length=60,
                synonyms=("产品编码", "编码", "货号", "SKU", "Product Code"),
            ),
            ChoiceField(key="kind", label=_("类别"), choices=product_kinds, default="product", required=True),
            ChoiceField(
                key="category",
                label=_("分类"),
                list_key="product_category",
                synonyms=("分类", "产品分类", "系列", "Series", "Product Family", "Category"),
            ),
            TextField(key="unit", label=_("单位"), max_length=20, synonyms=("单位", "Unit")),
            MoneyField(
                key="price",
                label=_("标准价"),
                group="price",
                required=True,
                sortable=True,
                synonyms=("标准价", "价格", "单价", "Sales Price", "Price", "List Price"),
            ),
            MoneyField(key="cost", label=_("成本"), group="price", listed=False, synonyms=("成本", "Cost")),
            NumberField(
                key="tax_rate", label=_("税率（%）"), group="price", synonyms=("税率", "Tax Rate"), sortable=False
            ),
            NumberField(key="bundle_discount", label=_("组合优惠（%）"), group="price", listed=False, sortable=False),
            YesNoField(key="is_active", label=_("在售"), default=True, synonyms=("在售", "Active")),
            UserField(key="owner", label=_("产品负责人"), synonyms=("产品负责人", "负责人")),
            LongTextField(key="description", label=_("说明"), synonyms=("说明", "描述", "Description")),
            LongTextField(key="description_en", label=_("英文说明")),
            DateTimeField(
                key="created_at", label=_("创建时间"), group="record", read_only=True, sortable=True, importable=False
            ),
        ),
    )
)
