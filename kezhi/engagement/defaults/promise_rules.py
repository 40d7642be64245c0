"""What starts and keeps the promises of following up, as rules an administrator reads and edits (AUTO-2, FUP-4).

Their terms – how long, when to warn, whom to tell – are figures (Settings › Deadlines).
"""

from kezhi.automation.defaults import ShippedRule, register_rules

_NOT_GIVEN_AWAY = ["owner", "tags"]
_NEXT_ACTION = {"field": "origin", "op": "is", "value": ["follow_up"]}


def _state(state: str) -> dict[str, object]:
    return {"field": "state", "op": "is", "value": [state]}


register_rules(
    ShippedRule(
        "first_contact.promised",
        "customer",
        "客户有了负责人还没跟进过，启动首次联系计时",
        "A customer with an owner is to be contacted",
        when={
            "on": "saved",
            "fields": ["owner"],
            "imports": {"figure": "engagement.first_contact_of_imported"},
        },
        condition={"all": [{"field": "owner", "op": "is_filled"}, {"field": "last_followed_at", "op": "is_empty"}]},
        do=[{"do": "start_deadline", "with": {"kind": "first_contact", "who": ["owner"]}}],
        source="FUP-4",
    ),
    ShippedRule(
        "first_contact.kept",
        "follow_up",
        "第一次跟进，首次联系完成",
        "The first follow-up is the first contact",
        when={"on": "created"},
        do=[{"do": "meet_deadline", "with": {"kind": "first_contact", "about": "customer"}}],
        source="FUP-4",
    ),
    ShippedRule(
        "change_entered.promised",
        "follow_up",
        "跟进里得知资料有变化，启动补录计时",
        "A change learnt is to be entered",
        when={"on": "created"},
        condition={"all": [{"field": "has_changes", "op": "yes"}]},
        do=[
            {
                "do": "start_deadline",
                "with": {"kind": "change_entered", "who": ["field:owner"], "about": "customer"},
            }
        ],
        source="CUS-11",
        about_zh="谁得知谁补录；客户转给别人也不变。",
        about_en="Whoever learnt it owes it, also when the customer is given to somebody else.",
    ),
    ShippedRule(
        "change_entered.kept",
        "customer",
        "客户资料改好了，补录完成",
        "The customer's data were changed",
        when={"on": "changed", "besides": _NOT_GIVEN_AWAY, "people": True},
        do=[{"do": "meet_deadline", "with": {"kind": "change_entered"}}],
        source="CUS-11",
        about_zh="只换负责人、只改标签不算补录。",
        about_en="A new owner or tags alone enter nothing.",
    ),
    ShippedRule(
        "change_entered.kept_by_contact",
        "contact",
        "联系人资料改好了，补录完成",
        "A contact's data were changed",
        when={"on": "saved", "people": True},
        do=[{"do": "meet_deadline", "with": {"kind": "change_entered", "about": "customer"}}],
        source="CUS-11",
    ),
    ShippedRule(
        "next_action.promised",
        "task",
        "跟进里约定的下一步，按它的期限计时",
        "A next action runs to its time",
        when={"on": "saved"},
        condition={"all": [_NEXT_ACTION, _state("open"), {"field": "due_at", "op": "is_filled"}]},
        do=[{"do": "start_deadline", "with": {"kind": "next_action", "who": ["owner"], "until": "due_at"}}],
        source="FUP-4",
        about_zh="期限改了，计时跟着改。",
        about_en="Where the time moves, the clock moves.",
    ),
    ShippedRule(
        "next_action.kept",
        "task",
        "约定的下一步办完，计时完成",
        "A next action is done",
        when={"on": "changed", "fields": ["state"]},
        condition={"all": [_NEXT_ACTION, _state("done")]},
        do=[{"do": "meet_deadline", "with": {"kind": "next_action"}}],
        source="FUP-4",
    ),
    ShippedRule(
        "next_action.dropped",
        "task",
        "约定的下一步取消或没了期限，取消计时",
        "A next action is dropped or has no time",
        when={"on": "changed", "fields": ["state", "due_at"]},
        condition={"all": [_NEXT_ACTION, {"any": [_state("dropped"), {"field": "due_at", "op": "is_empty"}]}]},
        do=[{"do": "cancel_deadline", "with": {"kind": "next_action"}}],
        source="FUP-4",
    ),
)
