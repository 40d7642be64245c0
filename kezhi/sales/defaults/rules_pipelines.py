"""What happens when an opportunity enters a stage, as rules an administrator reads and edits (AUTO-2, SAL-3)."""

from typing import Any

from kezhi.automation.defaults import ShippedRule, ShippedTemplate, register_rules, register_templates


def _enters(*stages: str, **facts: Any) -> dict[str, Any]:
    return {"on": "event", "event": "opportunity.stage_entered", "facts": {"stage": list(stages), **facts}}


def _notify(to: str, zh: str, en: str, **more: str) -> dict[str, Any]:
    return {"do": "notify", "with": {"to": to.split(), "text": {"zh": zh, "en": en}, **more}}


def _task(to: str, zh: str, en: str, number: int | dict[str, str], unit: str = "workday") -> dict[str, Any]:
    return {
        "do": "create_task",
        "with": {
            "to": to.split(),
            "text": {"zh": zh, "en": en},
            "due": {"number": number, "unit": unit},
            "fallback": ["owner", "administrators"],
        },
    }


def _mail(template: str) -> dict[str, Any]:
    return {"do": "mail_contact", "with": {"text": {"template": template}}}


def _after(field: str, number: int | dict[str, str], again: str = "once") -> dict[str, Any]:
    span = {"number": number, "unit": "day"}
    return {"on": "time", "field": field, "direction": "after", "span": span, "again": again}


def _move(stage: str) -> dict[str, Any]:
    return {"do": "move_stage", "with": {"stage": stage}}


def _confirmed(stage: str) -> dict[str, Any]:
    return {"do": "move_stage", "with": {"stage": stage, "confirmed": True}}


_OPEN = {"field": "state", "op": "is", "value": ["open"]}
_OWNED = {"field": "owner", "op": "is_filled"}

register_templates(
    ShippedTemplate(
        "opportunity_welcome",
        "opportunity",
        "欢迎资料",
        "Welcome pack",
        "欢迎了解我们",
        "Welcome",
        "您好！\n\n感谢您的关注。随信附上公司和产品的介绍，您的专属顾问会在一个工作日内与您联系。\n\n有任何问题，直接回复这封邮件就可以。",
        "Hello,\n\nThank you for your interest. Here is who we are and what we make; your adviser will call within one "
        "working day.\n\nIf you have a question, simply answer this mail.",
    ),
    ShippedTemplate(
        "opportunity_case",
        "opportunity",
        "产品案例",
        "Product case",
        "与您相似的客户是怎么做的",
        "How customers like you have done it",
        "您好！\n\n根据您的需求，我们整理了同行业客户的案例：他们原来的难处、选择的方案和上线后的效果。\n\n如果方便，我们想约您半小时，看看哪些适合您。",
        "Hello,\n\nWe have put together cases from your industry: where they stood, what they chose, what came of it."
        "\n\nMay we have half an hour of your time to see what would suit you?",
    ),
)

