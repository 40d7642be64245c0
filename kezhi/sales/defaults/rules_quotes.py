"""What happens around quotes, as rules an administrator reads and edits (AUTO-2, SAL-4)."""

from kezhi.automation.defaults import ShippedRule, register_rules

# zh-data: rules in both languages
register_rules(
    ShippedRule(
        "quote.accepted",
        "quote",
        "客户接受了报价，马上告诉负责人",
        "The customer accepted a quote",
        when={"on": "event", "event": "quote.accepted"},
        do=[
            {
                "do": "notify",
                "with": {
                    "to": ["owner", "owner_manager"],
                    "text": {
                        "zh": "{customer}接受了报价{name}，{total_cny}",
                        "en": "{customer} accepted {name}, {total_cny}",
                    },
                    "urgency": "high",
                },
            },
            {
                "do": "create_task",
                "with": {
                    "to": ["owner"],
                    "text": {"zh": "为报价{name}准备合同", "en": "Prepare the contract for {name}"},
                    "due": {"number": 1, "unit": "workday"},
                },
            },
        ],
        source="SAL-4",
        about_zh="客户在私密链接里点了接受。商机进入下一阶段由另一条规则做。",
        about_en="Accepted behind the private link; another rule moves the opportunity.",
    ),
    ShippedRule(
        "quote.declined",
        "quote",
        "客户拒绝了报价，告诉负责人",
        "The customer declined a quote",
        when={"on": "event", "event": "quote.declined"},
        do=[
            {
                "do": "notify",
                "with": {
                    "to": ["owner"],
                    "text": {
                        "zh": "{customer}拒绝了报价{name}：{answer_note}",
                        "en": "{customer} declined {name}: {answer_note}",
                    },
                    "urgency": "high",
                },
            }
        ],
        source="SAL-4",
    ),
    ShippedRule(
        "quote.expiring",
        "quote",
        "报价快到期了，提醒负责人",
        "A quote is about to expire",
        when={"on": "time", "field": "valid_until", "direction": "before", "span": {"number": 3, "unit": "day"}},
        condition={"all": [{"field": "state", "op": "is", "value": "sent"}]},
        do=[
            {
                "do": "notify",
                "with": {
                    "to": ["owner"],
                    "text": {
                        "zh": "给{customer}的报价{name}将于{valid_until}到期，客户还没有答复",
                        "en": "{name} for {customer} expires on {valid_until}, no answer yet",
                    },
                },
            }
        ],
        source="SAL-4",
    ),
    ShippedRule(
        "quote.expired",
        "quote",
        "报价过期了，告诉负责人",
        "A quote expired",
        when={"on": "event", "event": "quote.expired"},
        do=[
            {
                "do": "notify",
                "with": {
                    "to": ["owner"],
                    "text": {"zh": "给{customer}的报价{name}已过期", "en": "{name} for {customer} has expired"},
                },
            }
        ],
        source="SAL-4",
    ),
)
