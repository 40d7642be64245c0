"""Files on records: putting them there, taking them away and back, reading them (CUS-17)."""

import errno
import hashlib
import os
import secrets
from contextlib import suppress
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.files import File
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor
from kezhi.access.policies import NotAllowed, require, require_area
from kezhi.core.clock import now
from kezhi.core.events import EventDraft, record_event
from kezhi.core.figures import integer_figure
from kezhi.core.values.problem import ValueProblem
from kezhi.records import kinds
from kezhi.records.fields.base import ParseContext
from kezhi.records.fields.plain import refuse_sensitive
from kezhi.records.models import RecordFile
from kezhi.records.operations.writing import parents_of
from kezhi.records.registry import RecordType, record_type, type_of
from kezhi.records.uploads import CheckedFile, check_upload

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

_CHUNK = 256 * 1024
_WAITING_HOURS = 24


def add_file(record: Any, upload: "UploadedFile[Any]", *, actor: Actor) -> RecordFile:
    """Put an uploaded file on a record.

    Raises:
        NotAllowed: the actor may not change the record.
        ValueProblem: the file cannot be accepted, or the disk is full.
    """
    require(actor, "edit", record)
    known = type_of(record)
    checked = _checked(upload, ParseContext(actor, consents=partial(known.behaviour.consents, record)))
    stored = _write(upload)
    try:
        with transaction.atomic():
            row = _row(known, record.pk, checked, stored, actor)
            _tell(known, record, row, kinds.FILE_ADDED.key, actor)
    except BaseException:
        _drop(stored[0])
        raise
    return row


def keep_upload(known: RecordType, field_key: str, upload: "UploadedFile[Any]", *, actor: Actor) -> RecordFile:
    """Keep an upload for a file field of a form that is not saved yet; it hangs on no record and goes after a day.

    Raises:
        NotAllowed: the actor may neither create nor edit such records.
        ValueProblem: the file cannot be accepted.
    """
    if not actor.allows(known.key, "edit"):
        require_area(actor, known.key, "create")
    checked = _checked(upload, ParseContext(actor))
    stored = _write(upload)
    try:
        return _row(known, 0, checked, stored, actor, field_key)
    except BaseException:
        _drop(stored[0])
        raise


def copy_files(source: Any, target: Any, *, actor: Actor) -> int:
    """Put copies of a record's files on another one, where the actor may change that; gives how many.

    Files in fields of the record stay where they are. What is gone from the disk is passed over.

    Raises:
        NotAllowed: the actor may not see the one or change the other.
        ValueProblem: the disk is full.
    """
    kept = RecordFile.objects.filter(record_type=type_of(source).key, record_id=source.pk, deleted_at=None)
    rows = [row for row in kept.filter(field_key="").order_by("pk") if file_path(row.storage_name).is_file()]
    if not rows:
        return 0
    require(actor, "view", source)
    require(actor, "edit", target)
    known = type_of(target)
    written: list[str] = []
    try:
        with transaction.atomic():
            for row in rows:
                with file_path(row.storage_name).open("rb") as opened:
                    stored = _write(File(opened))
                written.append(stored[0])
                checked = CheckedFile(name=row.name, size=row.size, content_type=row.content_type)
                _tell(known, target, _row(known, target.pk, checked, stored, actor), kinds.FILE_ADDED.key, actor)
    except BaseException:
        for name in written:
            _drop(name)
        raise
    return len(rows)


@transaction.atomic
def remove_file(file: RecordFile, *, actor: Actor) -> None:
    """Take a file off its record; it comes back with :func:`restore_file` until the recycle bin is emptied."""
    known, record = file_record(file, actor)
    require(actor, "edit", record)
    if RecordFile.objects.filter(pk=file.pk, deleted_at=None).update(deleted_at=now()):
        _tell(known, record, file, kinds.FILE_REMOVED.key, actor)


@transaction.atomic
def restore_file(file: RecordFile, *, actor: Actor) -> None:
    """Put a removed file back on its record."""
    known, record = file_record(file, actor)
    require(actor, "edit", record)
    if RecordFile.objects.filter(pk=file.pk, deleted_at__isnull=False).update(deleted_at=None):
        _tell(known, record, file, kinds.FILE_RESTORED.key, actor)


