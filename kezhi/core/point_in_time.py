"""Going back to any moment of the last days: the embedded database's history (OPS-4)."""

import datetime as dt
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from kezhi.core.backup import BackupProblem, Restored, alone, kept_folder, put_in_place, unpacking_folder
from kezhi.core.clock import local, moment_at
from kezhi.core.database_copy import CopyProblem, database_copy
from kezhi.core.replica import MomentMissing, Replica, ReplicaProblem


def present_replica() -> Replica | None:
    """The history of the configured database; None when none is kept."""
    if settings.LITESTREAM_DIR is None or connection.vendor != "sqlite":
        return None
    return Replica(Path(str(connection.settings_dict["NAME"])), settings.LITESTREAM_DIR, settings.LITESTREAM_DAYS)


def restore_at(moment: dt.datetime | None) -> Restored:
    """Put the database as it was at a moment (None: the newest copy) in the place of the present one, which is kept.

    Files and keys stay as they are. No server may be running. Raises BackupProblem.
    """
    replica = present_replica()
    if replica is None:
        raise BackupProblem(_("没有开启连续备份：请设置 KEZHI_LITESTREAM。"))
    copy = database_copy()
    with alone(), unpacking_folder() as folder:
        try:
            written = folder / copy.file_name
            replica.write_copy(written, moment)
            rows = copy.check(written)
            kept = kept_folder()
            put_in_place(copy.put_back(written, kept), kept, clean_up=folder)
        except MomentMissing as problem:
            raise BackupProblem(_("连续备份里没有这个时刻的数据。")) from problem
        except (CopyProblem, ReplicaProblem) as problem:
            raise BackupProblem(str(problem)) from problem
    return Restored(f"{local(moment):%Y-%m-%d %H:%M:%S}" if moment else _("最新"), rows, kept)


def read_moment(text: str) -> dt.datetime | None:
    """A moment in the company's zone: ``2026-11-20 14:30``, with seconds or an offset; ``latest`` is None.

    Raises ValueError.
    """
    if text.strip().lower() == "latest":
        return None
    moment = dt.datetime.fromisoformat(text.strip())
    return moment if moment.tzinfo else moment_at(moment.date(), moment.time())
