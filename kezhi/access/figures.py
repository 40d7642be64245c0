"""The figures of access: how long sessions last, how many failed sign-ins lock what for how long."""

from django.db import DatabaseError
from django.utils.translation import gettext_lazy as _

from kezhi.access.figure_areas import register_figure_area
from kezhi.core.figures import Figure, FigureKind, figure_value, register_figure
from kezhi.ui.context import register_company_name

register_figure_area("company", _("公司"), order=5)
register_figure_area("calendar", _("工作时间"), order=60)
register_figure_area("operation", _("运行与备份"), order=80)
register_figure_area("security", _("登录与安全"), order=90)

COMPANY_NAME = register_figure(
    Figure(
        "company.name",
        "",
        kind=FigureKind.TEXT,
        maximum=20,
        label=_("公司名称"),
        help=_("显示在每一页左上角和登录页。用简称，不超过 20 个字。"),
    )
)

FIRST_STEPS_SHOWN = register_figure(
    Figure(
        "company.first_steps",
        True,
        kind=FigureKind.BOOLEAN,
        label=_("设置首页列出新公司要做的几件事"),
        help=_("都做完以后自己就不见了。"),
    )
)


def _company_name() -> str:
    try:
        return str(figure_value(COMPANY_NAME.key))
    except DatabaseError:  # The page that says the database is away has a frame too.
        return ""


register_company_name(_company_name)
ACCOUNT_TRIES = register_figure(
    Figure(
        "security.account_tries",
        5,
        kind=FigureKind.INTEGER,
        unit=_("次"),
        minimum=3,
        maximum=100,
        label=_("同一账号连续输错多少次后锁定"),
        source="ORG-7",
    )
)
ADDRESS_TRIES = register_figure(
    Figure(
        "security.address_tries",
        30,
        kind=FigureKind.INTEGER,
        unit=_("次"),
        minimum=5,
        maximum=10_000,
        label=_("同一网络地址输错多少次后锁定"),
        help=_("整个办公室往往共用一个地址，不要设得太小。"),
        source="ORG-7",
    )
)
PROOF_MINUTES = register_figure(
    Figure(
        "security.proof_minutes",
        10,
        kind=FigureKind.INTEGER,
        unit=_("分钟"),
        minimum=1,
        maximum=240,
        label=_("登录多久以后，添加通行密钥或验证器前要再输一次密码"),
        source="ORG-7",
    )
)
TRIES_MINUTES = register_figure(
    Figure(
        "security.tries_minutes",
        15,
        kind=FigureKind.INTEGER,
        unit=_("分钟"),
        minimum=1,
        maximum=1440,
        label=_("多长时间内的输错算在一起"),
        source="ORG-7",
    )
)
LOCK_MINUTES = register_figure(
    Figure(
        "security.lock_minutes",
        15,
        kind=FigureKind.INTEGER,
        unit=_("分钟"),
        minimum=1,
        maximum=1440,
        label=_("锁定多久"),
        source="ORG-7",
    )
)
ADDRESS_PER_MINUTE = register_figure(
    Figure(
        "security.address_per_minute",
        60,
        kind=FigureKind.INTEGER,
        unit=_("次"),
        minimum=5,
        maximum=10_000,
        label=_("同一网络地址每分钟最多尝试登录多少次"),
        help=_("超出的请求不核对密码，直接请对方稍等，正常使用的人不受影响。"),
        source="ORG-7",
    )
)
CHECKS_PER_SECOND = register_figure(
    Figure(
        "security.checks_per_second",
        5,
        kind=FigureKind.INTEGER,
        unit=_("次"),
        minimum=1,
        maximum=200,
        label=_("每个服务进程每秒最多核对多少次密码"),
        help=_("核对密码很费计算，设上限可以让大量登录请求不拖慢其他人。"),
        source="ORG-7",
    )
)
SESSION_IDLE_HOURS = register_figure(
    Figure(
        "security.session_idle_hours",
        72,
        kind=FigureKind.INTEGER,
        unit=_("小时"),
        minimum=1,
        maximum=2160,
        label=_("多久不用需要重新登录"),
        source="ORG-7",
    )
)
SESSION_DAYS = register_figure(
    Figure(
        "security.session_days",
        30,
        kind=FigureKind.INTEGER,
        unit=_("天"),
        minimum=1,
        maximum=90,
        label=_("一次登录最长用多久"),
        source="ORG-7",
    )
)
SECOND_FACTOR_FOR_KEEPERS = register_figure(
    Figure(
        "security.second_factor_for_keepers",
        False,
        kind=FigureKind.BOOLEAN,
        label=_("能管理角色的人必须开启两步验证"),
        help=_("还没有开启的人，下次打开页面时先要开启。通行密钥也算。"),
        source="ORG-7",
    )
)
SECOND_FACTOR_FOR_ALL = register_figure(
    Figure(
        "security.second_factor_for_all",
        False,
        kind=FigureKind.BOOLEAN,
        label=_("所有人必须开启两步验证"),
        help=_("还没有开启的人，下次打开页面时先要开启。通行密钥也算。"),
        source="ORG-7",
    )
)
LOOKUPS_PER_HOUR = register_figure(
    Figure(
        "security.lookups_per_hour",
        100,
        kind=FigureKind.INTEGER,
        unit=_("次"),
        minimum=1,
        maximum=10_000,
        label=_("看不到完整电话和邮箱的人，每小时最多按多少个完整的电话或邮箱查找"),
        help=_(
            "查找框、查重提示、登记线索一起算，导入每份名单最多算 20 个。重复查同一个不计。能看完整内容的人不受限制。"
        ),
        source="ORG-4",
    )
)
LOOKUPS_PER_DAY = register_figure(
    Figure(
        "security.lookups_per_day",
        300,
        kind=FigureKind.INTEGER,
        unit=_("次"),
        minimum=1,
        maximum=100_000,
        label=_("看不到完整电话和邮箱的人，24 小时内最多按多少个完整的电话或邮箱查找"),
        help=_("防止一个一个试出隐去的数字。用完时通知系统管理员，并记入审计。"),
        source="ORG-4",
    )
)
