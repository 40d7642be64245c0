# zh-data: words by which mail programs mark what they quote
"""A mail as bytes becomes its sender, its words and its attachments, however broken it is."""

import email
import email.errors
import email.header
import email.message
import email.utils
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from charset_normalizer import from_bytes

from kezhi.core.values.email import parse_email
from kezhi.core.values.problem import ValueProblem
from kezhi.exchange.mailboxes.html_words import html_words

LONGEST_TEXT = 50_000
_MOST_PARTS = 200
_LONGEST_LINE = 500
_MOST_REFERENCES = 50
_LONGEST_HEADER = 20_000
# Smaller pictures that stand inside the text are logos and smileys of signatures.
_DECORATION = 20 * 1024
_MESSAGE_ID = re.compile(r"<[^<>\s]{3,248}>")
_QUOTE_BEGINS = re.compile(
    r"^\s*(?:>|-{2,}\s*(?:原始邮件|原邮件|回复的?邮件|转发的?邮件|Original Message|Forwarded message)"
    r"|在.{4,60}写道[:：]|On .{4,120} wrote:|(?:发件人|寄件者|From)\s*[:：].*@?|_{10,}\s*$)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with a mail."""

    name: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Arrived:
    """A mail that was read. ``sender`` is "" where its address is none; ``headers`` have lower-case names.

    ``authentication`` is what the last server said of the sender, as it stood there; ``is_from_one``: there is one From
    with one address.
    """

    key: str
    message_id: str
    sender: str
    sender_name: str
    subject: str
    text: str
    sent_at: datetime | None
    answers: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    headers: dict[str, str] = field(default_factory=dict)
    is_report: bool = False
    is_cut: bool = False
    authentication: str = ""
    is_from_one: bool = False

    @property
    def own_words(self) -> str:
        """The text without what it quotes of earlier mails."""
        lines: list[str] = []
        for line in self.text.splitlines():
            if _QUOTE_BEGINS.match(line):
                break
            lines.append(line)
        return "\n".join(lines).strip()


def read_mail(raw: bytes, *, is_cut: bool = False) -> Arrived:
    """Read a mail. Never fails: of one that is no mail at all the beginning is its text."""
    try:
        return _read(email.message_from_bytes(raw), raw, is_cut)
    except (ValueError, LookupError, TypeError, AttributeError, IndexError, KeyError, RecursionError):
        text = _clean(_decoded(raw[:LONGEST_TEXT], ""))
        return Arrived(_key("", raw), "", "", "", "", text, None, is_cut=is_cut)


def message_key(message_id: str) -> str:
    """What a mail with this Message-ID is known by."""
    return hashlib.sha256(message_id.encode("utf-8", "replace")).hexdigest()


def find_message_id(text: str) -> str:
    """The first Message-ID in a header; "" when there is none."""
    found = _MESSAGE_ID.search(text)
    return found[0] if found else ""


def _read(message: email.message.Message, raw: bytes, is_cut: bool) -> Arrived:
    raw_headers: dict[str, str] = {}
    for name, value in message.raw_items():
        raw_headers.setdefault(name.lower(), str(value)[:_LONGEST_HEADER])
    headers = {name: header_words(value)[:2000] for name, value in raw_headers.items()}
    message_id = find_message_id(raw_headers.get("message-id", ""))
    sender_name, sender = _sender(raw_headers)
    references = f"{raw_headers.get('in-reply-to', '')} {raw_headers.get('references', '')}"
    answers = tuple(dict.fromkeys(_MESSAGE_ID.findall(references)))[:_MOST_REFERENCES]
    text, attachments = _contents(message)
    return Arrived(
        key=_key(message_id, raw),
        message_id=message_id,
        sender=sender,
        sender_name=_line(sender_name)[:80],
        subject=_line(headers.get("subject", ""))[:_LONGEST_LINE],
        text=text,
        sent_at=_moment(raw_headers.get("date", "")),
        answers=answers,
        attachments=() if is_cut else attachments,
        headers=headers,
        is_report=message.get_content_type() == "multipart/report",
        is_cut=is_cut,
        authentication=" ".join(raw_headers.get("authentication-results", "").split()),
        is_from_one=_is_from_one(message),
    )


def header_words(value: object) -> str:
    """A header as text: RFC 2047 words decoded, raw bytes of any charset guessed."""
    plain = str(value)
    if any("\udc80" <= character <= "\udcff" for character in plain):
        plain = _decoded(plain.encode("ascii", "surrogateescape"), "")
    pieces: list[str] = []
    try:
        decoded = email.header.decode_header(plain)
    except (email.errors.HeaderParseError, ValueError):
        return _line(plain)
    # Neighbouring words of one charset may share a character between them: join the bytes first.
    waiting, charset = b"", ""
    for piece, named in decoded:
        if isinstance(piece, bytes) and named:
            if waiting and named != charset:
                pieces.append(_decoded(waiting, charset))
                waiting = b""
            waiting, charset = waiting + piece, named
            continue
        if waiting:
            pieces.append(_decoded(waiting, charset))
            waiting = b""
        pieces.append(piece if isinstance(piece, str) else _decoded(piece, ""))
    if waiting:
        pieces.append(_decoded(waiting, charset))
    return _line("".join(pieces))


def _sender(raw_headers: dict[str, str]) -> tuple[str, str]:
    for name in ("from", "sender", "return-path"):
        raw = raw_headers.get(name, "")
        if any("\udc80" <= character <= "\udcff" for character in raw):
            raw = _decoded(raw.encode("ascii", "surrogateescape"), "")
        # Split before decoding: a decoded name may hold commas and brackets.
        shown, address = email.utils.parseaddr(" ".join(raw.split()))
        try:
            return header_words(shown), parse_email(header_words(address))
        except ValueProblem:
            continue
    return "", ""


def _is_from_one(message: email.message.Message) -> bool:
    raw = [str(value) for name, value in message.raw_items() if name.lower() == "from"]
    return len(raw) == 1 and len(email.utils.getaddresses(raw)) == 1


def _contents(message: email.message.Message) -> tuple[str, tuple[Attachment, ...]]:
    plain: list[str] = []
    marked: list[str] = []
    attachments: list[Attachment] = []
    for part in _parts(message):
        kind = part.get_content_type()
        name = _file_name(part)
        disposition = str(part.get("Content-Disposition", "")).strip().lower()
        content = _bytes(part)
        is_file = disposition.startswith("attachment") or bool(name) or not kind.startswith(("text/", "multipart/"))
        if is_file:
            is_inline = bool(part.get("Content-ID")) and not disposition.startswith("attachment")
            if kind.startswith("image/") and is_inline and len(content) < _DECORATION:
                continue
            attachments.append(Attachment(name or _name_for(kind), content))
        elif kind == "text/plain":
            plain.append(_decoded(content, part.get_content_charset("") or ""))
        elif kind == "text/html":
            marked.append(html_words(_decoded(content, part.get_content_charset("") or _meta_charset(content))))
    text = "\n".join(plain) if "".join(plain).strip() else "\n".join(marked)
    return _clean(text), tuple(attachments)


def _parts(message: email.message.Message) -> Iterator[email.message.Message]:
    """The leaves in order; a mail inside a mail is a leaf: it is an attachment, its words are not this one's."""
    waiting = [message]
    given = 0
    while waiting and given < _MOST_PARTS:
        part = waiting.pop(0)
        payload = part.get_payload()
        if part.get_content_maintype() == "multipart" and isinstance(payload, list):
            waiting[:0] = [each for each in payload if isinstance(each, email.message.Message)]
            continue
        given += 1
        yield part


def _bytes(part: email.message.Message) -> bytes:
    payload = part.get_payload()
    if isinstance(payload, list):
        return b"".join(each.as_bytes() for each in payload if isinstance(each, email.message.Message))
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _file_name(part: email.message.Message) -> str:
    try:
        raw = part.get_filename("") or ""
    except (ValueError, LookupError, TypeError):
        return ""
    return header_words(raw)[:200]


def _name_for(kind: str) -> str:
    ending = {"message/rfc822": "eml", "image/jpeg": "jpg", "application/octet-stream": "bin"}
    return f"attachment.{ending.get(kind, kind.rpartition('/')[2][:10])}"


def _decoded(content: bytes, charset: str) -> str:
    """Bytes as text: what they say they are if that is true, else what they look like."""
    named = charset.strip().strip("'\"").lower().replace("_", "-")
    if named in ("gb2312", "gbk", "x-gbk", "gb18030", "chinese", "cp936", "euc-cn", "hz-gb-2312", "gb-2312"):
        named = "hz" if named.startswith("hz") else "gb18030"
    candidates = [named, "utf-8", "gb18030"] if named not in ("", "us-ascii", "ascii", "iso-8859-1") else []
    for candidate in candidates or ["utf-8", "gb18030"]:
        try:
            return content.decode(candidate)
        except (LookupError, UnicodeError, ValueError):
            continue
    best = from_bytes(content[:20_000], cp_isolation=["utf_8", "gb18030", "big5", "utf_16"]).best()
    return content.decode(best.encoding if best else (named if named in ("big5", "latin-1") else "utf-8"), "replace")


def _meta_charset(content: bytes) -> str:
    found = re.search(rb"charset=[\"']?([A-Za-z0-9_-]{2,30})", content[:2000])
    return found[1].decode("ascii") if found else ""


def _moment(text: str) -> datetime | None:
    try:
        parsed = email.utils.parsedate_to_datetime(text)
        return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _key(message_id: str, raw: bytes) -> str:
    return message_key(message_id) if message_id else hashlib.sha256(raw).hexdigest()


def _clean(text: str) -> str:
    """Text a database takes: no control characters, no runs of empty lines, of bounded length."""
    kept = "".join(
        character if character in "\n\t" or character.isprintable() or character == "\u3000" else " "
        for character in text.replace("\r\n", "\n").replace("\r", "\n")[: LONGEST_TEXT * 2]
    )
    lines = [line.rstrip() for line in kept.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()[:LONGEST_TEXT]


def _line(text: str) -> str:
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())
