"""The figures of records, each changeable on screen."""

from django.utils.translation import gettext_lazy as _

from kezhi.access.figure_areas import register_figure_area
from kezhi.core.figures import Figure, FigureKind, register_figure

register_figure_area("records", _("记录与文件"), order=45)

register_figure(
    Figure(
        "records.recycle_days",
        30,
        kind=FigureKind.INTEGER,
        unit=_("天"),
        minimum=1,
        maximum=365,
        label=_("回收站保留多久"),
        help=_("过期后彻底删除，不能再恢复。"),
    )
)

register_figure(
    Figure(
        "records.file_max_mb",
        20,
        kind=FigureKind.INTEGER,
        unit=_("MB"),
        minimum=1,
        maximum=500,
        label=_("单个文件最大"),
        help=_("超过这个大小的文件不能上传。"),
        source="CUS-17",
    )
)
register_figure(
    Figure(
        "records.file_types",
        "pdf doc docx xls xlsx ppt pptx wps et dps txt csv md png jpg jpeg gif webp bmp mp3 m4a amr wav mp4 zip",
        kind=FigureKind.TEXT,
        unit="",
        minimum=1,
        maximum=400,
        label=_("可上传的文件类型"),
        help=_("扩展名，用空格分开。网页、脚本和程序文件即使写在这里也不接受。"),
        source="CUS-17",
    )
)
register_figure(
    Figure(
        "records.name_max",
        120,
        kind=FigureKind.INTEGER,
        unit=_("个字"),
        minimum=20,
        maximum=180,
        label=_("文件名最长"),
        help=_("更长的文件名会在中间截短，扩展名保留。"),
        source="CUS-17",
    )
)
register_figure(
    Figure(
        "records.custom_fields_max",
        60,
        kind=FigureKind.INTEGER,
        unit=_("个"),
        minimum=5,
        maximum=500,
        label=_("每类记录最多多少自定义字段"),
        help=_("字段太多，表单就没人愿意填完。"),
        source="CUS-6",
    )
)
register_figure(
    Figure(
        "records.unique_at_once",
        20_000,
        kind=FigureKind.INTEGER,
        unit=_("条"),
        minimum=0,
        maximum=1_000_000,
        label=_("多少条以内当场检查不可重复"),
        help=_("把自定义字段设为不可重复时，更多的值由后台检查，检查通过后生效。"),
        source="CUS-6",
    )
)
