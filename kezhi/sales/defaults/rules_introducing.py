"""The customer's side is told when who looks after it changes (CUS-2), as a rule an administrator reads and edits."""

from kezhi.automation.defaults import ShippedRule, ShippedTemplate, register_rules, register_templates

register_templates(
    ShippedTemplate(
        "customer_owner_introduced",
        "customer",
        "告诉客户换了负责人",
        "Tell the customer who looks after them",
        "今后由{owner}为您服务",
        "{owner} looks after you from now on",
        "您好！\n\n从今天起，由{owner}负责与贵方的合作，之前的约定和进展都已经交接。\n\n有任何需要，直接回复这封邮件就可以。",
        "Hello,\n\nFrom today on {owner} looks after our work with you; what was agreed so far has been handed over."
        "\n\nWhatever you need, just answer this mail.",
    )
)
register_rules(
    ShippedRule(
        "customer.owner_introduced",
        "customer",
        "换了负责人，写信告诉客户",
        "The customer is told of a new owner by mail",
        when={"on": "changed", "fields": ["owner"]},
        was={"all": [{"field": "owner", "op": "is_filled"}]},
        condition={"all": [{"field": "owner", "op": "is_filled"}]},
        do=[{"do": "mail_contact", "with": {"text": {"template": "customer_owner_introduced"}}}],
        source="CUS-2",
        about_zh="发给主要联系人，没有就发给客户。默认停用：一次移交很多客户时会发很多信，启用前请先试运行。",
        about_en="To the primary contact, else to the customer. Off by default: handing over many customers sends many "
        "letters, so try it out first.",
        is_on=False,
    )
)
