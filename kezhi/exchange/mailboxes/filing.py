"""What a mail that was fetched becomes, stored in one transaction with everything that hangs on it (LEAD-1, CUS-13)."""

import logging
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction

from kezhi.access.actors import Actor, system_actor
from kezhi.core.clock import now
from kezhi.core.crypto import blind_index
from kezhi.core.events import EventDraft, Json, record_event
from kezhi.core.figures import integer_figure
from kezhi.core.values.email import mask_email
from kezhi.core.values.problem import ValueProblem
from kezhi.core.values.sensitive import find_sensitive
from kezhi.exchange import kinds
from kezhi.exchange.channels.setups import ServiceDown
from kezhi.exchange.gate import mask_text
from kezhi.exchange.mailboxes.answers import act_on, answered_notice
from kezhi.exchange.mailboxes.correspondents import Home, find_home, home_of, take_unknown
from kezhi.exchange.mailboxes.reading import Arrived, message_key
from kezhi.exchange.mailboxes.sorting import is_blocked, is_own, is_spam, machine_outcome
from kezhi.exchange.models import Mailbox, ReceivedMail, SentMail
from kezhi.records.operations.files import add_file, file_path
from kezhi.records.registry import record_type

logger = logging.getLogger(__name__)

DOOR = "mail"
Outcome = ReceivedMail.Outcome
_EXCERPT = 300
_SUBJECT = 200


@dataclass(frozen=True, slots=True)
class Place:
    """Where in its mailbox a mail lies."""

    uid_validity: int
    uid: int
    size: int


@dataclass(slots=True)
class _Written:
    """Files on the disk that must go again if the transaction does not hold."""

    names: list[str] = field(default_factory=list)


def is_known(mailbox: Mailbox, message_id: str) -> bool:
    """Whether a mail with this Message-ID was taken from this box before."""
    return bool(message_id) and ReceivedMail.objects.filter(mailbox=mailbox, key=message_key(message_id)).exists()


def file_mail(mailbox: Mailbox, place: Place, mail: Arrived) -> ReceivedMail | None:
    """Store a mail, once: what it becomes, its files and how far the box is read commit together or not at all.

    One that cannot be filed is noted as failed, so that it holds up none behind it. None where it was known already.
    """
    try:
        return _stored(mailbox, place, mail)
    except IntegrityError:
        if ReceivedMail.objects.filter(mailbox=mailbox, key=mail.key).exists():
            pass_over(mailbox, place)
            return None
        raise
    except (ValueProblem, ValueError, TypeError, LookupError, AttributeError, ArithmeticError) as problem:
        logger.exception("mail %s of mailbox %s could not be filed", place.uid, mailbox.pk)
        with transaction.atomic():
            row = _row(mailbox, place, mail, Outcome.FAILED)
            row.problem_code, row.problem_values = "mail.unfiled", {"detail": type(problem).__name__}
            row.save()
            _advance(mailbox, place)
        return row


def pass_over(mailbox: Mailbox, place: Place) -> None:
    """Note that the box is read up to here."""
    with transaction.atomic():
        _advance(mailbox, place)


def _stored(mailbox: Mailbox, place: Place, mail: Arrived) -> ReceivedMail | None:
    written = _Written()
    try:
        with transaction.atomic():
            # Of two that fetch at once the second waits here and then finds the first one's.
            Mailbox.objects.select_for_update().get(pk=mailbox.pk)
            if ReceivedMail.objects.filter(mailbox=mailbox, key=mail.key).exists():
                _advance(mailbox, place)
                return None
            row = _filed(mailbox, place, mail, written)
            _advance(mailbox, place)
            return row
    except BaseException:
        for name in written.names:
            with suppress(OSError):
                file_path(name).unlink(missing_ok=True)
        raise


def _filed(mailbox: Mailbox, place: Place, mail: Arrived, written: _Written) -> ReceivedMail:
    mail = replace(mail, subject=hide_sensitive(mail.subject), text=hide_sensitive(mail.text))
    if (notice := answered_notice(mail)) is not None and not machine_outcome(mail) and not _is_flood(mailbox, mail):
        row = _row(mailbox, place, mail, Outcome.ANSWER)
        row.problem_code = act_on(notice, mail)
        row.save()
        return row
    home, outcome = _home(mailbox, mail)
    actor = system_actor(mailbox.name, door=DOOR, door_ref=str(mailbox.pk))
    if home is None and not outcome:
        if mailbox.purpose == Mailbox.Purpose.LEADS and mail.sender:
            home = take_unknown(mail, mail.own_words or mail.text, mailbox, actor)
        outcome = Outcome.LEAD if home is not None else Outcome.UNKNOWN
    row = _row(mailbox, place, mail, outcome)
    if home is None:
        row.save()
        return row
    row.record_type, row.record_id = home.record_type, home.record_id
    row.text, row.is_cut = mail.text, mail.is_cut
    row.attachments = _attach(home, mail, actor, written)
    row.save()
    tell_received(row, mail, home, actor)
    return row


