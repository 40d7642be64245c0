"""Fields that only leads have."""

from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext

from kezhi.records.fields import RecordField
from kezhi.records.linking import RegistryLinks
from kezhi.ui import html


@dataclass(frozen=True, kw_only=True)
class MatchedRecordField(RecordField):
    """A record that was found by matching and chosen by nobody.

    Elsewhere whoever sees a record may read the name of what it points to. Here a phone typed into a new lead would
    tell whose it is, so the name is for those who see that record.
    """

    def text(self, value: Any) -> str:
        if not value:
            return ""
        known = RegistryLinks().visible_title(self.to, int(value), self.reader) if self.reader is not None else ""
        return known or gettext("您看不到的一位客户")

    def html(self, value: Any) -> SafeString:
        if not value:
            return super().html(value)
        known = RegistryLinks().visible_title(self.to, int(value), self.reader) if self.reader is not None else ""
        return super().html(value) if known else SafeString(html.esc(gettext("您看不到的一位客户")))
