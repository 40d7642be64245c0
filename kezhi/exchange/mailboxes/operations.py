"""What an administrator does with mailboxes, and what a person does with a mail."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import ngettext

from kezhi.access.actors import Actor
from kezhi.access.policies import require, require_area
from kezhi.core.clock import now
from kezhi.core.events import EventDraft, EventKind, Json, record_event
from kezhi.core.figures import integer_figure
from kezhi.core.jobs import enqueue
from kezhi.exchange import kinds
from kezhi.exchange.channels.setups import ServiceDown
from kezhi.exchange.gate import mask_text
from kezhi.exchange.mailboxes.fetching import SOURCE, account_of, fetch_box, note_failure
from kezhi.exchange.mailboxes.imap import open_folder
from kezhi.exchange.models import Mailbox, ReceivedMail
from kezhi.records.registry import RecordType, find_record_type
from kezhi.work.notices import settle

_SHOWN = (
    "name", "host", "port", "security", "user", "folder", "purpose", "takes_old", "channel", "source_detail",
    "owner_id", "blocked", "is_active",
)  # fmt: skip
# With another account the numbers of the old one say nothing.
_ACCOUNT = ("host", "port", "user", "folder")


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxPlan:
    """A mailbox as somebody wants it; an empty ``password`` keeps the one there is."""

    name: str
    host: str
    port: int
    security: str
    user: str
    password: str = ""
    folder: str = "INBOX"
    purpose: str = Mailbox.Purpose.LEADS
    takes_old: bool = False
    channel: str = ""
    source_detail: str = ""
    owner_id: int | None = None
    blocked: str = ""
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class FoundMail:
    """A mail with its record, as far as an actor sees it."""

    mail: ReceivedMail
    record_type: RecordType
    record: Any


@transaction.atomic
def save_mailbox(row: Mailbox | None, plan: MailboxPlan, *, actor: Actor) -> Mailbox:
    """Make or change a mailbox. The log says that the password was changed, never what to.

    Raises:
        NotAllowed: the actor may not look after channels.
    """
    require_area(actor, "settings", "channels")
    moment = now()
    is_new = row is None
    row = Mailbox.objects.select_for_update().get(pk=row.pk) if row is not None else Mailbox(created_at=moment)
    before = {} if is_new else {name: getattr(row, name) for name in _SHOWN}
    for name in _SHOWN:
        setattr(row, name, getattr(plan, name))
    if plan.password:
        row.password = plan.password
    changes: dict[str, tuple[Json, Json]] = {
        name: (before.get(name), getattr(row, name))
        for name in _SHOWN
        if not is_new and before[name] != getattr(row, name)
    }
    if any(name in changes for name in _ACCOUNT):
        row.uid_validity, row.last_uid, row.since_on, row.stuck_uid, row.stuck_times = None, 0, None, None, 0
    row.failing_since, row.failures, row.alerted_at, row.problem_code, row.problem_values = None, 0, None, "", {}
    row.changed_at, row.changed_by_id = moment, actor.user_id
    row.save()
    settle(SOURCE, row.pk)
    facts: dict[str, Json] = {"name": row.name, "secrets": ["password"] if plan.password else []}
    _note(kinds.MAILBOX_ADDED if is_new else kinds.MAILBOX_CHANGED, row, actor, facts, changes)
    return row


@transaction.atomic
def remove_mailbox(row: Mailbox, *, actor: Actor) -> None:
    """Take a mailbox away; the mails it brought stay with their records. Its password is forgotten."""
    require_area(actor, "settings", "channels")
    moment = now()
    Mailbox.objects.filter(pk=row.pk).update(is_active=False, removed_at=moment, password="")
    settle(SOURCE, row.pk)
    _note(kinds.MAILBOX_REMOVED, row, actor, {"name": row.name}, {})


@transaction.atomic
def retry_failed(row: Mailbox, *, actor: Actor) -> int:
    """Have the mails that could not be filed fetched once more; gives how many. Those that were filed are known.

    Raises:
        NotAllowed: the actor may not look after channels.
    """
    require_area(actor, "settings", "channels")
    row = Mailbox.objects.select_for_update().get(pk=row.pk)
    failed = ReceivedMail.objects.filter(
        mailbox=row, outcome=ReceivedMail.Outcome.FAILED, uid_validity=row.uid_validity or 0
    )
    first = failed.order_by("uid").values_list("uid", flat=True).first()
    if first is None:
        return 0
    number, _by_model = failed.delete()
    Mailbox.objects.filter(pk=row.pk, last_uid__gte=first).update(last_uid=first - 1)
    enqueue(fetch_box, unique_key=f"mailbox:{row.pk}", mailbox_id=row.pk)
    return number


def try_mailbox(row: Mailbox, *, actor: Actor) -> str:
    """Sign in and open the folder, and say what is there. Outside transactions; may take seconds.

    Raises:
        NotAllowed: the actor may not look after channels.
        ServiceDown: it does not work, and why.
    """
    require_area(actor, "settings", "channels")
    try:
        with open_folder(account_of(row), seconds=integer_figure("outgoing.mail_seconds")) as folder:
            number = folder.count
    except ServiceDown as fault:
        if row.is_active:
            note_failure(row, fault)
        raise
    words = ngettext(
        "连接成功，文件夹“%(folder)s”里有 %(count)s 封邮件。",
        "连接成功，文件夹“%(folder)s”里有 %(count)s 封邮件。",
        number,
    )
    return words % {"folder": row.folder, "count": number}


def find_mail(pk: int, *, actor: Actor) -> FoundMail:
    """A mail through the gate of the record it was filed on: who sees the record sees its mail.

    Raises:
        ReceivedMail.DoesNotExist: there is none, or its record is out of the actor's sight.
    """
    mail = ReceivedMail.objects.select_related("mailbox", "acknowledged_by").get(pk=pk)
    known = find_record_type(mail.record_type) if mail.record_id else None
    if known is None:
        raise ReceivedMail.DoesNotExist
    record_id: int | None = mail.record_id
    for _step in range(10):  # merged into another one since
        record = known.model.objects.ungated("the mail's record").filter(pk=record_id).first()
        kept = getattr(record, "merged_into_id", None)
        if not kept:
            break
        record_id = kept
    rows = known.model.objects.visible_to(actor).select_related(*known.related_load)
    seen = rows.filter(pk=record_id, deleted_at__isnull=True).first()
    if seen is None:
        raise ReceivedMail.DoesNotExist
    return FoundMail(mail, known, seen)


def reads_addresses(found: FoundMail, actor: Actor) -> bool:
    """Whether the actor may read the record's own telephone and mail; if not, those in its mails are masked too."""
    known, owner_id = found.record_type, found.record_type.policy.owner_id(found.record)
    return all(known.readable(key, actor, owner_id) for key in ("phone", "email") if known.field(key) is not None)


@transaction.atomic
def acknowledge_mail(found: FoundMail, *, actor: Actor) -> bool:
    """Say that a mail was seen to (FUP-4); False where somebody did before.

    Raises:
        NotAllowed: the actor may not change the record.
    """
    require(actor, "edit", found.record)
    rows = ReceivedMail.objects.filter(pk=found.mail.pk, acknowledged_at=None)
    if not rows.update(acknowledged_at=now(), acknowledged_by=actor.user_id):
        return False
    record_event(
        EventDraft(
            kind=kinds.MAIL_ACKNOWLEDGED.key,
            record_type=found.record_type.key,
            record_id=found.record.pk,
            actor=actor.ref,
            facts={"mail": found.mail.pk, "subject": mask_text(found.mail.subject)[:200]},
        )
    )
    return True


def _note(
    kind: EventKind, row: Mailbox, actor: Actor, facts: dict[str, Json], changes: dict[str, tuple[Json, Json]]
) -> None:
    record_event(EventDraft(kind.key, "mailbox", row.pk, actor.ref, changes, facts=facts))
