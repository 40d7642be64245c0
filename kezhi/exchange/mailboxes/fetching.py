"""Fetching mailboxes: in batches, one fetcher per box, as far as it got is stored with every mail (AUTO-5)."""

from dataclasses import dataclass
from datetime import timedelta
from time import monotonic

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from kezhi.access.actors import system_actor
from kezhi.core.clock import local, now
from kezhi.core.figures import integer_figure
from kezhi.core.health import HealthState, register_health_check
from kezhi.core.jobs import JobOrder, enqueue, enqueue_many, job, schedule
from kezhi.exchange.channels.setups import ServiceDown
from kezhi.exchange.faults import add_sentences, say
from kezhi.exchange.mailboxes.filing import Place, file_mail, is_known, pass_over
from kezhi.exchange.mailboxes.imap import Account, Folder, Heading, open_folder
from kezhi.exchange.mailboxes.reading import find_message_id, header_words, read_mail
from kezhi.exchange.models import Mailbox, ReceivedMail
from kezhi.exchange.webhooks.alerts import keepers
from kezhi.records.registry import find_record_type
from kezhi.work.notices import Notice, languages_of, notify, settle

MEGABYTE = 1024 * 1024
SOURCE = "mailbox"
# Of a mail that is too large only so much is fetched: its headers, and the text where it stands first.
_BEGINNING = 64 * 1024
_HEADINGS = 50
_TRIES = 2
_MOST_FORGOTTEN = 5_000
# Longer than any conversation may take, so that no second fetcher begins while one still reads.
_LEASE = timedelta(minutes=5)
# What came during these days is looked through again once the server has numbered its mails anew.
_AGAIN = timedelta(days=2)
_KEPT = (ReceivedMail.Outcome.LEAD, ReceivedMail.Outcome.FILED)


@dataclass(frozen=True, slots=True)
class Fetched:
    """What one look into a box brought: mails stored, and whether more wait."""

    count: int
    has_more: bool = False


@schedule("exchange.fetch_mail", cron="* * * * *")
def fetch_due() -> None:
    """Order a look into every box that is due."""
    every = timedelta(minutes=integer_figure("mailboxes.every_minutes")) - timedelta(seconds=30)
    due = Q(last_fetched_at__isnull=True) | Q(last_fetched_at__lt=now() - every)
    ids = Mailbox.objects.filter(due, is_active=True, removed_at=None).order_by("pk").values_list("pk", flat=True)
    enqueue_many(fetch_box, [JobOrder({"mailbox_id": pk}, unique_key=f"mailbox:{pk}") for pk in ids])


@job("exchange.fetch_mailbox", lane="io", retries=0)
def fetch_box(*, mailbox_id: int, idempotency_key: str = "") -> None:
    """Look into a box; whatever goes wrong is noted there, and the next look tries again."""
    if fetch(mailbox_id).has_more:
        enqueue(fetch_box, mailbox_id=mailbox_id)


@schedule("exchange.forget_mail", cron="40 3 * * *")
def forget_old() -> None:
    """Delete the notes of mails that concerned nobody, once they have lain their days; and what records gone left."""
    edge = now() - timedelta(days=integer_figure("mailboxes.keep_days"))
    old = ReceivedMail.objects.filter(received_at__lt=edge).exclude(outcome__in=_KEPT).order_by("pk")
    ReceivedMail.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:_MOST_FORGOTTEN])).delete()
    kept = ReceivedMail.objects.filter(record_id__isnull=False)
    for key in sorted(set(kept.order_by().values_list("record_type", flat=True).distinct())):
        known = find_record_type(key)
        if known is not None:
            there = known.model.objects.ungated("mail of records that are gone").filter(pk=OuterRef("record_id"))
            gone = kept.filter(~Exists(there), record_type=key).order_by("pk")
            ReceivedMail.objects.filter(pk__in=list(gone.values_list("pk", flat=True)[:_MOST_FORGOTTEN])).delete()


def fetch(mailbox_id: int) -> Fetched:
    """Fetch a batch of mails from a box and file each; nothing while somebody else does. Outside transactions."""
    moment = now()
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=moment)
    taken = Mailbox.objects.filter(free, pk=mailbox_id, is_active=True, removed_at=None)
    if not taken.update(lease_until=moment + _LEASE):
        return Fetched(0)
    mailbox = Mailbox.objects.get(pk=mailbox_id)
    try:
        with open_folder(account_of(mailbox), seconds=integer_figure("mailboxes.seconds")) as folder:
            _settle_numbers(mailbox, folder)
            fetched = _fetch_from(mailbox, folder)
    except ServiceDown as fault:
        note_failure(mailbox, fault)
        return Fetched(0)
    finally:
        Mailbox.objects.filter(pk=mailbox_id).update(lease_until=None)
    note_success(mailbox)
    return fetched


def account_of(mailbox: Mailbox) -> Account:
    """Where to read, and who signs in."""
    return Account(
        mailbox.host, mailbox.port, mailbox.security, mailbox.user, mailbox.password, mailbox.folder or "INBOX"
    )


def note_failure(mailbox: Mailbox, fault: ServiceDown) -> None:
    """Fetching failed: since when and why stands with the box; those who look after it are told once."""
    moment = now()
    with transaction.atomic():
        rows = Mailbox.objects.filter(pk=mailbox.pk)
        rows.filter(failing_since=None).update(failing_since=moment)
        rows.update(
            failures=F("failures") + 1,
            problem_code=fault.code[:40],
            problem_values=fault.values,
            last_fetched_at=moment,
        )
        many = rows.filter(alerted_at=None, failures__gte=integer_figure("mailboxes.tries"))
        if many.update(alerted_at=moment):
            _alert(mailbox, fault)


