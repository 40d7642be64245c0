"""Figures about running the installation: how long things are kept, and when the health page complains."""

from django.utils.translation import gettext_lazy as _

from kezhi.core.figures import Figure, FigureKind, register_figure

JOBS_KEPT = register_figure(
    Figure(
        "operation.jobs_kept_days",
        7,
        kind=FigureKind.INTEGER,
        unit=_("天"),
        minimum=1,
        maximum=365,
        label=_("已完成的后台任务保留多久"),
        help=_("到期后自动删除；失败的任务一直保留，直到有人处理。"),
        source="OPS-6",
    )
)
BACKUPS_KEPT = register_figure(
    Figure(
        "operation.backups_kept",
        14,
        kind=FigureKind.INTEGER,
        unit=_("份"),
        minimum=1,
        maximum=1000,
        label=_("保留多少份备份"),
        help=_("只删除由本系统写入、并且已有更新备份的文件。"),
        source="OPS-4",
    )
)
BACKUP_LATE = register_figure(
    Figure(
        "operation.backup_late_hours",
        26,
        kind=FigureKind.INTEGER,
        unit=_("小时"),
        minimum=1,
        maximum=720,
        label=_("多久没有备份就报警"),
        source="OPS-4",
    )
)
DISK_LOW = register_figure(
    Figure(
        "operation.disk_low_gigabytes",
        2,
        kind=FigureKind.INTEGER,
        unit="GB",
        minimum=1,
        maximum=10_000,
        label=_("磁盘剩余空间低于多少就报警"),
        source="OPS-6",
    )
)
JOBS_LATE = register_figure(
    Figure(
        "operation.jobs_late_minutes",
        5,
        kind=FigureKind.INTEGER,
        unit=_("分钟"),
        minimum=1,
        maximum=1440,
        label=_("后台任务等待多久就报警"),
        source="OPS-6",
    )
)
