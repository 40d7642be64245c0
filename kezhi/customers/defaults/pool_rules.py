"""How customers return to the pool, as rules an administrator reads and edits (CUS-15, AUTO-2)."""

from kezhi.automation.defaults import ShippedRule, register_rules

_HELD = {"all": [{"field": "owner", "op": "is_filled"}, {"field": "recall_on", "op": "is_filled"}]}

register_rules(
    ShippedRule(
        "pool.recall_near",
        "customer",
        "客户快被收回公海，提醒负责人",
        "A customer will soon return to the pool",
        when={
            "on": "time",
            "field": "recall_on",
            "direction": "before",
            "span": {"number": {"figure": "pool.warning_days"}, "unit": "day"},
        },
        condition=_HELD,
        do=[
            {
                "do": "notify",
                "with": {
                    "to": ["owner"],
                    "text": {
                        "zh": "{name} {recall_on}将收回公海\n上次跟进：{last_followed_at}。跟进一次就会保留。",
                        "en": "{name} returns to the pool on {recall_on}\nLast follow-up: {last_followed_at}. "
                        "Follow up to keep it.",
                    },
                    "urgency": "high",
                },
            }
        ],
        source="CUS-15",
        about_zh="提前几天是参数；回收日由等级、上次跟进和成交按参数算出。",
        about_en="How many days before is a figure; the day follows from level, last follow-up and deals by figures.",
    ),
    ShippedRule(
        "pool.recall",
        "customer",
        "回收日到了，放回公海",
        "Its day has come: back to the pool",
        when={
            "on": "time",
            "field": "recall_on",
            "direction": "after",
            "span": {"number": 0, "unit": "day"},
            "again": "daily",
        },
        condition=_HELD,
        do=[{"do": "release_to_pool", "with": {"reason": "quiet"}}],
        source="CUS-15",
        about_zh="每个等级的天数在“设置 › 公海”里改，改之前可以先试算谁会失去哪些客户。",
        about_en="Days per level stand in Settings › Pool, where a change can be tried out first.",
    ),
    ShippedRule(
        "pool.released",
        "customer",
        "客户放回公海，原负责人的承诺不再计时",
        "A customer in the pool: promises of the last owner no longer run",
        when={"on": "event", "event": "customer.released"},
        do=[
            {"do": "cancel_deadline", "with": {"kind": "first_contact"}},
            {"do": "cancel_deadline", "with": {"kind": "change_entered"}},
        ],
        source="CUS-15",
    ),
)
