"""The figures of mail that comes in, each changeable on screen."""

from django.utils.translation import gettext_lazy as _

from kezhi.access.figure_areas import register_figure_area
from kezhi.core.figures import Figure, FigureKind, register_figure

register_figure_area("mailboxes", _("收件箱"), order=53)


def _count(
    key: str, default: int, unit: object, minimum: int, maximum: int, label: object, help: object = ""
) -> Figure:
    return Figure(
        key,
        default,
        kind=FigureKind.INTEGER,
        unit=unit,  # type: ignore[arg-type]
        minimum=minimum,
        maximum=maximum,
        label=label,  # type: ignore[arg-type]
        help=help,  # type: ignore[arg-type]
        source="DATA-3",
    )


for _figure in (
    _count("mailboxes.every_minutes", 2, _("分钟"), 1, 60, _("每隔多久收一次邮件")),
    _count("mailboxes.seconds", 120, _("秒"), 5, 240, _("收一次邮件最多用多久"), _("没收完的马上接着收。")),
    _count("mailboxes.batch", 200, _("封"), 1, 2_000, _("一次最多收多少封")),
    _count(
        "mailboxes.megabytes",
        25,
        "MB",
        1,
        100,
        _("一封邮件最多取多大"),
        _("更大的只取开头的文字，不取附件，并注明请到邮箱里看。"),
    ),
    _count("mailboxes.attachments", 20, _("个"), 0, 100, _("一封邮件最多保存多少个附件")),
    _count(
        "mailboxes.sender_hourly",
        20,
        _("封"),
        1,
        1_000,
        _("同一个人每小时最多收多少封"),
        _("更多的只记一笔，不建线索也不归档，防止邮件循环。"),
    ),
    _count("mailboxes.tries", 3, _("次"), 1, 100, _("连续失败几次后提醒管理员")),
    Figure(
        "mailboxes.answers_server",
        "",
        kind=FigureKind.TEXT,
        maximum=200,
        label=_("回复邮件审批：由哪台收信服务器证明发件人"),
        help=_(
            "填公司收信服务器写在邮件头 Authentication-Results 里的名字，如 mx.example.com。填了以后，"
            "审批人可以直接回复邮件审批，只认这台服务器验证通过（DMARC，或发件域名的 DKIM）的发件人。"
            "留空则回复邮件不能审批。"
        ),
        source="AUTO-1",
    ),
    _count("mailboxes.keep_days", 90, _("天"), 1, 3_650, _("没有归到记录的来信，登记保留多久")),
):
    register_figure(_figure)
