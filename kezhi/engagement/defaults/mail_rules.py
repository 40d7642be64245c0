"""A follow-up answers what the customer wrote, as a rule an administrator reads and edits (AUTO-2, FUP-4)."""

from kezhi.automation.defaults import ShippedRule, register_rules

register_rules(
    ShippedRule(
        "mail.kept_by_follow_up",
        "follow_up",
        "记录了跟进，来信确认完成",
        "A follow-up answers the customer's mail",
        when={"on": "created"},
        do=[{"do": "meet_deadline", "with": {"kind": "mail_answer", "about": "customer"}}],
        source="FUP-4",
    ),
)
