"""Workflows of contracts, plans, receipts and orders as rules an administrator reads and edits (AUTO-2, SAL-5 … 7)."""

from typing import Any

from kezhi.automation.defaults import ShippedRule, register_rules

_SIGNED = {"field": "state", "op": "is", "value": ["signed"]}
_MAIN = {"field": "amends", "op": "is_empty"}
_UNPAID = {"field": "state", "op": "is", "value": ["planned", "partly"]}
_IN_FORCE = {"field": "contract.state", "op": "is", "value": ["signed"]}


def _event(kind: str) -> dict[str, Any]:
    return {"on": "event", "event": kind}


def _notify(to: str, zh: str, en: str, **more: str) -> dict[str, Any]:
    return {"do": "notify", "with": {"to": to.split(), "text": {"zh": zh, "en": en}, **more}}


def _span(figure: str) -> dict[str, Any]:
    return {"number": {"figure": f"sales.{figure}"}, "unit": "day"}


def _expiry(key: str, figure: str, to: str, zh: str, en: str, **more: str) -> ShippedRule:
    return ShippedRule(
        f"contract.{key}",
        "contract",
        zh,
        en,
        when={"on": "time", "field": "ends_on", "direction": "before", "span": _span(figure)},
        condition={"all": [_SIGNED, _MAIN]},
        do=[_notify(to, "合同{name}将于{ends_on}到期", "Contract {name} expires on {ends_on}", **more)],
        source="SAL-5",
    )


