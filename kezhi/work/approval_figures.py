"""The figures of approvals."""

from django.utils.translation import gettext_lazy as _

from kezhi.access.figure_areas import register_figure_area
from kezhi.core.figures import Figure, FigureKind, register_figure

register_figure_area("approval", _("审批"), order=42)

register_figure(
    Figure(
        "approval.skip_own",
        True,
        kind=FigureKind.BOOLEAN,
        label=_("不让申请人审批自己的申请"),
        help=_("轮到申请人自己审批时，转给上一级。"),
    )
)
register_figure(
    Figure(
        "approval.fallback_role",
        "administrator",
        kind=FigureKind.TEXT,
        label=_("找不到审批人时由哪个角色审批"),
        help=_("填角色的代号。比如申请人没有上级、部门没有负责人的时候。"),
        maximum=60,
    )
)
register_figure(
    Figure(
        "approval.remind_hours",
        4,
        kind=FigureKind.INTEGER,
        unit=_("小时"),
        minimum=1,
        maximum=240,
        label=_("多久可以催办一次"),
    )
)
register_figure(
    Figure(
        "approval.link_days",
        7,
        kind=FigureKind.INTEGER,
        unit=_("天"),
        minimum=1,
        maximum=60,
        label=_("邮件里的审批链接有效几天"),
    )
)
register_figure(
    Figure(
        "approval.link_sign_in",
        True,
        kind=FigureKind.BOOLEAN,
        label=_("打开邮件里的审批链接要先登录"),
        help=_("关掉以后，拿到链接的人不用登录就能审批，只能看到标题和说明。"),
    )
)
