"""设置 → 收件箱, and the page of one mail."""

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import quote

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kezhi.access.actors import Actor
from kezhi.access.policies import allows, require_area
from kezhi.access.views.asking import actor_of
from kezhi.core.clock import now
from kezhi.core.values.email import mask_email
from kezhi.exchange.channels.setups import ServiceDown
from kezhi.exchange.faults import say
from kezhi.exchange.gate import mask_text
from kezhi.exchange.mailboxes.forms import MailboxForm
from kezhi.exchange.mailboxes.operations import (
    FoundMail,
    acknowledge_mail,
    find_mail,
    reads_addresses,
    remove_mailbox,
    retry_failed,
    save_mailbox,
    try_mailbox,
)
from kezhi.exchange.models import Mailbox, ReceivedMail
from kezhi.records.models import RecordFile
from kezhi.records.presenting import present
from kezhi.ui.toasts import toast

_SHOWN = 50
_TONES = {
    ReceivedMail.Outcome.LEAD: "done",
    ReceivedMail.Outcome.FILED: "done",
    ReceivedMail.Outcome.FAILED: "danger",
    ReceivedMail.Outcome.FLOOD: "warning",
}


@dataclass(frozen=True, slots=True)
class MailboxLine:
    """A mailbox as its list and page show it. ``state``: ready, off, failing, waiting (nobody has looked yet)."""

    row: Mailbox
    state: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class MailLine:
    """What came, for who looks after the box: never what it says, addresses masked."""

    mail: ReceivedMail
    sender: str
    words: str
    tone: str
    problem: str
    url: str


@dataclass(frozen=True, slots=True)
class FileLine:
    """An attachment: its name and where it lies, or why it was not kept."""

    name: str
    url: str
    problem: str


def mailbox_line(row: Mailbox) -> MailboxLine:
    """The state of a mailbox in words and marks."""
    if not row.is_active:
        return MailboxLine(row, "off")
    if row.failing_since is not None:
        return MailboxLine(row, "failing", say(row.problem_code, row.problem_values))
    return MailboxLine(row, "ready" if row.last_fetched_at else "waiting")


@require_GET
def mailboxes(request: HttpRequest) -> HttpResponse:
    """GET /settings/mailboxes/"""
    require_area(actor_of(request), "settings", "channels")
    rows = Mailbox.objects.filter(removed_at=None)
    return render(request, "exchange/mailboxes/list.html", {"lines": [mailbox_line(row) for row in rows]})