def read_file(file: RecordFile, *, actor: Actor) -> Path:
    """Where the bytes lie, for somebody who may see the record; reading is logged.

    Raises:
        NotAllowed: the file is in a field the actor may not read.
        ObjectDoesNotExist: the record is out of sight, or the bytes are gone.
    """
    if file.record_id == 0:
        if actor.user_id is None or file.uploaded_by_id != actor.user_id:
            raise RecordFile.DoesNotExist
    else:
        known, record = file_record(file, actor)
        if file.field_key and not known.readable(file.field_key, actor, known.policy.owner_id(record)):
            raise NotAllowed(subject=known.key, action="view")
        with transaction.atomic():
            _tell(known, record, file, kinds.FILE_READ.key, actor)
    path = file_path(file.storage_name)
    if not path.is_file():
        raise RecordFile.DoesNotExist
    return path


def file_record(file: RecordFile, actor: Actor) -> tuple[RecordType, Any]:
    """The record a file hangs on, through the gate; ObjectDoesNotExist where the actor may not see it."""
    try:
        known = record_type(file.record_type)
    except KeyError:
        raise RecordFile.DoesNotExist from None
    rows = known.model.objects.visible_to(actor).select_related(*known.related_load)
    return known, rows.get(pk=file.record_id)


def file_path(storage_name: str) -> Path:
    """The place of stored bytes below ``MEDIA_ROOT``, which no web address reaches."""
    return Path(settings.MEDIA_ROOT) / storage_name[:2] / storage_name


def drop_waiting_uploads() -> int:
    """Remove uploads of forms that were never saved; gives how many."""
    edge = now() - timedelta(hours=_WAITING_HOURS)
    rows = list(RecordFile.objects.filter(record_id=0, uploaded_at__lt=edge)[:500])
    for row in rows:
        row.delete()
        _drop(row.storage_name)
    return len(rows)


def drop_removed_files() -> int:
    """Remove for good what was taken off records longer ago than the recycle bin keeps; gives how many."""
    edge = now() - timedelta(days=integer_figure("records.recycle_days"))
    rows = list(RecordFile.objects.filter(deleted_at__lt=edge)[:5000])
    for row in rows:
        row.delete()
        _drop(row.storage_name)
    return len(rows)


def _checked(upload: "UploadedFile[Any]", context: ParseContext) -> CheckedFile:
    """The file as it may be stored; its name is a text like any other (CUS-8)."""
    checked = check_upload(upload)
    refuse_sensitive(checked.name, context)
    return checked


def _row(
    known: RecordType, record_id: int, checked: CheckedFile, stored: tuple[str, str], actor: Actor, field_key: str = ""
) -> RecordFile:
    return RecordFile.objects.create(
        record_type=known.key,
        record_id=record_id,
        name=checked.name,
        size=checked.size,
        content_type=checked.content_type,
        storage_name=stored[0],
        digest=stored[1],
        field_key=field_key,
        uploaded_by_id=actor.user_id,
        uploaded_at=now(),
    )


def _write(upload: "File[Any]") -> tuple[str, str]:
    """Write the bytes under a random name and give that name and their digest; whole or not at all."""
    name = secrets.token_hex(24)
    path = file_path(name)
    part = path.with_suffix(".part")
    digest = hashlib.sha256()
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as target:
            for chunk in upload.chunks(_CHUNK):
                digest.update(chunk)
                target.write(chunk)
            target.flush()
            os.fsync(target.fileno())
        part.replace(path)
    except OSError as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise ValueProblem("file.disk", _("服务器的磁盘满了，文件没有保存。请联系系统管理员。")) from error
        raise
    return name, digest.hexdigest()


def _drop(storage_name: str) -> None:
    with suppress(OSError):
        file_path(storage_name).unlink(missing_ok=True)


def _tell(known: RecordType, record: Any, file: RecordFile, kind: str, actor: Actor) -> None:
    record_event(
        EventDraft(
            kind=kind,
            record_type=known.key,
            record_id=record.pk,
            actor=actor.ref,
            facts={"file": file.pk, "name": file.name, "size": file.size, "field": file.field_key},
            also=parents_of(known, record),
        )
    )
