# zh-data: what other systems call the stages of the shipped pipelines
"""What other systems call the shipped stages, for lists that come from them; a stage really called so wins (SAL-1)."""

STAGE_WORDS: dict[str, tuple[str, ...]] = {
    "project.contact": (
        "Prospecting", "Prospect", "New", "Appointment Scheduled", "Lead In", "Contact Made",
        "初步沟通", "初步接洽", "首次接触", "接触", "初次拜访", "新建", "线索", "立项",
    ),
    "project.needs": (
        "Engaging", "Engaged", "Qualification", "Qualified", "Qualified To Buy", "Needs Analysis", "Discovery",
        "Value Proposition", "Id. Decision Makers", "Perception Analysis", "Demo", "Demo Scheduled",
        "Presentation Scheduled", "Decision Maker Bought-In",
        "需求确认", "需求沟通", "需求调研", "需求", "验证客户", "产品演示",
    ),
    "project.quote": (
        "Proposal", "Proposal/Price Quote", "Proposal/Quote", "Proposal Made", "Proposition", "Quote", "Quoted",
        "方案", "报价", "方案/报价", "方案制定", "提案", "方案与报价", "招投标", "投标",
    ),
    "project.contract": (
        "Contract Sent", "Contract Signed", "Closing", "Commit",
        "签约", "合同", "合同审批", "签订合同", "待签约", "成交在即",
    ),
    "project.paid": (
        "Won", "Closed Won", "Close Won", "Win", "Closed - Won",
        "赢单", "成交", "已成交", "已赢单", "成功", "完成", "已回款",
    ),
    "project.lost": (
        "Closed Lost", "Close Lost", "Closed - Lost", "Lose", "丢单", "失败", "已输单", "流失", "战败", "无效",
    ),
    "nurture.negotiation": (
        "Negotiation/Review", "Negotiating", "Negotiations Started", "Negotiation & Review",
        "商务谈判", "谈判", "谈判审核", "议价", "谈判/复审",
    ),
}  # fmt: skip
