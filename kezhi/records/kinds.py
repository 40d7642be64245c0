"""The kinds of events every record type has."""

from django.utils.translation import gettext_lazy as _

from kezhi.core.events import EventKind, register_event_kind

CREATED = EventKind("record.created", _("新建"), icon="plus")
CHANGED = EventKind("record.changed", _("修改"), icon="edit")
DELETED = EventKind("record.deleted", _("删除"), icon="trash")
RESTORED = EventKind("record.restored", _("恢复"), icon="undo")
PURGED = EventKind("record.purged", _("彻底删除"), icon="trash")
REVEALED = EventKind("record.revealed", _("查看了隐去的内容"), icon="eye", family="access")
FILE_ADDED = EventKind("record.file_added", _("添加文件"), icon="file")
FILE_REMOVED = EventKind("record.file_removed", _("删除文件"), icon="file")
FILE_RESTORED = EventKind("record.file_restored", _("恢复文件"), icon="file")
FILE_READ = EventKind("record.file_read", _("下载文件"), icon="download", family="access")
EXPORTED = EventKind("record.exported", _("导出"), icon="download", family="access")

FIELD_ADDED = EventKind("field.added", _("新增自定义字段"), icon="plus", family="settings")
FIELD_CHANGED = EventKind("field.changed", _("修改自定义字段"), icon="edit", family="settings")
FIELDS_ORDERED = EventKind("field.ordered", _("调整字段顺序"), icon="sort", family="settings")
FIELD_SET = EventKind("field.set", _("调整内置字段"), icon="edit", family="settings")
LIST_ADDED = EventKind("list.added", _("新增选项列表"), icon="plus", family="settings")
LIST_CHANGED = EventKind("list.changed", _("修改选项列表"), icon="edit", family="settings")
ITEM_ADDED = EventKind("list.item_added", _("新增选项"), icon="plus", family="settings")
ITEM_CHANGED = EventKind("list.item_changed", _("修改选项"), icon="edit", family="settings")
ITEM_REMOVED = EventKind("list.item_removed", _("删除选项"), icon="trash", family="settings")

register_event_kind(
    CREATED, CHANGED, DELETED, RESTORED, PURGED, REVEALED, FILE_ADDED, FILE_REMOVED, FILE_RESTORED, FILE_READ, EXPORTED
)
register_event_kind(FIELD_ADDED, FIELD_CHANGED, FIELDS_ORDERED, FIELD_SET)
register_event_kind(LIST_ADDED, LIST_CHANGED, ITEM_ADDED, ITEM_CHANGED, ITEM_REMOVED)

VIEW_SAVED = EventKind("view.saved", _("保存视图"), icon="filter", family="settings")
VIEW_CHANGED = EventKind("view.changed", _("修改视图"), icon="filter", family="settings")
VIEW_DELETED = EventKind("view.deleted", _("删除视图"), icon="trash", family="settings")
TAG_CHANGED = EventKind("tag.changed", _("修改标签"), icon="tag", family="settings")
TAGS_MERGED = EventKind("tag.merged", _("合并标签"), icon="tag", family="settings")

register_event_kind(VIEW_SAVED, VIEW_CHANGED, VIEW_DELETED, TAG_CHANGED, TAGS_MERGED)
