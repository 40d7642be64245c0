"""Reviewing, verifying and re-checking customers as rules an administrator reads and edits (AUTO-2, CUS-9, CUS-11)."""

from kezhi.automation.defaults import ShippedRule, register_rules

_WAITS = {"field": "review", "op": "is", "value": ["waiting"]}
_ABOVE = ["owner_manager", "role:data_steward"]

register_rules(
    ShippedRule(
        "customer.review_promised",
        "customer",
        "待审核的客户，启动审核计时",
        "What waits for review has a clock",
        when={"on": "saved"},
        condition={"all": [_WAITS]},
        do=[{"do": "start_deadline", "with": {"kind": "review", "who": ["role:data_steward", "owner_manager"]}}],
        source="CUS-9",
        about_zh="由数据管理员负责；没有数据管理员时由负责人的上级负责。时长在“设置 › 时限”里改。",
        about_en="The data steward's, or else the owner's manager's. Its length is in Settings › Deadlines.",
    ),
    ShippedRule(
        "customer.review_kept",
        "customer",
        "审核有了结论，审核计时完成",
        "The review's word ends its clock",
        when={"on": "changed"},
        condition={"all": [{"not": {"all": [_WAITS]}}]},
        do=[{"do": "meet_deadline", "with": {"kind": "review"}}],
        source="CUS-9",
    ),
    ShippedRule(
        "customer.doubtful",
        "customer",
        "待核实的客户，给负责人建核实任务",
        "Doubtful records come back as a task",
        when={"on": "changed", "fields": ["review"]},
        condition={"all": [{"field": "review", "op": "is", "value": ["doubtful"]}]},
        do=[
            {
                "do": "create_task",
                "with": {
                    "to": ["owner"],
                    "fallback": _ABOVE,
                    "text": {"zh": "核实客户资料：{review_note}", "en": "Verify the customer's data: {review_note}"},
                    "due": {"number": {"figure": "customers.verification_days"}, "unit": "workday"},
                    "mark": "verification",
                },
            }
        ],
        source="CUS-9",
        about_zh="同一个客户的核实任务没办完时，不再建第二条。",
        about_en="While one such task of a customer is open, there is no second one.",
    ),
    ShippedRule(
        "customer.verified",
        "customer",
        "审核通过，办结核实任务",
        "Passing the review finishes its task",
        when={"on": "changed", "fields": ["review"]},
        condition={"all": [{"field": "review", "op": "is", "value": ["passed"]}]},
        do=[{"do": "finish_tasks", "with": {"mark": "verification", "result": "审核已通过"}}],
        source="CUS-9",
    ),
    ShippedRule(
        "customer.recheck",
        "customer",
        "每月重新核实一批久未核实的客户",
        "Each month a batch of records is verified again",
        when={
            "on": "schedule",
            "cron": "0 7 1 * *",
            "field": "verified_at",
            "span": {"number": {"figure": "customers.recheck_months"}, "unit": "month"},
            "most": {"figure": "customers.recheck_batch"},
        },
        condition={
            "all": [
                {"field": "owner", "op": "is_filled"},
                {"field": "review", "op": "is", "value": ["none", "waiting", "passed"]},
            ]
        },
        do=[
            {
                "do": "recheck_customer",
                "with": {
                    "reason": {
                        "zh": "很久没有核实，请核对电话、联系人和地址",
                        "en": "Not verified for a long time: check phone, contacts and address",
                    }
                },
            }
        ],
        source="CUS-11",
        about_zh="最久没有核实的先；从没核实过的从创建时间算起。标为待核实以后，由“待核实的客户，给负责人建核实任务”接着做。",
        about_en="The longest unverified first. What is marked doubtful comes back as a task by its own rule.",
    ),
)
