"""Workflows of following up as rules an administrator reads and edits (AUTO-2, FUP-4, FUP-5)."""

from kezhi.automation.defaults import ShippedRule, register_rules

register_rules(
    ShippedRule(
        "follow_up.quiet",
        "customer",
        "久未跟进，提醒负责人",
        "Not followed up for a while",
        when={
            "on": "time",
            "field": "last_followed_at",
            "direction": "after",
            "span": {"number": {"figure": "engagement.quiet_days"}, "unit": "day"},
        },
        condition={
            "all": [
                {"field": "owner", "op": "is_filled"},
                {"not": {"all": [{"field": "next_follow_at", "op": "within_next_days", "value": 7}]}},
            ]
        },
        do=[
            {
                "do": "notify",
                "with": {
                    "to": ["owner"],
                    "text": {
                        "zh": "{name}很久没有跟进了\n上次跟进：{last_followed_at}",
                        "en": "{name} has not been followed up\nLast: {last_followed_at}",
                    },
                },
            },
            {"do": "wait", "span": {"number": 7, "unit": "day"}},
            {
                "do": "branch",
                "if": {"all": [{"field": "last_followed_at", "op": "older_than_days", "value": 14}]},
                "then": [
                    {
                        "do": "notify",
                        "with": {
                            "to": ["owner_manager"],
                            "text": {
                                "zh": "{name}超过 14 天没有跟进（负责人{owner}）",
                                "en": "{name} not followed up for 14 days (owner {owner})",
                            },
                            "kind": "escalation",
                        },
                    }
                ],
            },
        ],
        source="FUP-4",
        about_zh="第一次提醒的天数与“今日”页用的是同一个参数。",
        about_en="The first number is the figure that the Today page uses too.",
    ),
    ShippedRule(
        "follow_up.positive",
        "follow_up",
        "客户态度积极，推进签约",
        "A positive signal: move toward a contract",
        when={"on": "created"},
        condition={"all": [{"field": "signal", "op": "is", "value": ["positive"]}]},
        do=[
            {
                "do": "create_task",
                "with": {
                    "to": ["field:customer.owner"],
                    "text": {
                        "zh": "{customer.name}态度积极：准备报价或样品",
                        "en": "{customer.name} is positive: prepare a quote or sample",
                    },
                    "due": {"number": 2, "unit": "workday"},
                    "priority": "high",
                },
            }
        ],
        source="FUP-5",
    ),
    ShippedRule(
        "follow_up.negative",
        "follow_up",
        "客户态度消极，先放一放再评估",
        "A negative signal: pause and look again",
        when={"on": "created"},
        condition={"all": [{"field": "signal", "op": "is", "value": ["negative"]}]},
        do=[
            {
                "do": "create_task",
                "with": {
                    "to": ["field:customer.owner"],
                    "text": {
                        "zh": "重新评估{customer.name}：还要不要跟进",
                        "en": "Look again at {customer.name}: go on or not",
                    },
                    "due": {"number": 90, "unit": "day"},
                    "priority": "low",
                },
            }
        ],
        source="FUP-5",
        about_zh="暂停密集联系，三个月后重新评估。",
        about_en="Pause, soft touches, look again in three months.",
    ),
    ShippedRule(
        "task.overdue",
        "task",
        "任务逾期，告诉上级",
        "An overdue task climbs",
        when={"on": "time", "field": "due_at", "direction": "after", "span": {"number": 2, "unit": "workday"}},
        condition={"all": [{"field": "state", "op": "is", "value": ["open"]}]},
        do=[
            {
                "do": "notify",
                "with": {
                    "to": ["owner_manager"],
                    "text": {
                        "zh": "{owner}的任务逾期：{title}",
                        "en": "A task of {owner} is overdue: {title}",
                    },
                    "kind": "escalation",
                },
            }
        ],
        source="FUP-4",
    ),
    ShippedRule(
        "task.next_action_due",
        "task",
        "约定的下一步快到期，提醒责任人",
        "A promised next action is nearly due",
        when={"on": "event", "event": "deadline.warned", "facts": {"kind": "next_action", "percent": ["90"]}},
        do=[
            {
                "do": "notify",
                "with": {
                    "to": ["fact:owner"],
                    "text": {
                        "zh": "约定的下一步快到期：{title}\n{about_title}，截止：{due_at}",
                        "en": "A next action is nearly due: {title}\n{about_title}, due: {due_at}",
                    },
                },
            }
        ],
        source="FUP-4",
    ),
    ShippedRule(
        "task.next_action_missed",
        "task",
        "约定的下一步逾期，提醒责任人",
        "A promised next action is overdue",
        when={"on": "event", "event": "deadline.breached", "facts": {"kind": "next_action"}},
        do=[
            {
                "do": "notify",
                "with": {
                    "to": ["fact:owner"],
                    "text": {
                        "zh": "约定的下一步逾期：{title}\n{about_title}，截止：{due_at}",
                        "en": "A next action is overdue: {title}\n{about_title}, due: {due_at}",
                    },
                    "urgency": "high",
                },
            }
        ],
        source="FUP-4",
    ),
)
