"""Workflows of customers as rules an administrator reads and edits (AUTO-2)."""

from kezhi.automation.defaults import ShippedRule, ShippedTemplate, register_rules, register_templates

_MINE = {"field": "owner", "op": "is_filled"}

register_templates(
    ShippedTemplate(
        "customer_new_owner",
        "customer",
        "向客户介绍新的负责人",
        "Introduce the new owner to the customer",
        "请向{name}介绍您自己",
        "Introduce yourself to {name}",
        "{name}（等级 {level}）转给您了。请在联系时说明您是新的负责人，并核对联系人是否有变。",
        "{name} (level {level}) is yours now. Say so when you get in touch; check that the contacts are right.",
    ),
    ShippedTemplate(
        "customer_contact_left",
        "contact",
        "联系人离职",
        "Contact has left",
        "{customer.name}的联系人{name}已离职",
        "{name} of {customer.name} has left",
        "请找到接替的人，补上联系方式和在决策中的角色。",
        "Find the successor, with phone, mail and role in the decision.",
    ),
)

register_rules(
    ShippedRule(
        "customer.new_owner",
        "customer",
        "换了负责人，请新负责人联系客户",
        "A new owner introduces themselves",
        when={"on": "changed", "fields": ["owner"]},
        condition={"all": [_MINE]},
        do=[
            {"do": "notify", "with": {"to": ["owner"], "text": {"template": "customer_new_owner"}}},
            {
                "do": "create_task",
                "with": {
                    "to": ["owner"],
                    "text": {"zh": "向{name}介绍自己是新的负责人", "en": "Introduce yourself to {name}"},
                    "due": {"number": 2, "unit": "workday"},
                },
            },
        ],
        source="CUS-2",
        about_zh="客户或负责人变动时，要让对方知道。",
        about_en="When an owner changes, the customer's side is told.",
    ),
    ShippedRule(
        "contact.left",
        "contact",
        "联系人离职，请找到接替的人",
        "A contact has left",
        when={"on": "changed", "fields": ["has_left"]},
        condition={"all": [{"field": "has_left", "op": "yes"}]},
        do=[
            {"do": "notify", "with": {"to": ["owner"], "text": {"template": "customer_contact_left"}}},
            {
                "do": "create_task",
                "with": {
                    "to": ["owner"],
                    "text": {"zh": "找到接替{name}的联系人", "en": "Find the successor of {name}"},
                    "due": {"number": 5, "unit": "workday"},
                },
            },
        ],
        source="CUS-2",
    ),
    ShippedRule(
        "customer.unowned",
        "customer",
        "新客户没有人负责，告诉数据管理员",
        "A new customer has no owner",
        when={"on": "time", "field": "created_at", "direction": "after", "span": {"number": 1, "unit": "workday"}},
        condition={"all": [{"field": "owner", "op": "is_empty"}, {"field": "pool_since", "op": "is_empty"}]},
        do=[
            {
                "do": "notify",
                "with": {
                    "to": ["role:data_steward"],
                    "text": {"zh": "{name}还没有负责人", "en": "{name} has no owner yet"},
                },
            }
        ],
        source="LEAD-3",
    ),
    ShippedRule(
        "customer.deadline_warned",
        "customer",
        "时限快到了，提醒责任人",
        "A promise about a customer is running out",
        when={"on": "event", "event": "deadline.warned", "facts": {"percent": ["75", "90"]}},
        do=[
            {
                "do": "notify",
                "with": {
                    "to": ["fact:owner"],
                    "text": {"zh": "{name}：时限快到了", "en": "{name}: time is running out"},
                },
            }
        ],
        source="SVC-3",
    ),
    ShippedRule(
        "customer.deadline_breached",
        "customer",
        "时限已过，提醒责任人",
        "A promise about a customer was broken",
        when={"on": "event", "event": "deadline.breached"},
        do=[
            {
                "do": "notify",
                "with": {
                    "to": ["fact:owner"],
                    "text": {"zh": "{name}：时限已过，请马上处理", "en": "{name}: overdue, act now"},
                    "urgency": "high",
                },
            }
        ],
        source="LEAD-4",
    ),
    ShippedRule(
        "customer.deadline_escalated",
        "customer",
        "逾期上报",
        "Overdue promises climb",
        when={"on": "event", "event": "deadline.escalated"},
        do=[
            {
                "do": "notify",
                "with": {
                    "to": ["fact:to"],
                    "text": {
                        "zh": "{name}：{owner}的承诺已逾期",
                        "en": "{name}: a promise of {owner} is overdue",
                    },
                    "kind": "escalation",
                    "urgency": "high",
                },
            }
        ],
        source="SVC-3",
    ),
    ShippedRule(
        "customer.purchase_near",
        "customer",
        "预计采购日期临近，提醒负责人",
        "The expected purchase is near",
        when={
            "on": "time",
            "field": "expected_purchase_on",
            "direction": "before",
            "span": {"number": 14, "unit": "day"},
        },
        condition={"all": [_MINE]},
        do=[
            {
                "do": "notify",
                "with": {
                    "to": ["owner"],
                    "text": {
                        "zh": "{name}预计{expected_purchase_on}采购，请推进",
                        "en": "{name} expects to buy on {expected_purchase_on}",
                    },
                },
            }
        ],
        source="CUS-3",
    ),
    ShippedRule(
        "customer.incomplete",
        "customer",
        "资料一直不全，提醒负责人",
        "Data stay incomplete",
        when={
            "on": "time",
            "field": "created_at",
            "direction": "after",
            "span": {"number": 7, "unit": "day"},
            "again": "monthly",
        },
        condition={"all": [_MINE, {"field": "completeness", "op": "lt", "value": 60}]},
        do=[
            {
                "do": "notify",
                "with": {
                    "to": ["owner"],
                    "text": {
                        "zh": "{name}的资料只有 {completeness}，请补齐",
                        "en": "{name} is only {completeness} complete",
                    },
                    "urgency": "low",
                },
            }
        ],
        source="CUS-10",
    ),
)
