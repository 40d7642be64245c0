"""Sending mail through the company's own SMTP server (DATA-3).

One conversation per mail, with a time limit for the whole of it. A server may take some addresses and refuse others:
who got the mail and who did not is told apart. The Message-ID is made from the idempotency key, so a mail that had to
be sent again is recognisable as the same one.
"""

import contextlib
import smtplib
import socket
import ssl
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kezhi.core.clock import now
from kezhi.core.figures import integer_figure
from kezhi.core.values.email import parse_email
from kezhi.core.values.problem import ValueProblem
from kezhi.exchange.channels.letters import Letter, build_message, one_line, wire_address
from kezhi.exchange.channels.setups import AddressFault, ServiceDown, Setup, note_failure, note_success, setup_of
from kezhi.exchange.faults import Fault, add_sentences
from kezhi.exchange.models import SentMail
from kezhi.exchange.outgoing import Deadline

KEY = "mail"
_DETAIL = 200
_LONGER = 1.0  # a single wait ends after the deadline, so that it is the deadline that ends it and says so


@dataclass(frozen=True, slots=True)
class MailResult:
    """Who got a mail. ``refused`` are addresses the server will never take, ``deferred`` those it may take later."""

    delivered: tuple[str, ...]
    refused: dict[str, AddressFault] = field(default_factory=dict)
    deferred: dict[str, ServiceDown] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a mail; ``kind`` is its media type, "application/pdf"."""

    name: str
    kind: str
    content: bytes


def send_mail(
    to: str | Sequence[str],
    subject: str,
    body: str,
    *,
    idempotency_key: str,
    language: str = "zh-hans",
    action_label: str = "",
    action_url: str = "",
    about: tuple[str, int] | None = None,
    attachments: Sequence[Attachment] = (),
) -> MailResult:
    """Send a plain text (paragraphs by empty lines) in the house layout. Outside transactions; may take seconds.

    With ``about`` (record type, id) the answer to the mail is filed on that record.
    Part of the addresses refused or put off is told in the result, all of them by exception.

    Raises:
        ServiceDown: mail is off, the server does not answer, or it takes nobody now.
        AddressFault: the server takes none of the addresses.
    """
    letter = Letter(
        subject, tuple(part for part in body.split("\n\n") if part.strip()), language, action_label, action_url
    )
    return send_letter(
        [to] if isinstance(to, str) else list(to),
        letter,
        idempotency_key=idempotency_key,
        about=about,
        attachments=attachments,
    )


def send_letter(
    to: Sequence[str],
    letter: Letter,
    *,
    idempotency_key: str,
    setup: Setup | None = None,
    about: tuple[str, int] | None = None,
    attachments: Sequence[Attachment] = (),
) -> MailResult:
    """:func:`send_mail` for a letter with lines of its own. With ``setup`` one that is not switched on is tried."""
    known = setup or setup_of(KEY)
    if setup is None and not is_set_up(known):
        raise ServiceDown("channel.off")
    refused: dict[str, AddressFault] = {}
    good: list[str] = []
    for address in dict.fromkeys(to):
        try:
            good.append(parse_email(address))
        except ValueProblem:
            refused[address] = AddressFault("mail.syntax", address=address[:100])
    if not good:
        raise next(iter(refused.values()), AddressFault("channel.address"))
    message = build_message(letter, good, known, idempotency_key)
    for file in attachments:
        main, _slash, sub = file.kind.partition("/")
        message.add_attachment(file.content, maintype=main, subtype=sub, filename=one_line(file.name, 120))
    if about is not None:
        # Before it leaves: an answer may be there before the next line runs.
        note_sent(str(message["Message-ID"]), about)
    try:
        result = _deliver(known, message, good, refused)
    except ServiceDown as fault:
        if setup is None:
            note_failure(KEY, fault)
        raise
    if setup is None:
        note_success(KEY)
    if not result.delivered:
        raise next(iter([*result.deferred.values(), *result.refused.values()]))
    return result


def note_sent(message_id: str, about: tuple[str, int]) -> None:
    """Remember which record a mail is about; the same mail sent again is the same one."""
    values = {"record_type": about[0], "record_id": about[1], "sent_at": now()}
    with transaction.atomic():
        SentMail.objects.update_or_create(message_id=message_id, defaults=values)


def is_set_up(setup: Setup) -> bool:
    """Whether mail is on and knows its server and sender."""
    return setup.is_on and bool(setup.text("host") and setup.text("sender"))


def _deliver(setup: Setup, message: EmailMessage, to: Sequence[str], refused: dict[str, AddressFault]) -> MailResult:
    wires = {wire_address(address): address for address in to}
    sender = wire_address(setup.text("sender"))
    try:
        with _session(setup) as session:
            answers = session.sendmail(sender, list(wires), message.as_bytes())
    except smtplib.SMTPRecipientsRefused as problem:
        answers = problem.recipients
    except smtplib.SMTPSenderRefused as problem:
        raise ServiceDown("mail.sender", **_said(problem.smtp_code, problem.smtp_error)) from problem
    except smtplib.SMTPDataError as problem:
        if problem.smtp_code >= 500:
            fault = AddressFault("mail.content", **_said(problem.smtp_code, problem.smtp_error))
            return MailResult((), refused | dict.fromkeys(to, fault))
        raise ServiceDown("channel.busy", **_said(problem.smtp_code, problem.smtp_error)) from problem
    deferred: dict[str, ServiceDown] = {}
    for wire, (code, text) in answers.items():
        if code >= 500:
            refused[wires[wire]] = AddressFault("mail.refused", address=wires[wire], **_said(code, text))
        else:
            deferred[wires[wire]] = ServiceDown("mail.later", address=wires[wire], **_said(code, text))
    done = tuple(address for wire, address in wires.items() if wire not in answers)
    return MailResult(done, refused, deferred)


@contextlib.contextmanager
def _session(setup: Setup) -> Iterator[smtplib.SMTP]:
    """A conversation with the server, signed in. Raises ServiceDown for everything that keeps it from starting."""
    host, security = setup.text("host"), setup.text("security")
    port = setup.options.get("port")
    seconds = integer_figure("outgoing.mail_seconds")
    deadline = Deadline(seconds)
    context = ssl.create_default_context()
    begun = False
    try:
        with deadline.watched(), contextlib.ExitStack() as stack:
            session: _Secure | _Plain = _Secure(deadline, context) if security == "ssl" else _Plain(deadline)
            stack.callback(_hang_up, session)
            session._host = host  # type: ignore[union-attr]  # what the certificate must name
            session.connect(host, port if isinstance(port, int) else 0)
            if security == "starttls":
                session.starttls(context=context)
                _keep(deadline, session.sock)
            if user := setup.text("user"):
                session.login(user, setup.secrets.get("password", ""))
            begun = True
            yield session
    except smtplib.SMTPAuthenticationError as problem:
        raise ServiceDown("mail.sign_in", **_said(problem.smtp_code, problem.smtp_error)) from problem
    except smtplib.SMTPNotSupportedError as problem:
        raise ServiceDown("mail.security", host=host) from problem
    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPDataError):
        raise
    except smtplib.SMTPResponseException as problem:
        raise ServiceDown("channel.busy", **_said(problem.smtp_code, problem.smtp_error)) from problem
    except ssl.SSLCertVerificationError as problem:
        raise ServiceDown("reach.certificate", host=host, reason=problem.verify_message) from problem
    except (TimeoutError, OSError, smtplib.SMTPException, UnicodeError) as problem:
        if deadline.is_over or isinstance(problem, TimeoutError):
            raise ServiceDown("reach.slow", seconds=seconds) from problem
        if isinstance(problem, socket.gaierror):
            raise ServiceDown("reach.name", host=host) from problem
        raise ServiceDown("reach.broken" if begun else "reach.refused", host=host) from problem


class _Plain(smtplib.SMTP):
    """A conversation whose connection the deadline can end."""

    def __init__(self, deadline: Deadline) -> None:
        self._deadline = deadline
        # A name is given, or the library would ask DNS for this machine's.
        super().__init__(local_hostname="[127.0.0.1]", timeout=deadline.seconds + _LONGER)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        opened: socket.socket = super()._get_socket(host, port, timeout)  # type: ignore[misc]
        _keep(self._deadline, opened)
        return opened


class _Secure(smtplib.SMTP_SSL):
    """The same over TLS from the first byte."""

    def __init__(self, deadline: Deadline, context: ssl.SSLContext) -> None:
        self._deadline = deadline
        super().__init__(local_hostname="[127.0.0.1]", timeout=deadline.seconds + _LONGER, context=context)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        opened: socket.socket = super()._get_socket(host, port, timeout)  # type: ignore[misc]
        _keep(self._deadline, opened)
        return opened


def _keep(deadline: Deadline, opened: socket.socket | None) -> None:
    if opened is not None:
        deadline.sockets.append(opened)


def _hang_up(session: smtplib.SMTP) -> None:
    with contextlib.suppress(OSError, smtplib.SMTPException):
        session.quit()
    session.close()


def _said(code: int, text: bytes | str) -> dict[str, str | int]:
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
    return {"number": code, "detail": " ".join(words.split())[:_DETAIL]}


def fault_for(result: MailResult, address: str) -> Fault | None:
    """Why one address of a sent mail did not get it, or None when it did."""
    return result.refused.get(address) or result.deferred.get(address)


add_sentences(
    {
        "mail.syntax": _("“%(address)s”不是邮箱地址。"),
        "mail.refused": _("邮件服务器不接收 %(address)s（%(number)s）：%(detail)s"),
        "mail.later": _("邮件服务器暂时不接收 %(address)s（%(number)s）：%(detail)s"),
        "mail.sender": _("邮件服务器不允许用这个发件地址（%(number)s）：%(detail)s"),
        "mail.content": _("邮件服务器拒收了这封邮件（%(number)s）：%(detail)s"),
        "mail.sign_in": _("邮件服务器不接受用户名或密码（%(number)s）：%(detail)s"),
        "mail.security": _("%(host)s 不支持所选的加密或登录方式。"),
    }
)
