"""What happens when a customer writes, as rules an administrator reads and edits (AUTO-2, FUP-4)."""

from django.utils.translation import gettext_lazy as _

from kezhi.automation.defaults import ShippedRule, register_rules
from kezhi.work.deadlines import DeadlineKind, register_deadline_kind

MAIL_ANSWER = register_deadline_kind(
    DeadlineKind(
        "mail_answer",
        _("来信确认"),
        minutes=2 * 60,
        business_time=True,
        starts=_("客户、联系人或线索来信时开始。"),
        ends=_("确认了邮件，或者记录了跟进时完成。"),
        source="FUP-4",
        order=14,
    )
)

register_rules(
    ShippedRule(
        "mail.told",
        "customer",
        "客户来信，马上告诉负责人",
        "The owner is told when a customer writes",
        when={"on": "event", "event": "mail.received"},
        do=[
            {
                "do": "notify",
                "with": {
                    "to": ["owner"],
                    "text": {
                        "zh": "{name}来信了\n邮件在客户的动态里，请确认或回复。",
                        "en": "{name} has written\nThe mail is on the timeline; please confirm or answer.",
                    },
                    "urgency": "high",
                },
            }
        ],
        source="CUS-13",
    ),
    ShippedRule(
        "mail.promised",
        "customer",
        "客户来信，启动确认计时",
        "A customer's mail is to be acknowledged",
        when={"on": "event", "event": "mail.received"},
        condition={"all": [{"field": "owner", "op": "is_filled"}]},
        do=[{"do": "start_deadline", "with": {"kind": "mail_answer", "who": ["owner"]}}],
        source="FUP-4",
    ),
    ShippedRule(
        "mail.kept",
        "customer",
        "确认了客户的邮件，计时完成",
        "A customer's mail was acknowledged",
        when={"on": "event", "event": "mail.acknowledged"},
        do=[{"do": "meet_deadline", "with": {"kind": "mail_answer"}}],
        source="FUP-4",
    ),
)