register_rules(
    ShippedRule(
        "opportunity.contract",
        "opportunity",
        "进入合同签订：通知法务，计入承诺",
        "Contract: legal is told, the forecast says commit",
        when=_enters("project.contract"),
        do=[
            {"do": "set_field", "with": {"field": "forecast", "value": "commit"}},
            _notify(
                "role:legal",
                "{name}进入合同签订\n请准备审核{customer}的合同。",
                "{name} is in the contract stage\nPlease be ready to review the contract with {customer}.",
            ),
        ],
        source="SAL-3",
    ),
    ShippedRule(
        "opportunity.negotiation",
        "opportunity",
        "进入谈判中：更新预测，请法务准备合同",
        "Negotiation: the forecast follows, legal prepares the contract",
        when=_enters("nurture.negotiation"),
        do=[
            {"do": "set_field", "with": {"field": "forecast", "value": "best"}},
            _task("role:legal", "准备{customer}的合同：{name}", "Prepare the contract for {customer}: {name}", 2),
        ],
        source="SAL-3",
    ),
    ShippedRule(
        "opportunity.interested",
        "opportunity",
        "进入意向客户：发产品案例，几天后提醒联系",
        "Interested: the product case is sent, and a reminder set",
        when=_enters("nurture.interested", how="work"),
        do=[
            _task(
                "owner",
                "联系{customer}，问问对案例的看法：{name}",
                "Ask {customer} what they think of the case: {name}",
                {"figure": "sales.interested_days"},
                "day",
            ),
            _mail("opportunity_case"),
        ],
        source="SAL-3",
        about_zh="邮件没有设置好，或信里有没获准外发的个人信息时，信会作为任务交给负责人。",
        about_en="Where mail is not set up, or the letter holds personal data not cleared to leave, the owner gets it "
        "as a task.",
    ),
    ShippedRule(
        "opportunity.potential",
        "opportunity",
        "进入潜在客户：按行业分配，发欢迎资料",
        "Potential: assigned by industry, welcomed by mail",
        when=_enters("nurture.potential", how="work"),
        do=[
            {
                "do": "assign",
                "with": {
                    "cases": [
                        {
                            "if": {"all": [{"field": "customer.owner", "op": "is_filled"}]},
                            "to": ["field:customer.owner"],
                        }
                    ],
                    "to": ["role:sales_rep"],
                    "way": "skill",
                    "fallback": ["role:sales_manager", "administrators"],
                    "only_unowned": True,
                },
            },
            _mail("opportunity_welcome"),
        ],
        source="SAL-3",
        about_zh="已有负责人的不再分配；老客户给客户的负责人；其余给最擅长这个行业的人。",
        about_en="What has an owner keeps them; a known customer's goes to the customer's owner, the rest to whoever "
        "knows the industry best.",
    ),
    ShippedRule(
        "opportunity.quote",
        "opportunity",
        "进入方案报价：请产品准备方案",
        "Quote: product prepares the proposal",
        when=_enters("project.quote", "nurture.quote"),
        do=[
            _task(
                "role:product",
                "为{customer}准备方案：{name}\n意向：{interest}",
                "Prepare the proposal for {customer}: {name}\nInterested in: {interest}",
                3,
            )
        ],
        source="SAL-3",
    ),
    ShippedRule(
        "opportunity.overstay",
        "opportunity",
        "商机在阶段里停留过久，提醒负责人",
        "An opportunity has stayed too long",
        when=_after("stage_due_at", 0),
        condition={"all": [_OPEN, _OWNED]},
        do=[
            _notify(
                "owner",
                "{name}在“{stage}”停留过久\n请推进到下一阶段，或写明卡在哪里。",
                "{name} has been in “{stage}” too long\nMove it on, or write down what holds it up.",
            )
        ],
        source="SAL-1",
    ),
    ShippedRule(
        "opportunity.overstay_climbs",
        "opportunity",
        "商机停留过久一直没有推进，上报上级",
        "An opportunity that stays too long climbs",
        when=_after("stage_due_at", {"figure": "sales.overstay_days"}),
        condition={"all": [_OPEN, _OWNED]},
        do=[
            _notify(
                "owner_manager",
                "{owner}的{name}在“{stage}”停留过久",
                "{name} of {owner} has been in “{stage}” too long",
                kind="escalation",
                urgency="high",
            )
        ],
        source="SAL-1",
    ),
    ShippedRule(
        "opportunity.no_step",
        "opportunity",
        "商机没有下一步，提醒负责人",
        "An opportunity without a next step",
        when=_after("last_activity_at", {"figure": "sales.no_step_days"}, "weekly"),
        condition={"all": [_OPEN, _OWNED, {"field": "next_activity_at", "op": "is_empty"}]},
        do=[
            _notify(
                "owner",
                "{name}没有下一步\n请安排一件要做的事，或判定输单。",
                "{name} has no next step\nPlan something to do, or close it as lost.",
            )
        ],
        source="SAL-2",
    ),
    ShippedRule(
        "quote.accepted_moves",
        "quote",
        "客户接受报价：记下已确认，进入下一阶段",
        "An accepted quote moves its opportunity on",
        when={"on": "event", "event": "quote.accepted"},
        do=[_confirmed("project.contract"), _confirmed("nurture.negotiation")],
        source="SAL-1",
    ),
    ShippedRule(
        "contract.paid_moves",
        "contract",
        "合同全部回款：商机进入回款完成",
        "A paid contract wins its opportunity",
        when={"on": "event", "event": "contract.paid"},
        do=[_move("project.paid"), _move("nurture.won")],
        source="SAL-6",
    ),
    ShippedRule(
        "contract.unpaid_moves_back",
        "contract",
        "回款冲销后不再付清：商机退回合同签订",
        "A contract no longer paid takes its opportunity back",
        when={"on": "event", "event": "contract.unpaid"},
        do=[{"do": "move_stage", "with": {"stage": "project.contract", "back": True}}],
        source="SAL-6",
    ),
)
