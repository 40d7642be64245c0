"""Contacts by cadence, signals and milestones as rules an administrator reads and edits (FUP-1, FUP-5, FUP-7)."""

from kezhi.automation.defaults import ShippedRule, register_rules


def _signal(signal: str) -> dict[str, object]:
    return {"all": [{"field": "signal", "op": "is", "value": [signal]}]}


def _milestone(key: str, zh: str, en: str, days: int) -> ShippedRule:
    return ShippedRule(
        key,
        "contract",
        zh,
        en,
        when={
            "on": "time",
            "field": "signed_on",
            "direction": "after",
            "span": {"number": days, "unit": "day"},
        },
        condition={"all": [{"field": "signed_on", "op": "is_filled"}, {"field": "signed_on", "op": "within_last_days",
                                                                      "value": days + 14}]},
        do=[
            {
                "do": "create_task",
                "with": {
                    "to": ["owner"],
                    "text": {"zh": f"{zh}：{{customer}}", "en": f"{en}: {{customer}}"},
                    "due": {"number": 5, "unit": "workday"},
                },
            }
        ],
        source="FUP-7",
    )  # fmt: skip


register_rules(
    ShippedRule(
        "cadence.due",
        "customer",
        "计划联系日到了，给负责人建任务",
        "The planned day has come: a task for the owner",
        when={
            "on": "time",
            "field": "cadence_next_on",
            "direction": "after",
            "span": {"number": 0, "unit": "day"},
        },
        condition={
            "all": [
                {"field": "owner", "op": "is_filled"},
                {"field": "cadence_next_on", "op": "is_filled"},
                {"field": "next_follow_at", "op": "is_empty"},
            ]
        },
        do=[
            {
                "do": "create_task",
                "with": {
                    "to": ["owner"],
                    "text": {"zh": "按计划联系{name}（{cadence}）", "en": "Contact {name} ({cadence})"},
                    "due": {"number": 1, "unit": "workday"},
                    "mark": "cadence",
                },
            }
        ],
        source="FUP-1",
        about_zh="已经约好下一步的客户不再建；跟进以后任务自动办结。",
        about_en="Not where a next step is planned; a follow-up finishes the task.",
    ),
    ShippedRule(
        "follow_up.positive_cadence",
        "follow_up",
        "客户态度积极，加密联系一段时间",
        "A positive signal: get in touch more often for a time",
        when={"on": "created"},
        condition=_signal("positive"),
        do=[{"do": "change_cadence", "with": {"mood": "eager"}}],
        source="FUP-5",
    ),
    ShippedRule(
        "follow_up.negative_cadence",
        "follow_up",
        "客户态度消极，停一段时间再联系",
        "A negative signal: rest, then look again",
        when={"on": "created"},
        condition=_signal("negative"),
        do=[{"do": "change_cadence", "with": {"mood": "resting"}}],
        source="FUP-5",
        about_zh="停多久是参数（3 个月）。",
        about_en="For how long is a figure (3 months).",
    ),
    _milestone(
        "milestone.quarter", "合作满三个月：感谢信与专属优惠", "Three months of cooperation: thanks and an offer", 91
    ),
    _milestone("milestone.year", "合作满一年：感谢信与专属优惠", "A year of cooperation: thanks and an offer", 365),
)
