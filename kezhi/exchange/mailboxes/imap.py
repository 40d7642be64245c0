"""Reading a folder of an IMAP server: a time limit for the whole conversation, nothing in the folder is changed.

Only what every server speaks is used (RFC 3501): EXAMINE, UID SEARCH, UID FETCH with BODY.PEEK.
"""

import base64
import contextlib
import imaplib
import logging
import re
import socket
import ssl
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext_lazy as _

from kezhi.exchange.channels.setups import ServiceDown
from kezhi.exchange.faults import add_sentences
from kezhi.exchange.outgoing import Deadline, Unreachable

logger = logging.getLogger(__name__)

_LONGER = 1.0  # a single wait ends after the deadline, so that it is the deadline that ends it and says so
_DETAIL = 200
_WINDOW = 5_000
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_NUMBER = re.compile(rb"UID (\d+)")
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")
# Beyond what was asked for a server may add the words around it.
_SLACK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Account:
    """Where to read, and who signs in."""

    host: str
    port: int
    security: str
    user: str
    password: str
    folder: str


@dataclass(frozen=True, slots=True)
class Heading:
    """What is known of a mail before it is fetched."""

    uid: int
    size: int
    header: bytes


class Folder:
    """An open folder."""

    def __init__(self, session: "_Session", deadline: Deadline) -> None:
        self._session = session
        self._deadline = deadline
        self.uid_validity = self._number("UIDVALIDITY")
        self.uid_next = self._number("UIDNEXT")
        self.count = self._number("EXISTS")

    def uids_after(self, last: int, *, since: date | None = None) -> list[int]:
        """The numbers of mails above ``last``, in order; with ``since`` only of those that came from that day on."""
        date_words = [] if since is None else ["SINCE", f"{since.day}-{_MONTHS[since.month - 1]}-{since.year}"]
        found: set[int] = set()
        if not self.uid_next or self.uid_next - last <= _WINDOW:
            found.update(self._search(f"{last + 1}:*", date_words))
        else:
            # A folder of a million mails would answer in one endless line.
            for first in range(last + 1, self.uid_next, _WINDOW):
                found.update(self._search(f"{first}:{first + _WINDOW - 1}", date_words))
                if len(found) >= _WINDOW:
                    break
        # "9:*" names the last mail even when its number is below 9.
        return sorted(uid for uid in found if uid > last)

    def headings(self, uids: list[int]) -> list[Heading]:
        """Size and Message-ID header of these mails; those that are gone meanwhile are left out."""
        if not uids:
            return []
        data = self._command(
            "FETCH", ",".join(map(str, uids)), "(UID RFC822.SIZE BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])"
        )
        found: dict[int, Heading] = {}
        for words, content in _answers(data):
            number, size = _NUMBER.search(words), _SIZE.search(words)
            if number:
                uid = int(number[1])
                found[uid] = Heading(uid, int(size[1]) if size else 0, content)
        return [found[uid] for uid in uids if uid in found]

    def fetch(self, uid: int, *, at_most: int) -> bytes | None:
        """The mail, or its first ``at_most`` bytes; None when it is gone meanwhile."""
        self._session.most = at_most + _SLACK
        data = self._command("FETCH", str(uid), f"(UID BODY.PEEK[]<0.{at_most}>)")
        for words, content in _answers(data):
            number = _NUMBER.search(words)
            if content and (number is None or int(number[1]) == uid):
                return content
        return None

    def _search(self, numbers: str, date_words: list[str]) -> list[int]:
        data = self._command("SEARCH", "UID", numbers, *date_words)
        return [int(word) for each in data if isinstance(each, bytes) for word in each.split() if word.isdigit()]

    def _number(self, name: str) -> int:
        _kind, data = self._session.response(name)
        last = data[-1] if data else None
        return int(last) if isinstance(last, bytes) and last.isdigit() else 0

    def _command(self, name: str, *words: str) -> list[bytes | tuple[bytes, bytes] | None]:
        self._deadline.left()
        state, data = self._session.uid(name, *words)
        if state != "OK":
            raise ServiceDown("imap.refused", detail=_said(data))
        return list(data)


