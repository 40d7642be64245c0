"""Tables of records: the base of main objects, pick-lists, tags, custom fields, views, files, search, API keys."""

from kezhi.records.models.base import LIVE, Record
from kezhi.records.models.bulk import BulkRun
from kezhi.records.models.custom import CustomField, CustomValue
from kezhi.records.models.files import RecordFile
from kezhi.records.models.lists import PickItem, PickList, Tag, TagGroup, TagLink
from kezhi.records.models.requests import ApiToken, IdempotentRequest
from kezhi.records.models.search import SearchEntry, SearchScheme
from kezhi.records.models.settings import FieldSetting
from kezhi.records.models.views import Pin, SavedView, ViewIndex

__all__ = [
    "LIVE",
    "ApiToken",
    "BulkRun",
    "CustomField",
    "CustomValue",
    "FieldSetting",
    "IdempotentRequest",
    "PickItem",
    "PickList",
    "Pin",
    "Record",
    "RecordFile",
    "SavedView",
    "SearchEntry",
    "SearchScheme",
    "Tag",
    "TagGroup",
    "TagLink",
    "ViewIndex",
]
