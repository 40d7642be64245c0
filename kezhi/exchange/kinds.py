"""What import and export leave in the event log besides the records' own events."""

from django.utils.translation import gettext_lazy as _

from kezhi.core.events import EventKind, register_event_kind

IMPORTED = EventKind("exchange.imported", _("导入了名单"), icon="upload", family="exchange")
IMPORT_UNDONE = EventKind("exchange.import_undone", _("撤销了导入"), icon="undo", family="exchange")
EXPORTED = EventKind("exchange.exported", _("导出了名单"), icon="download", family="access")
EXPORT_DOWNLOADED = EventKind("exchange.export_downloaded", _("下载了导出文件"), icon="download", family="access")

register_event_kind(IMPORTED, IMPORT_UNDONE, EXPORTED, EXPORT_DOWNLOADED)
