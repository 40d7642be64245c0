"""Lists of sales that an administrator owns (LEAD-5, SAL-4, SAL-6, SAL-8)."""

from kezhi.records.defaults import ShippedItem as I
from kezhi.records.defaults import ShippedList, register_lists

register_lists(
    ShippedList(
        "language",
        "语言",
        "Language",
        (
            I("zh", "中文", "Chinese", "", ("普通话", "Chinese")),
            I("en", "英语", "English", "", ("英文", "English")),
            I("yue", "粤语", "Cantonese", "", ("广东话",)),
            I("ja", "日语", "Japanese", "", ("日文",)),
            I("other", "其他", "Other"),
        ),
    ),
    ShippedList(
        "disqualify_reason",
        "线索无效原因",
        "Reason a lead is not qualified",
        (
            I("no_need", "没有需求", "No need"),
            I("no_budget", "没有预算", "No budget"),
            I("wrong_contact", "联系方式有误", "Wrong contact details", "", ("号码错误", "空号")),
            I("unreachable", "多次联系不上", "Cannot be reached", "", ("联系不上",)),
            I("duplicate", "重复线索", "Duplicate"),
            I("competitor", "同行", "Competitor"),
            I("other", "其他", "Other"),
        ),
    ),
    ShippedList(
        "lost_reason",
        "输单原因",
        "Reason an opportunity was lost",
        (
            I("price", "价格", "Price", "", ("价格太高", "太贵")),
            I("competitor", "选了竞争对手", "Chose a competitor", "", ("竞争对手",)),
            I("function", "产品不满足", "Product does not fit"),
            I("budget", "预算取消", "Budget withdrawn"),
            I("delayed", "项目搁置", "Project put off"),
            I("no_answer", "客户不再回应", "No more answer"),
            I("other", "其他", "Other"),
        ),
    ),
    ShippedList(
        "product_category",
        "产品分类",
        "Product category",
        (
            I("hardware", "硬件", "Hardware"),
            I("software", "软件", "Software"),
            I("service", "服务", "Service"),
            I("other", "其他", "Other"),
        ),
    ),
    ShippedList(
        "payment_method",
        "付款方式",
        "Method of payment",
        (
            I("transfer", "银行转账", "Bank transfer", "", ("转账", "电汇")),
            I("acceptance", "承兑汇票", "Bank acceptance", "", ("承兑",)),
            I("cheque", "支票", "Cheque"),
            I("wechat", "微信支付", "WeChat Pay", "", ("微信",)),
            I("alipay", "支付宝", "Alipay"),
            I("cash", "现金", "Cash"),
            I("other", "其他", "Other"),
        ),
    ),
)