@require_http_methods(["GET", "POST"])
def mailbox_new(request: HttpRequest) -> HttpResponse:
    """GET the form of a new mailbox; POST makes it."""
    actor = actor_of(request)
    require_area(actor, "settings", "channels")
    form = MailboxForm(None, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        row = save_mailbox(None, form.plan(), actor=actor)
        toast(request, _("已保存，试一下连接看看。"))
        return redirect("exchange:mailbox", pk=row.pk)
    return render(request, "exchange/mailboxes/new.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def mailbox(request: HttpRequest, pk: int) -> HttpResponse:
    """GET /settings/mailboxes/3/: its state, its form, what came; POST changes it."""
    actor, row = _found(request, pk)
    form = MailboxForm(row, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        save_mailbox(row, form.plan(), actor=actor)
        toast(request, _("已保存。"))
        return redirect("exchange:mailbox", pk=pk)
    return _page(request, actor, row, form, status=422 if form.errors else 200)


@require_POST
def mailbox_trial(request: HttpRequest, pk: int) -> HttpResponse:
    """POST …/trial/: whether it can be read is said on the page."""
    actor, row = _found(request, pk)
    try:
        answer = try_mailbox(row, actor=actor)
    except ServiceDown as fault:
        row.refresh_from_db()
        return _page(request, actor, row, MailboxForm(row), failed=fault.message, status=422)
    return _page(request, actor, row, MailboxForm(row), done=answer)


@require_POST
def mailbox_retrial(request: HttpRequest, pk: int) -> HttpResponse:
    """POST …/retrial/: what could not be filed is fetched once more."""
    actor, row = _found(request, pk)
    retry_failed(row, actor=actor)
    toast(request, _("马上再收一次。"))
    return redirect("exchange:mailbox", pk=pk)


@require_POST
def mailbox_removal(request: HttpRequest, pk: int) -> HttpResponse:
    """POST …/removal/"""
    actor, row = _found(request, pk)
    remove_mailbox(row, actor=actor)
    toast(request, _("已删除。"))
    return redirect("exchange:mailboxes")


@require_GET
def mail(request: HttpRequest, pk: int) -> HttpResponse:
    """GET /mails/12/: a mail, for whoever sees the record it was filed on."""
    actor = actor_of(request)
    return _mail_page(request, actor, _found_mail(pk, actor))


@require_POST
def acknowledgement(request: HttpRequest, pk: int) -> HttpResponse:
    """POST …/acknowledgement/: somebody has seen to it."""
    actor = actor_of(request)
    found = _found_mail(pk, actor)
    acknowledge_mail(found, actor=actor)
    toast(request, _("已确认。"))
    return redirect("exchange:mail", pk=pk)


def _mail_page(request: HttpRequest, actor: Actor, found: FoundMail) -> HttpResponse:
    row = found.mail
    is_clear = reads_addresses(found, actor)
    presented = present(found.record, actor)
    sender = (row.sender if is_clear else mask_email(row.sender)) if row.sender else ""
    context = {
        "mail": row,
        "subject": (row.subject if is_clear else mask_text(row.subject)) or _("（无主题）"),
        "sender": sender,
        "sender_name": row.sender_name,
        "answer_url": f"mailto:{quote(row.sender)}?subject={quote(f'Re: {row.subject}')}"
        if is_clear and row.sender
        else "",
        "lines": (row.text if is_clear else mask_text(row.text)).splitlines(),
        "is_clear": is_clear,
        "files": _files(row),
        "record": presented,
        "type_label": found.record_type.label,
        "can_acknowledge": row.acknowledged_at is None and allows(actor, "edit", found.record),
        "follow_url": f"/customers/{found.record.pk}/follow-up/" if found.record_type.key == "customer" else "",
    }
    return render(request, "exchange/mailboxes/mail.html", context)


def _files(row: ReceivedMail) -> list[FileLine]:
    ids = [each["file"] for each in row.attachments if each.get("file")]
    there = set(RecordFile.objects.filter(pk__in=ids, deleted_at=None).values_list("pk", flat=True))
    return [
        FileLine(
            str(each.get("name", "")),
            f"/files/{each['file']}/" if each.get("file") in there else "",
            say(str(each["problem"]), each.get("values", {}))
            if each.get("problem")
            else ""
            if each.get("file") in there
            else _("已删除"),
        )
        for each in row.attachments
    ]


def _page(
    request: HttpRequest,
    actor: Actor,
    row: Mailbox,
    form: MailboxForm,
    *,
    done: str = "",
    failed: str = "",
    status: int = 200,
) -> HttpResponse:
    recent = ReceivedMail.objects.filter(mailbox=row).order_by("-pk")[:_SHOWN]
    context = {
        "line": mailbox_line(row),
        "row": row,
        "form": form,
        "done": done,
        "failed": failed,
        "mails": [_mail_line(each) for each in recent],
        "has_failed": ReceivedMail.objects.filter(
            mailbox=row, outcome=ReceivedMail.Outcome.FAILED, uid_validity=row.uid_validity or 0
        ).exists(),
        "last_day": ReceivedMail.objects.filter(mailbox=row, received_at__gt=now() - timedelta(days=1)).count(),
    }
    return render(request, "exchange/mailboxes/mailbox.html", context, status=status)


def _mail_line(row: ReceivedMail) -> MailLine:
    return MailLine(
        row,
        mask_email(row.sender) if row.sender else _("不明发件人"),
        str(row.get_outcome_display()),
        _TONES.get(ReceivedMail.Outcome(row.outcome), "outline"),
        say(row.problem_code, row.problem_values) if row.problem_code else "",
        f"/mails/{row.pk}/" if row.record_id else "",
    )


def _found(request: HttpRequest, pk: int) -> tuple[Actor, Mailbox]:
    actor = actor_of(request)
    require_area(actor, "settings", "channels")
    row = Mailbox.objects.filter(pk=pk, removed_at=None).first()
    if row is None:
        raise Http404
    return actor, row


def _found_mail(pk: int, actor: Actor) -> FoundMail:
    try:
        return find_mail(pk, actor=actor)
    except ReceivedMail.DoesNotExist:
        raise Http404 from None