def note_success(mailbox: Mailbox) -> None:
    """Fetching worked: the box is well again if it was not."""
    with transaction.atomic():
        rows = Mailbox.objects.filter(pk=mailbox.pk)
        rows.update(
            last_fetched_at=now(), failing_since=None, failures=0, alerted_at=None, problem_code="", problem_values={}
        )
        if mailbox.alerted_at is not None:
            settle(SOURCE, mailbox.pk)


def _settle_numbers(mailbox: Mailbox, folder: Folder) -> None:
    """Where to begin: behind what is there already on the first look, anew when the server numbered anew."""
    if mailbox.uid_validity == folder.uid_validity:
        return
    is_first = mailbox.uid_validity is None
    mailbox.uid_validity = folder.uid_validity
    mailbox.last_uid = 0
    if is_first and not mailbox.takes_old:
        mailbox.last_uid = folder.uid_next - 1 if folder.uid_next else max(folder.uids_after(0), default=0)
    if not is_first:
        # The same mails under other numbers: known ones are told by their Message-ID, older ones left alone.
        since = max(mailbox.created_at, (mailbox.last_fetched_at or mailbox.created_at) - _AGAIN)
        if mailbox.takes_old and mailbox.last_fetched_at is None:
            mailbox.since_on = None
        else:
            mailbox.since_on = local(since).date()
    Mailbox.objects.filter(pk=mailbox.pk).update(
        uid_validity=mailbox.uid_validity, last_uid=mailbox.last_uid, since_on=mailbox.since_on
    )


def _fetch_from(mailbox: Mailbox, folder: Folder) -> Fetched:
    begun = monotonic()
    enough = integer_figure("mailboxes.seconds") / 2  # one large mail more still fits into the other half
    most = integer_figure("mailboxes.batch")
    waiting = folder.uids_after(mailbox.last_uid, since=mailbox.since_on)
    count = 0
    for start in range(0, min(len(waiting), most), _HEADINGS):
        uids = waiting[start : min(start + _HEADINGS, most)]
        for heading in folder.headings(uids):
            place = Place(folder.uid_validity, heading.uid, heading.size)
            if is_known(mailbox, find_message_id(header_words(heading.header.decode("ascii", "surrogateescape")))):
                pass_over(mailbox, place)
                continue
            largest = integer_figure("mailboxes.megabytes") * MEGABYTE
            is_cut = heading.size > largest or _is_stuck(mailbox, heading)
            raw = folder.fetch(heading.uid, at_most=_BEGINNING if is_cut else largest)
            if raw is not None and file_mail(mailbox, place, read_mail(raw, is_cut=is_cut)) is not None:
                count += 1
            if monotonic() - begun > enough:
                return Fetched(count, has_more=True)
    return Fetched(count, has_more=len(waiting) > most)


def _is_stuck(mailbox: Mailbox, heading: Heading) -> bool:
    """Whether this mail was begun several times and never finished; a small one is not asked about."""
    if heading.size < _BEGINNING:
        return False
    times = mailbox.stuck_times + 1 if mailbox.stuck_uid == heading.uid else 1
    mailbox.stuck_uid, mailbox.stuck_times = heading.uid, times
    Mailbox.objects.filter(pk=mailbox.pk).update(stuck_uid=heading.uid, stuck_times=times)
    return times > _TRIES


def _alert(mailbox: Mailbox, fault: ServiceDown) -> None:
    notices = []
    for user_id, language in sorted(languages_of(set(keepers())).items()):
        with translation.override(language):
            notices.append(
                Notice(
                    kind="system",
                    user_id=user_id,
                    title=_("收件箱“%(name)s”收不到邮件") % {"name": mailbox.name},
                    why=fault.message,
                    url=f"/settings/mailboxes/{mailbox.pk}/",
                    urgency="high",
                    source=(SOURCE, mailbox.pk),
                )
            )
    notify(notices, actor=system_actor("mailboxes"))


def _health() -> tuple[HealthState, str]:
    rows = Mailbox.objects.filter(is_active=True, removed_at=None)
    if bad := rows.filter(failing_since__isnull=False).order_by("failing_since").first():
        words = _("收件箱“%(name)s”收不到邮件：%(reason)s")
        return HealthState.WARNING, words % {"name": bad.name, "reason": say(bad.problem_code, bad.problem_values)}
    number = rows.count()
    if not number:
        return HealthState.OK, _("没有设置收件箱。")
    return HealthState.OK, ngettext("%(count)s 个收件箱收信正常。", "%(count)s 个收件箱收信正常。", number) % {
        "count": number
    }


register_health_check("mailboxes", gettext_lazy("收件箱"), _health)
add_sentences(
    {
        "mail.unfiled": gettext_lazy("处理时出错（%(detail)s），邮件还在邮箱里。"),
        "mail.not_asked": gettext_lazy("回复的人不是被请来审批的人，没有按它办。"),
        "mail.unproven": gettext_lazy("没能确认发件人是本人，没有按它办。"),
        "mail.answers_off": gettext_lazy("没有开启回复邮件审批，没有按它办。"),
        "mail.disk": gettext_lazy("服务器的磁盘满了，邮件没有收下，腾出空间后会接着收。"),
        "mail.files_many": gettext_lazy("附件太多，最多保存 %(most)s 个"),
        "mail.file.size": gettext_lazy("太大，没有保存"),
        "mail.file.empty": gettext_lazy("是空文件，没有保存"),
        "mail.file.type": gettext_lazy("这种类型的文件不保存"),
        "mail.file.content": gettext_lazy("内容与文件类型不符，没有保存"),
        "mail.file.name": gettext_lazy("文件名不能用，没有保存"),
    }
)
