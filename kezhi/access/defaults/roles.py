# zh-data: names and descriptions of the shipped roles in both languages
"""The twelve roles of ORG-2. Least privilege: a role may do what its work needs, and no more."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db import transaction

from kezhi.access import kinds
from kezhi.access.actors import Actor
from kezhi.access.models import FieldLevel, FieldRule, Grant, Role, Scope
from kezhi.access.operations.events import note
from kezhi.access.rights import EPOCH
from kezhi.core import epochs

Grants = dict[tuple[str, str], str]

CUSTOMER_SIDE = ("customer", "contact", "follow_up")
SALES_SIDE = ("lead", "opportunity", "quote", "contract", "instalment", "payment", "order")
# Belongs to the company, not to one person: seen as a whole by whoever sells.
SALES_COMMON = ("product", "lead_source")
SERVICE_SIDE = ("ticket", "complaint")
EVERYTHING = (*CUSTOMER_SIDE, "task", *SALES_SIDE, *SALES_COMMON, *SERVICE_SIDE)

WORK = ("view", "create", "edit")
ALL_ACTIONS = ("view", "create", "edit", "delete", "export", "import", "assign", "merge", "review", "reveal")
SETTINGS = (
    "organisation",
    "roles",
    "fields",
    "lists",
    "figures",
    "calendar",
    "tokens",
    "channels",
    "approvals",
    "pipelines",
)

# What is somebody's own business: shown in full to the owner and those above, a mask to others (ORG-4).
PERSONAL_FIELDS = {
    "customer": ("phone", "email", "address", "wechat"),
    "contact": ("phone", "email", "wechat"),
    "lead": ("phone", "phone_other", "email", "wechat"),
}


@dataclass(frozen=True)
class DefaultRole:
    """A shipped role; ``masked`` are record types whose personal fields it sees as masks only."""

    key: str
    name_zh: str
    name_en: str
    description_zh: str
    description_en: str
    grants: Grants
    masked: tuple[str, ...] = ()
    fields: dict[tuple[str, str], str] = field(default_factory=dict)


def _may(subjects: tuple[str, ...], actions: tuple[str, ...], scope: str) -> Grants:
    return {(subject, action): str(scope) for subject in subjects for action in actions}


def _areas(**actions: tuple[str, ...]) -> Grants:
    return {(area, action): str(Scope.ALL) for area, names in actions.items() for action in names}


_OWN_TASKS = _may(("task",), ("view", "create", "edit", "delete"), Scope.OWN)

DEFAULT_ROLES: tuple[DefaultRole, ...] = (
    DefaultRole(
        "sales_rep",
        "销售代表",
        "Sales rep",
        "只看得到、也只能改自己负责的客户和商机。",
        "Sees and edits only the customers and opportunities they own.",
        _may((*CUSTOMER_SIDE, *SALES_SIDE), WORK, Scope.OWN)
        | _may(("customer", "contact", "opportunity"), ("export",), Scope.OWN)
        | _may(SALES_COMMON, ("view",), Scope.ALL)
        | _may(SERVICE_SIDE, ("view", "create"), Scope.OWN)
        | _may(("customer", "contact", "lead"), ("reveal",), Scope.OWN)
        | _may(("customer",), ("claim", "release"), Scope.OWN)
        | _may(("task",), ("assign",), Scope.OWN)
        | _OWN_TASKS,
    ),
    DefaultRole(
        "sales_manager",
        "销售经理",
        "Sales manager",
        "管理本部门及下级的客户：分配、导出、合并、审核。",
        "Runs the customers of the department and below: assigns, exports, merges, reviews.",
        _may(
            (*CUSTOMER_SIDE, "task", *SALES_SIDE), ("view", "create", "edit", "delete", "export", "assign"), Scope.BELOW
        )
        | _may(("customer", "contact", "lead"), ("import", "merge", "review", "reveal"), Scope.BELOW)
        | _may(("customer",), ("claim", "release"), Scope.BELOW)
        | _may(("opportunity", "contract", "instalment", "payment", "order"), ("import",), Scope.BELOW)
        | _may(SALES_COMMON, ("view", "create", "edit", "export", "import"), Scope.ALL)
        | _may(SERVICE_SIDE, ("view", "create"), Scope.BELOW)
        | _areas(views=("share",)),
    ),
    DefaultRole(
        "service_agent",
        "客服专员",
        "Service agent",
        "能查到每一位来电的客户，联系方式为掩码；处理自己的工单。",
        "Finds any caller, contact details masked; handles their own tickets.",
        _may(("customer", "contact"), ("view", "reveal"), Scope.ALL)
        | _may(("follow_up",), ("view",), Scope.ALL)
        | _may(("follow_up",), ("create",), Scope.ALL)
        | _may(("follow_up",), ("edit",), Scope.OWN)
        | _may(SERVICE_SIDE, WORK, Scope.OWN)
        | _OWN_TASKS,
        masked=("customer", "contact"),
    ),
    DefaultRole(
        "service_supervisor",
        "客服主管",
        "Service supervisor",
        "管理服务部门的工单和投诉，看得到全部客户。",
        "Runs the service department's tickets and complaints; sees every customer.",
        _may(("customer", "contact", "follow_up"), ("view",), Scope.ALL)
        | _may(("customer", "contact"), ("reveal",), Scope.ALL)
        | _may(("follow_up",), ("create",), Scope.ALL)
        | _may(("follow_up",), ("edit",), Scope.BELOW)
        | _may(("contact",), ("edit",), Scope.ALL)
        | _may(SERVICE_SIDE, ("view", "create", "edit", "delete", "export", "assign", "review"), Scope.BELOW)
        | _may(("task",), ("view", "create", "edit", "delete", "assign"), Scope.BELOW)
        | _areas(views=("share",)),
    ),
    DefaultRole(
        "marketing_specialist",
        "市场专员",
        "Marketing specialist",
        "录入和导入线索，看得到客户，别人客户的联系方式为掩码。",
        "Enters and imports leads; sees customers, other people's with contact details masked.",
        _may(("customer", "contact", "follow_up"), ("view",), Scope.ALL)
        # What became of the leads their pages brought; those lie with sales.
        | _may(("lead",), ("view",), Scope.ALL)
        | _may(("lead",), ("create", "edit", "import", "assign", "export"), Scope.BELOW)
        | _may(("lead_source",), ("view", "create", "edit", "import", "export", "assign"), Scope.ALL)
        | _may(("product",), ("view",), Scope.ALL)
        | _may(("customer", "contact"), ("create",), Scope.OWN)
        | _OWN_TASKS,
    ),
    DefaultRole(
        "data_steward",
        "数据管理员",
        "Data steward",
        "看管全部客户资料：导入、合并、审核、分配。",
        "Looks after all customer data: imports, merges, reviews, assigns.",
        _may(
            ("customer", "contact", "lead"),
            ("view", "create", "edit", "delete", "export", "import", "assign", "merge", "review", "reveal"),
            Scope.ALL,
        )
        | _may(("customer",), ("claim", "release"), Scope.ALL)
        | _may(("follow_up",), ("view", "create"), Scope.ALL)
        | _may(("task",), ("view", "create", "edit", "assign"), Scope.ALL)
        | _areas(settings=("fields", "lists"), audit=("view",), views=("share",)),
        fields={
            (record_type, name): str(FieldLevel.WRITE)
            for record_type, names in PERSONAL_FIELDS.items()
            for name in names
        },
    ),
    DefaultRole(
        "finance",
        "财务",
        "Finance",
        "查看全部客户、合同和回款，确认到账。",
        "Sees all customers, contracts and payments; confirms what was received.",
        _may(("customer", "contact", "opportunity", "quote", "contract", "product"), ("view",), Scope.ALL)
        | _may(("payment",), ("view", "create", "edit", "export", "import", "review"), Scope.ALL)
        | _may(("instalment", "order"), ("view", "create", "edit", "export", "import"), Scope.ALL)
        | _may(("contract",), ("export",), Scope.ALL)
        | _OWN_TASKS,
        masked=("customer", "contact"),
    ),
    DefaultRole(
        "legal",
        "法务",
        "Legal",
        "查看全部客户和合同，审核合同。",
        "Sees all customers and contracts; reviews contracts.",
        _may(("customer", "contact", "opportunity", "quote", "product", "complaint"), ("view",), Scope.ALL)
        | _may(("contract",), ("view", "edit", "review"), Scope.ALL)
        | _OWN_TASKS,
        masked=("customer", "contact"),
    ),
    DefaultRole(
        "product",
        "产品",
        "Product",
        "查看客户需求和反馈，联系方式为掩码。",
        "Sees customers' needs and feedback; contact details masked.",
        _may(("customer", "contact", "follow_up", "opportunity", "ticket", "complaint"), ("view",), Scope.ALL)
        | _may(("product",), ("view", "create", "edit", "import", "export"), Scope.ALL)
        | _OWN_TASKS,
        masked=("customer", "contact"),
    ),
    DefaultRole(
        "technical_support",
        "技术支持",
        "Technical support",
        "处理派给自己的工单，查得到客户。",
        "Handles the tickets given to them; finds the customer.",
        _may(("customer", "contact", "follow_up"), ("view",), Scope.ALL)
        | _may(("contact",), ("reveal",), Scope.ALL)
        | _may(("follow_up",), ("create",), Scope.ALL)
        | _may(("follow_up",), ("edit",), Scope.OWN)
        | _may(("ticket", "complaint"), WORK, Scope.OWN)
        | _OWN_TASKS,
        masked=("customer", "contact"),
    ),
    DefaultRole(
        "executive",
        "管理层",
        "Executive",
        "查看全公司的全部业务记录。",
        "Sees every business record of the company.",
        _may(EVERYTHING, ("view",), Scope.ALL)
        | _may(("task",), ("create", "edit", "assign"), Scope.ALL)
        | _areas(audit=("view",)),
    ),
    DefaultRole(
        "administrator",
        "系统管理员",
        "Administrator",
        "管理设置、用户和角色，看得到并能修改全部记录。",
        "Manages settings, users and roles; sees and changes every record.",
        _may(EVERYTHING, ALL_ACTIONS, Scope.ALL)
        | _may(("customer",), ("claim", "release"), Scope.ALL)
        | _areas(
            settings=SETTINGS,
            audit=("view", "undo", "reveal"),
            health=("view",),
            views=("share",),
            automation=("view", "edit"),
        ),
        fields={
            (record_type, name): str(FieldLevel.WRITE)
            for record_type, names in PERSONAL_FIELDS.items()
            for name in names
        },
    ),
)


@transaction.atomic
def load_default_roles(*, actor: Actor) -> int:
    """Add the shipped roles that are missing, with their rights; gives how many. Existing ones are left as they are."""
    known = set(Role.objects.values_list("key", flat=True))
    added = 0
    for order, shipped in enumerate(DEFAULT_ROLES, start=1):
        if shipped.key in known:
            continue
        role = Role.objects.create(
            key=shipped.key,
            name_zh=shipped.name_zh,
            name_en=shipped.name_en,
            description_zh=shipped.description_zh,
            description_en=shipped.description_en,
            order=order * 10,
        )
        Grant.objects.bulk_create(
            Grant(role=role, subject=subject, action=action, scope=scope)
            for (subject, action), scope in shipped.grants.items()
        )
        levels = {
            (record_type, name): str(FieldLevel.MASKED)
            for record_type in shipped.masked
            for name in PERSONAL_FIELDS[record_type]
        } | shipped.fields
        FieldRule.objects.bulk_create(
            FieldRule(role=role, record_type=record_type, field=name, level=level)
            for (record_type, name), level in levels.items()
        )
        note(kinds.ROLE_ADDED, "role", role.pk, actor.ref, facts={"name": shipped.name_zh, "shipped": True})
        added += 1
    if added:
        epochs.bump(EPOCH)
    return added
