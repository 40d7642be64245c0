"""Workflows of leads as rules an administrator reads and edits (AUTO-2, LEAD-2 … LEAD-5)."""

from typing import Any

from kezhi.automation.defaults import ShippedRule, register_rules


def _channel(*keys: str) -> dict[str, Any]:
    return {"field": "channel", "op": "is", "value": list(keys)}


def _state(*states: str) -> dict[str, Any]:
    return {"field": "state", "op": "is", "value": list(states)}


def _hours(figure: str) -> dict[str, Any]:
    return {"number": {"figure": f"sales.{figure}"}, "unit": "hour"}


def _notify(to: str, zh: str, en: str, **more: str) -> dict[str, Any]:
    return {"do": "notify", "with": {"to": to.split(), "text": {"zh": zh, "en": en}, **more}}


def _answer(**more: Any) -> dict[str, Any]:
    return {"do": "start_deadline", "with": {"kind": "lead_response", "who": ["owner"], **more}}


_MEET = [{"do": "meet_deadline", "with": {"kind": "lead_response"}}]
_CANCEL = [{"do": "cancel_deadline", "with": {"kind": "lead_response"}}]
_OWNED = {"field": "owner", "op": "is_filled"}
_UNOWNED = {"field": "owner", "op": "is_empty"}