def _home(mailbox: Mailbox, mail: Arrived) -> tuple[Home | None, str]:
    """The record a mail belongs to, or why it belongs to none; ("", None) is somebody unknown."""
    if machine := machine_outcome(mail):
        return None, machine
    if is_blocked(mail.sender, mailbox.blocked):
        return None, Outcome.BLOCKED
    if mail.sender and is_own(mail, mailbox):
        return None, Outcome.OWN
    if _is_copy(mailbox, mail):
        return None, Outcome.COPY
    if mail.sender and _is_flood(mailbox, mail):
        return None, Outcome.FLOOD
    home = _answered(mail) or (find_home(mail.sender) if mail.sender else None) or _thread(mail)
    if home is not None:
        return home, Outcome.FILED
    return None, Outcome.SPAM if is_spam(mail) else ""


def _answered(mail: Arrived) -> Home | None:
    for sent in SentMail.objects.filter(message_id__in=mail.answers).order_by("-pk"):
        if home := home_of(sent.record_type, sent.record_id):
            return home
    return None


def _thread(mail: Arrived) -> Home | None:
    earlier = ReceivedMail.objects.filter(message_id__in=mail.answers, record_id__isnull=False).order_by("-pk").first()
    if earlier is None or earlier.record_id is None:
        return None
    return home_of(earlier.record_type, earlier.record_id)


def _is_copy(mailbox: Mailbox, mail: Arrived) -> bool:
    """Whether the same mail, written to several of our addresses, stands with its record already."""
    if not mail.message_id:
        return False
    others = ReceivedMail.objects.filter(message_id=mail.message_id, record_id__isnull=False)
    return others.exclude(mailbox=mailbox).exists()


def _is_flood(mailbox: Mailbox, mail: Arrived) -> bool:
    recent = ReceivedMail.objects.filter(
        mailbox=mailbox, sender_index=_index(mail.sender), received_at__gt=now() - timedelta(hours=1)
    )
    return recent.count() >= integer_figure("mailboxes.sender_hourly")


def _row(mailbox: Mailbox, place: Place, mail: Arrived, outcome: str) -> ReceivedMail:
    # Of what concerns nobody only that it came is kept: who, about what, when. Not what it says.
    return ReceivedMail(
        mailbox=mailbox,
        key=mail.key,
        message_id=mail.message_id,
        uid_validity=place.uid_validity,
        uid=place.uid,
        size=place.size,
        sender=mail.sender,
        sender_index=_index(mail.sender) if mail.sender else "",
        sender_name=mail.sender_name,
        subject=mail.subject,
        sent_at=mail.sent_at,
        received_at=now(),
        outcome=outcome,
    )


def _attach(home: Home, mail: Arrived, actor: Actor, written: _Written) -> list[dict[str, Json]]:
    if not mail.attachments:
        return []
    known = record_type(home.record_type)
    record: Any = known.model.objects.ungated("filing mail").get(pk=home.record_id)
    most = integer_figure("mailboxes.attachments")
    listed: list[dict[str, Json]] = []
    for number, attachment in enumerate(mail.attachments):
        name = attachment.name[:200]
        if number >= most:
            listed.append({"name": name, "file": None, "problem": "mail.files_many", "values": {"most": most}})
            continue
        try:
            file = add_file(record, SimpleUploadedFile(name, attachment.content), actor=actor)
        except ValueProblem as problem:
            if problem.code == "file.disk":
                # Not this mail's fault: it is fetched again once there is room.
                raise ServiceDown("mail.disk") from problem
            listed.append({"name": name, "file": None, "problem": f"mail.{problem.code}", "values": {}})
            continue
        written.names.append(file.storage_name)
        listed.append({"name": file.name, "file": file.pk, "problem": "", "values": {}})
    return listed


def tell_received(row: ReceivedMail, mail: Arrived, home: Home, actor: Actor) -> None:
    """Record that a mail came, in a transaction: what timelines show of it is masked for everybody."""
    facts: dict[str, Json] = {
        "mail": row.pk,
        "mailbox": row.mailbox.name,
        "subject": mask_text(mail.subject)[:_SUBJECT],
        "excerpt": mask_text(" ".join(mail.own_words.split()))[:_EXCERPT],
        "from": mask_email(mail.sender) if mail.sender else "",
        "files": sum(1 for each in row.attachments if each["file"]),
        "new": "yes" if row.outcome == Outcome.LEAD else "no",
    }
    record_event(
        EventDraft(
            kind=kinds.MAIL_RECEIVED.key,
            record_type=home.record_type,
            record_id=home.record_id,
            actor=actor.ref,
            facts=facts,
            also=home.also,
        )
    )


def _advance(mailbox: Mailbox, place: Place) -> None:
    rows = Mailbox.objects.filter(pk=mailbox.pk, uid_validity=place.uid_validity, last_uid__lt=place.uid)
    rows.update(last_uid=place.uid)


def _index(address: str) -> str:
    return blind_index(address, purpose="email")


def hide_sensitive(text: str) -> str:
    """The text with resident IDs and bank cards in it masked: they are not to be collected (CUS-8)."""
    for found in reversed(find_sensitive(text)):
        number = text[found.start : found.end]
        text = f"{text[: found.start]}{number[:2]}****{number[-2:]}{text[found.end :]}"
    return text
