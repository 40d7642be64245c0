"""Files too large are turned away while they arrive: what lies beyond the limit is never written down (CUS-17)."""

from collections.abc import Callable
from typing import Any

from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest
from django.utils.translation import gettext

from kezhi.core.figures import integer_figure
from kezhi.records.uploads import MEGABYTE, shown_name

_REFUSED = "kezhi_files_refused"

_limits: list[tuple[str, Callable[[], int]]] = []


def register_upload_limit(prefix: str, megabytes: Callable[[], int]) -> None:
    """Let addresses that begin so take files of another size than those of records."""
    _limits.append((prefix, megabytes))


def refused_files(request: HttpRequest) -> dict[str, str]:
    """Which files of a posted form were too large, by the form field's name, with a sentence for each."""
    found: dict[str, str] = getattr(request, _REFUSED, {})
    return found


class QuotaUploadHandler(FileUploadHandler):
    """Counts what arrives of each file, and has the rest thrown away once it is more than may be kept."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self._arrived = 0
        path = self.request.path if self.request is not None else ""
        known = next((megabytes for prefix, megabytes in _limits if path.startswith(prefix)), None)
        self._most = known() if known is not None else integer_figure("records.file_max_mb")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        self._arrived += len(raw_data)
        if self._arrived > self._most * MEGABYTE:
            self._note()
            raise SkipFile
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """The file itself is kept by the handlers after this one."""

    def _note(self) -> None:
        if self.request is None:
            return
        values = {"name": shown_name(self.file_name or ""), "most": self._most}
        sentence = gettext("“%(name)s”太大，最多 %(most)s MB") % values
        if not hasattr(self.request, _REFUSED):
            setattr(self.request, _REFUSED, {})
        said = refused_files(self.request)
        name = self.field_name or ""
        said[name] = gettext("；").join(filter(None, [said.get(name, ""), sentence]))
