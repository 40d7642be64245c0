"""What happens when somebody who is a lead writes again, as rules an administrator reads and edits (AUTO-2, FUP-4)."""

from typing import Any

from kezhi.automation.defaults import ShippedRule, register_rules

_MEET = [{"do": "meet_deadline", "with": {"kind": "mail_answer"}}]
# The mail a lead was made of is under the clock of the first contact already.
_AGAIN: dict[str, Any] = {"on": "event", "event": "mail.received", "facts": {"new": ["no"]}}

register_rules(
    ShippedRule(
        "lead.mail_told",
        "lead",
        "线索又来信了，马上告诉负责人",
        "The owner is told when a lead writes again",
        when=_AGAIN,
        do=[
            {
                "do": "notify",
                "with": {
                    "to": ["owner"],
                    "text": {
                        "zh": "线索{name}又来信了\n邮件在线索的动态里，请确认或回复。",
                        "en": "The lead {name} has written again\nThe mail is on the timeline; please answer.",
                    },
                    "urgency": "high",
                },
            }
        ],
        source="LEAD-4",
    ),
    ShippedRule(
        "lead.mail_promised",
        "lead",
        "线索又来信了，启动确认计时",
        "A lead's further mail is to be acknowledged",
        when=_AGAIN,
        condition={"all": [{"field": "owner", "op": "is_filled"}]},
        do=[{"do": "start_deadline", "with": {"kind": "mail_answer", "who": ["owner"]}}],
        source="FUP-4",
    ),
    ShippedRule(
        "lead.mail_kept",
        "lead",
        "确认了线索的邮件，计时完成",
        "A lead's mail was acknowledged",
        when={"on": "event", "event": "mail.acknowledged"},
        do=_MEET,
        source="FUP-4",
    ),
    ShippedRule(
        "lead.mail_kept_by_contact",
        "lead",
        "联系了线索，来信确认完成",
        "A lead that wrote was contacted",
        when={"on": "event", "event": "lead.contacted"},
        do=_MEET,
        source="FUP-4",
    ),
    ShippedRule(
        "lead.mail_kept_by_qualifying",
        "lead",
        "线索转化了，来信确认完成",
        "A lead that wrote was qualified",
        when={"on": "event", "event": "lead.qualified"},
        do=_MEET,
        source="FUP-4",
    ),
    ShippedRule(
        "lead.mail_wakes",
        "lead",
        "待唤醒的线索来信了，马上唤醒",
        "A put-away lead that writes comes back",
        when=_AGAIN,
        condition={"all": [{"field": "state", "op": "is", "value": ["recycled"]}]},
        do=[{"do": "wake_lead"}],
        source="LEAD-5",
    ),
)
