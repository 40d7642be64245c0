"""The handbooks' ways to follow up and the signals customers give (FUP-2, FUP-5)."""

from kezhi.records.defaults import ShippedItem as I
from kezhi.records.defaults import ShippedList, register_lists

register_lists(
    ShippedList(
        "follow_up_method",
        "跟进方式",
        "Follow-up method",
        (
            I("phone", "电话", "Phone", "phone", ("通话", "打电话")),
            I("visit", "拜访", "Visit", "visit", ("上门", "上门拜访")),
            I("wechat", "微信", "WeChat", "wechat", ("企业微信",)),
            I("mail", "邮件", "E-mail", "mail", ("Email",)),
            I("meeting", "会议", "Meeting", "people", ("视频会议", "线上会议")),
            I("message", "短信", "Message", "inbox", ("SMS",)),
        ),
    ),
    ShippedList(
        "follow_up_signal",
        "客户信号",
        "Signal",
        (
            I("positive", "积极", "Positive", "done", ("要报价", "要样品")),
            I("neutral", "平常", "Neutral"),
            I("negative", "消极", "Negative", "warning", ("暂不考虑",)),
        ),
    ),
)