register_rules(
    ShippedRule(
        "lead.exhibition_tag",
        "lead",
        "展会线索加标签“合作洽谈”",
        "Leads from a fair get the tag Cooperation talks",
        when={"on": "created"},
        condition={"all": [_channel("exhibition")]},
        do=[{"do": "add_tags", "with": {"tags": ["cooperation"]}}],
        source="LEAD-2",
    ),
    ShippedRule(
        "lead.assign",
        "lead",
        "新线索自动分配",
        "New leads are assigned",
        when={"on": "created"},
        condition={"all": [_UNOWNED]},
        do=[
            {
                "do": "assign",
                "with": {
                    "cases": [
                        {
                            "if": {"all": [{"field": "known_customer", "op": "is_filled"}]},
                            "to": ["field:known_customer.owner"],
                        },
                    ],
                    "to": ["role:sales_rep"],
                    "way": "skill",
                    "fallback": ["role:sales_manager", "administrators"],
                    "only_unowned": True,
                },
            }
        ],
        source="LEAD-3",
        about_zh="从上往下，第一条符合的生效：可以按省、行业、标签、来源、产品、语言加条件。老客户给老客户的负责人；"
        "其余给销售代表里最擅长的人，一样擅长时给手上最少的。",
        about_en="The first line that holds decides; add lines by province, industry, tag, source, product, language. "
        "Known customers go to their owner, the rest to the sales rep who suits best, then to who has least.",
    ),
    ShippedRule(
        "lead.told",
        "lead",
        "线索分给您了，马上通知负责人",
        "The owner of a lead is told at once",
        when={"on": "event", "event": "lead.assigned", "facts": {"how": ["hand", "rule", "fallback"]}},
        do=[
            _notify(
                "owner",
                "新线索：{name}（{channel}）\n联系人{contact_name}，请尽快联系。",
                "New lead: {name} ({channel})\nContact: {contact_name}. Please get in touch soon.",
                urgency="high",
            )
        ],
        source="LEAD-4",
    ),
    ShippedRule(
        "lead.nobody_free",
        "lead",
        "没有人可接，线索按兜底给了人，告诉管理员",
        "Nobody was free to take a lead",
        when={"on": "event", "event": "lead.assigned", "facts": {"how": ["fallback"]}},
        do=[
            _notify(
                "administrators",
                "没有人可接的线索：{name}\n先给了{owner}，请检查分配规则和请假。",
                "Nobody was free for the lead {name}\n{owner} has it for now; check the rule and who is away.",
                urgency="high",
            )
        ],
        source="LEAD-3",
    ),
    ShippedRule(
        "lead.unowned",
        "lead",
        "线索一直没有负责人，告诉数据管理员",
        "A lead has no owner",
        when={
            "on": "time",
            "field": "created_at",
            "direction": "after",
            "span": {"number": {"figure": "sales.lead_unowned_minutes"}, "unit": "minute"},
        },
        condition={"all": [_UNOWNED, _state("new", "working")]},
        do=[_notify("role:data_steward administrators", "线索{name}还没有负责人", "The lead {name} has no owner yet")],
        source="LEAD-3",
    ),
    ShippedRule(
        "lead.response_exhibition",
        "lead",
        "展会线索：启动首次联系计时",
        "Leads from a fair are to be contacted",
        when={"on": "created"},
        condition={"all": [_channel("exhibition"), _state("new")]},
        do=[_answer(span=_hours("lead_response_exhibition"))],
        source="LEAD-4",
    ),
    ShippedRule(
        "lead.response_ads",
        "lead",
        "线上广告线索：启动首次联系计时",
        "Leads from advertising are to be contacted",
        when={"on": "created"},
        condition={"all": [_channel("online_ads"), _state("new")]},
        do=[_answer(span=_hours("lead_response_ads"))],
        source="LEAD-4",
    ),
    ShippedRule(
        "lead.response",
        "lead",
        "其他线索：启动首次联系计时",
        "Other leads are to be contacted",
        when={"on": "created"},
        condition={"all": [{"not": {"all": [_channel("exhibition", "online_ads")]}}, _state("new")]},
        do=[_answer()],
        source="LEAD-4",
    ),
    ShippedRule(
        "lead.response_again",
        "lead",
        "唤醒的线索：再次启动首次联系计时",
        "A woken lead is to be contacted again",
        when={"on": "event", "event": "lead.woken"},
        do=[_answer()],
        source="LEAD-5",
    ),
    ShippedRule(
        "lead.response_met",
        "lead",
        "联系了线索，首次联系完成",
        "A lead was contacted",
        when={"on": "event", "event": "lead.contacted"},
        do=_MEET,
        source="LEAD-4",
    ),
    ShippedRule(
        "lead.response_qualified",
        "lead",
        "线索转化了，首次联系完成",
        "A lead was qualified",
        when={"on": "event", "event": "lead.qualified"},
        do=_MEET,
        source="LEAD-4",
    ),
    ShippedRule(
        "lead.response_dropped",
        "lead",
        "线索无效，取消首次联系计时",
        "A lead is not qualified: nobody need answer it",
        when={"on": "event", "event": "lead.disqualified"},
        do=_CANCEL,
        source="LEAD-4",
    ),
    ShippedRule(
        "lead.response_parked",
        "lead",
        "线索放回待唤醒，取消首次联系计时",
        "A lead is put away: nobody need answer it now",
        when={"on": "event", "event": "lead.recycled"},
        do=_CANCEL,
        source="LEAD-4",
    ),
    ShippedRule(
        "lead.quiet",
        "lead",
        "线索分配后几天没有联系，上报主管",
        "A lead nobody contacted for days climbs",
        when={
            "on": "time",
            "field": "assigned_at",
            "direction": "after",
            "span": {"number": {"figure": "sales.lead_quiet_days"}, "unit": "day"},
        },
        condition={"all": [_OWNED, _state("new")]},
        do=[
            _notify(
                "owner_manager",
                "线索{name}分给{owner}后一直没有联系",
                "{owner} has not contacted the lead {name}",
                kind="escalation",
                urgency="high",
            ),
            _notify("owner", "线索{name}还没有联系", "The lead {name} still waits for you", urgency="high"),
        ],
        source="LEAD-4",
    ),
    ShippedRule(
        "lead.deadline_warned",
        "lead",
        "线索的时限快到了，提醒负责人",
        "The time to answer a lead is running out",
        when={"on": "event", "event": "deadline.warned", "facts": {"percent": ["75", "90"]}},
        do=[_notify("fact:owner", "线索{name}：时限快到了", "Lead {name}: time is running out")],
        source="LEAD-4",
    ),
    ShippedRule(
        "lead.deadline_breached",
        "lead",
        "线索的时限已过，提醒负责人",
        "A lead was not answered in time",
        when={"on": "event", "event": "deadline.breached"},
        do=[
            _notify("fact:owner", "线索{name}：时限已过，请马上联系", "Lead {name}: overdue, call now", urgency="high")
        ],
        source="LEAD-4",
    ),
    ShippedRule(
        "lead.deadline_escalated",
        "lead",
        "线索逾期上报",
        "Overdue leads climb",
        when={"on": "event", "event": "deadline.escalated"},
        do=[
            _notify(
                "fact:to",
                "线索{name}：{owner}逾期没有联系",
                "Lead {name}: {owner} has not answered in time",
                kind="escalation",
                urgency="high",
            )
        ],
        source="LEAD-4",
    ),
    ShippedRule(
        "lead.wake",
        "lead",
        "唤醒日期到了，线索回到待联系，告诉负责人",
        "A put-away lead comes back on its day",
        when={"on": "time", "field": "recycle_on", "direction": "after", "span": {"number": 0, "unit": "day"}},
        condition={"all": [_state("recycled")]},
        do=[
            {"do": "wake_lead"},
            _notify("owner", "线索{name}到了唤醒的日子，请再联系", "The lead {name} is back: get in touch again"),
        ],
        source="LEAD-5",
    ),
)