register_rules(
    ShippedRule(
        "contract.legal_asked",
        "contract",
        "合同送审，请法务审核",
        "Legal is asked to review a contract",
        when=_event("contract.submitted"),
        # Where the answer is there before the rule runs, after an outage, nobody is asked any more.
        condition={"all": [{"field": "legal_state", "op": "is", "value": ["waiting"]}]},
        do=[
            {"do": "start_deadline", "with": {"kind": "legal_review", "who": ["role:legal", "owner_manager"]}},
            _notify("role:legal", "请审核合同：{name}", "Please review the contract {name}"),
            {
                "do": "create_task",
                "with": {
                    "to": ["role:legal"],
                    "fallback": ["owner_manager", "administrators"],
                    "text": {"zh": "审核合同：{name}", "en": "Review the contract {name}"},
                    "due": {"number": 2, "unit": "workday"},
                    "mark": "legal_review",
                },
            },
        ],
        source="SAL-5",
        about_zh="没有法务时，由负责人的上级审核。",
        about_en="Without anybody in legal, the owner's manager is asked.",
    ),
    ShippedRule(
        "contract.legal_answered",
        "contract",
        "法务通过，办结审核任务并告诉负责人",
        "Legal passed: its task is done and the owner is told",
        when=_event("contract.legal_passed"),
        do=[
            {"do": "meet_deadline", "with": {"kind": "legal_review"}},
            {"do": "finish_tasks", "with": {"mark": "legal_review", "result": "已通过"}},
            _notify("owner", "{name}法务审核通过，可以签署", "{name} passed the legal review and can be signed"),
        ],
        source="SAL-5",
    ),
    ShippedRule(
        "contract.legal_returned",
        "contract",
        "法务退回，办结审核任务并告诉负责人",
        "Legal sent it back: its task is done and the owner is told why",
        when=_event("contract.legal_refused"),
        do=[
            {"do": "meet_deadline", "with": {"kind": "legal_review"}},
            {"do": "finish_tasks", "with": {"mark": "legal_review", "result": "已退回"}},
            _notify("owner", "{name}被法务退回：{legal_note}", "Legal sent {name} back: {legal_note}", urgency="high"),
        ],
        source="SAL-5",
    ),
    ShippedRule(
        "contract.ended_review",
        "contract",
        "合同终止，不再审核",
        "A contract that ended needs no review",
        when=_event("contract.ended"),
        do=[
            {"do": "cancel_deadline", "with": {"kind": "legal_review"}},
            {"do": "finish_tasks", "with": {"mark": "legal_review", "result": "合同已终止"}},
        ],
        source="SAL-5",
    ),
    ShippedRule(
        "contract.order",
        "contract",
        "合同签署，生成订单",
        "A signed contract becomes an order",
        when=_event("contract.signed"),
        condition={"all": [_MAIN]},
        do=[{"do": "make_order", "with": {}}],
        source="SAL-7",
        about_zh="明细取自报价；订单由 ERP 写入的公司请停用这条规则。",
        about_en="Lines come from the quote. Switch it off where orders come from the ERP.",
    ),
    ShippedRule(
        "contract.signed_told",
        "contract",
        "合同签署，告诉财务",
        "Finance hears of a signed contract",
        when=_event("contract.signed"),
        do=[_notify("role:finance", "{customer}签署了合同{name}", "{customer} signed the contract {name}")],
        source="SAL-6",
    ),
    ShippedRule(
        "contract.paid_told",
        "contract",
        "合同全部回款，告诉负责人",
        "The owner hears that a contract is paid",
        when=_event("contract.paid"),
        do=[_notify("owner", "{name}已全部回款", "{name} is fully paid")],
        source="SAL-6",
    ),
    _expiry("expiry_first", "expiry_first_days", "owner", "合同快到期，第一次提醒", "First reminder of expiry"),
    _expiry("expiry_second", "expiry_second_days", "owner", "合同快到期，第二次提醒", "Second reminder of expiry"),
    _expiry(
        "expiry_last",
        "expiry_last_days",
        "owner owner_manager",
        "合同快到期，最后提醒",
        "Last reminder of expiry",
        urgency="high",
    ),
    ShippedRule(
        "contract.renewal",
        "contract",
        "合同快到期，新建续约商机",
        "A contract that runs out opens its renewal",
        when={"on": "time", "field": "ends_on", "direction": "before", "span": _span("expiry_first_days")},
        condition={"all": [_SIGNED, _MAIN]},
        do=[{"do": "open_renewal", "with": {}}],
        source="SAL-5",
    ),
    ShippedRule(
        "instalment.promised",
        "instalment",
        "签署后的每一期，按应收日期计时",
        "An instalment of a signed contract runs to its day",
        when={"on": "saved", "fields": ["due_on", "amount", "state"]},
        condition={"all": [_UNPAID, _IN_FORCE]},
        do=[{"do": "start_deadline", "with": {"kind": "payment", "who": ["owner"], "until": "due_on"}}],
        source="SAL-6",
        about_zh="日期改了，计时跟着改。",
        about_en="Where the day moves, the clock moves.",
    ),
    ShippedRule(
        "instalment.awaited",
        "instalment",
        "合同签署，各期开始计时",
        "Signing starts the clocks of the plan",
        when=_event("instalment.awaited"),
        condition={"all": [_UNPAID]},
        do=[{"do": "start_deadline", "with": {"kind": "payment", "who": ["owner"], "until": "due_on"}}],
        source="SAL-6",
    ),
    ShippedRule(
        "instalment.kept",
        "instalment",
        "全部到账，这一期计时完成",
        "A paid instalment ends its clock",
        when={"on": "changed", "fields": ["state"]},
        condition={"all": [{"field": "state", "op": "is", "value": ["paid"]}]},
        do=[{"do": "meet_deadline", "with": {"kind": "payment"}}],
        source="SAL-6",
    ),
    ShippedRule(
        "instalment.dropped",
        "instalment",
        "不再收的一期，取消计时",
        "An instalment no longer awaited has no clock",
        when={"on": "changed", "fields": ["state"]},
        condition={"all": [{"field": "state", "op": "is", "value": ["cancelled"]}]},
        do=[{"do": "cancel_deadline", "with": {"kind": "payment"}}],
        source="SAL-6",
    ),
    ShippedRule(
        "instalment.due_soon",
        "instalment",
        "应收款快到期，提醒负责人",
        "An instalment is due soon",
        when={"on": "time", "field": "due_on", "direction": "before", "span": _span("due_soon_days")},
        condition={"all": [_UNPAID, _IN_FORCE]},
        do=[
            _notify("owner", "{contract}的{name}{due_on}应收{amount}", "{name} of {contract}: {amount} due on {due_on}")
        ],
        source="SAL-6",
    ),
    ShippedRule(
        "instalment.overdue",
        "instalment",
        "应收款逾期，每周提醒负责人",
        "An overdue instalment is recalled every week",
        when={
            "on": "time",
            "field": "due_on",
            "direction": "after",
            "span": _span("overdue_days"),
            "again": "weekly",
        },
        condition={"all": [_UNPAID, _IN_FORCE]},
        do=[
            _notify(
                "owner",
                "{contract}的{name}已逾期，应收{amount}",
                "{name} of {contract} is overdue: {amount}",
                urgency="high",
            )
        ],
        source="SAL-6",
    ),
    ShippedRule(
        "instalment.escalated",
        "instalment",
        "应收款逾期，逐级上报",
        "Overdue money climbs",
        when=_event("deadline.escalated"),
        do=[
            _notify(
                "fact:to",
                "{contract}：{name}逾期未回款",
                "{contract}: {name} is overdue",
                kind="escalation",
                urgency="high",
            )
        ],
        source="SAL-6",
    ),
    ShippedRule(
        "payment.entered",
        "payment",
        "登记了回款，请财务确认",
        "Finance is asked to confirm a payment",
        when={"on": "created", "imports": False},
        condition={"all": [{"field": "state", "op": "is", "value": ["waiting"]}]},
        do=[_notify("role:finance", "请确认回款：{customer} {amount}", "Please confirm {amount} from {customer}")],
        source="SAL-6",
    ),
    ShippedRule(
        "payment.refused_told",
        "payment",
        "财务退回登记，告诉登记的人",
        "Whoever entered a payment hears that it was sent back",
        when=_event("payment.refused"),
        do=[
            _notify("creator owner", "{contract}的回款{amount}被退回：{refusal}", "{amount} for {contract}: {refusal}")
        ],
        source="SAL-6",
    ),
    ShippedRule(
        "payment.confirmed_told",
        "payment",
        "财务确认到账，告诉负责人",
        "The owner hears that money came in",
        when=_event("payment.confirmed"),
        do=[_notify("owner", "{contract}到账{amount}", "{amount} came in for {contract}", urgency="low")],
        source="SAL-6",
    ),
    ShippedRule(
        "payment.reversed_told",
        "payment",
        "回款被冲销，告诉负责人",
        "The owner hears that a payment was reversed",
        when=_event("payment.reversed"),
        do=[_notify("owner", "{contract}的回款{amount}已冲销", "{amount} for {contract} was reversed")],
        source="SAL-6",
    ),
    ShippedRule(
        "order.delivered_told",
        "order",
        "订单已交付，告诉负责人",
        "The owner hears that an order was delivered",
        when={"on": "event", "event": "order.progressed", "facts": {"state": "delivered"}},
        do=[_notify("owner", "{customer}的{name}已交付", "{name} of {customer} was delivered", urgency="low")],
        source="SAL-9",
    ),
    ShippedRule(
        "customer.level_by_type",
        "customer",
        "成为战略客户，等级升为 VIP",
        "A strategic customer becomes VIP",
        when={"on": "changed", "fields": ["customer_type"]},
        condition={"all": [{"field": "customer_type", "op": "is", "value": ["strategic"]}]},
        do=[{"do": "set_field", "with": {"field": "level", "value": "VIP"}}],
        source="CUS-4",
        is_on=False,
    ),
)