@contextlib.contextmanager
def open_folder(account: Account, *, seconds: float) -> Iterator[Folder]:
    """The folder while the block runs; the whole conversation ends after ``seconds``. Outside transactions.

    Raises:
        ServiceDown: whatever keeps it from being read, in words.
    """
    deadline = Deadline(seconds)
    context = ssl.create_default_context()
    begun = False
    try:
        with deadline.watched(), contextlib.ExitStack() as stack:
            session = _connect(account, deadline, context)
            stack.callback(_hang_up, session)
            _sign_in(session, account)
            begun = True
            state, data = session.select(_quoted(encode_folder(account.folder)), readonly=True)
            if state != "OK":
                raise ServiceDown("imap.folder", folder=account.folder, detail=_said(data))
            yield Folder(session, deadline)
    except ServiceDown:
        raise
    except Unreachable as fault:
        raise ServiceDown(fault.code, **fault.values) from fault
    except ssl.SSLCertVerificationError as problem:
        raise ServiceDown("reach.certificate", host=account.host, reason=problem.verify_message) from problem
    except ssl.SSLError as problem:
        raise ServiceDown("imap.security", host=account.host) from problem
    except (imaplib.IMAP4.error, OSError, UnicodeError, ValueError) as problem:
        logger.info("mailbox on %s: %r", account.host, problem)
        if deadline.is_over or isinstance(problem, TimeoutError):
            raise ServiceDown("reach.slow", seconds=round(seconds)) from problem
        if isinstance(problem, socket.gaierror):
            raise ServiceDown("reach.name", host=account.host) from problem
        raise ServiceDown("reach.broken" if begun else "reach.refused", host=account.host) from problem


class _Session(imaplib.IMAP4):
    """A conversation whose connection the deadline can end, and whose answers have a largest size."""

    def __init__(self, account: Account, deadline: Deadline, context: ssl.SSLContext) -> None:
        self._account = account
        self._deadline = deadline
        self._context = context
        self.most = _SLACK
        super().__init__(account.host, account.port, timeout=deadline.seconds + _LONGER)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        opened = socket.create_connection((self._account.host, self._account.port), timeout)
        self._deadline.sockets.append(opened)
        if self._account.security == "ssl":
            opened = self._context.wrap_socket(opened, server_hostname=self._account.host)
            self._deadline.sockets.append(opened)
        return opened

    def read(self, size: int) -> bytes:
        """A literal of the server's; one larger than asked for is not read."""
        if size > self.most:
            raise self.abort("literal larger than asked for")
        content: bytes = super().read(size)
        return content


def _connect(account: Account, deadline: Deadline, context: ssl.SSLContext) -> _Session:
    session = _Session(account, deadline, context)
    if account.security == "starttls":
        if "STARTTLS" not in session.capabilities:
            _hang_up(session)
            raise ServiceDown("imap.security", host=account.host)
        session.starttls(ssl_context=context)
        deadline.sockets.append(session.sock)
    return session


def _sign_in(session: _Session, account: Account) -> None:
    try:
        if account.user.isascii() and account.password.isascii():
            session.login(account.user, account.password)
        else:
            words = f"\x00{account.user}\x00{account.password}".encode()
            session.authenticate("PLAIN", lambda _challenge: words)
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error as problem:
        raise ServiceDown("imap.sign_in", detail=_words(str(problem).removeprefix("b'").removesuffix("'"))) from problem
    if "ID" in session.capabilities:
        # Some providers open no folder to a program that has not said its name (RFC 2971).
        with contextlib.suppress(imaplib.IMAP4.error):
            session.xatom("ID", '("name" "Kezhi" "vendor" "Kezhi")')


def encode_folder(name: str) -> str:
    """A folder's name as it travels: modified UTF-7 (RFC 3501, 5.1.3)."""
    pieces: list[str] = []
    waiting = ""
    for character in [*name, ""]:
        if character and not " " <= character <= "~":
            waiting += character
            continue
        if waiting:
            coded = base64.b64encode(waiting.encode("utf-16-be")).decode("ascii").rstrip("=").replace("/", ",")
            pieces.append(f"&{coded}-")
            waiting = ""
        pieces.append("&-" if character == "&" else character)
    return "".join(pieces)


def _quoted(name: str) -> str:
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _answers(data: list[bytes | tuple[bytes, bytes] | None]) -> Iterator[tuple[bytes, bytes]]:
    """Each answer's words with its literal; what a server writes after the literal belongs to the words."""
    waiting: tuple[bytes, bytes] | None = None
    for each in data:
        if isinstance(each, tuple):
            if waiting is not None:
                yield waiting
            waiting = (each[0], each[1])
        elif isinstance(each, bytes) and waiting is not None:
            yield waiting[0] + b" " + each, waiting[1]
            waiting = None
        elif isinstance(each, bytes):
            yield each, b""
    if waiting is not None:
        yield waiting


def _hang_up(session: _Session) -> None:
    with contextlib.suppress(OSError, imaplib.IMAP4.error):
        session.logout()
    with contextlib.suppress(OSError):
        session.shutdown()


def _said(data: Sequence[object]) -> str:
    last = data[-1] if data else b""
    return _words(last.decode("utf-8", "replace") if isinstance(last, bytes) else str(last or ""))


def _words(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:_DETAIL]


add_sentences(
    {
        "imap.sign_in": _("邮件服务器不接受用户名或密码：%(detail)s"),
        "imap.folder": _("打不开文件夹“%(folder)s”：%(detail)s"),
        "imap.security": _("%(host)s 不支持所选的加密方式。"),
        "imap.refused": _("邮件服务器拒绝了：%(detail)s"),
        "imap.host": _("主机名不正确，只填名称，不带 http:// 和斜杠。"),
    }
)
