"""A real IMAP server on this machine, over sockets, that speaks what Kezhi uses: well, wrongly, or not at all."""

from __future__ import annotations

import re
import socketserver
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class ImapServer:
    """Folders of mails by number. ``silent`` never greets; ``breaks_after`` hangs up after so many mails."""

    user: str = "sales@example.com"
    password: str = "s3cret"
    folders: dict[str, dict[int, bytes]] = field(default_factory=lambda: {"INBOX": {}})
    uid_validity: int = 7
    sizes: dict[int, int] = field(default_factory=dict)
    silent: bool = False
    breaks_after: int | None = None
    starttls: object = None
    wants_id: bool = False
    on_fetch: object = None
    commands: list[str] = field(default_factory=list)
    fetched: list[int] = field(default_factory=list)
    host: str = "127.0.0.1"
    port: int = 0

    @property
    def inbox(self) -> dict[int, bytes]:
        return self.folders["INBOX"]

    def add(self, *mails: bytes) -> None:
        """Put mails into the inbox under the next numbers."""
        for mail in mails:
            self.inbox[max(self.inbox, default=0) + 1] = mail


class _Talk(socketserver.StreamRequestHandler):
    tells: ImapServer

    def handle(self):
        if self.tells.silent:
            self.rfile.read(1)  # until the other side has had enough
            return
        self.folder = self.secured = None
        self.is_named = not self.tells.wants_id
        self._send("* OK hello")
        while line := self.rfile.readline():
            tag, _blank, rest = line.decode("utf-8").rstrip("\r\n").partition(" ")
            self.tells.commands.append(rest)
            if not self._answer(tag, rest):
                break
        if self.secured is not None:
            self.rfile.close()
            self.wfile.close()
            self.secured.close()

    def _answer(self, tag, rest):
        words = rest.split(" ")
        name = words[0].upper()
        if name == "CAPABILITY":
            more = " STARTTLS" if self.tells.starttls else ""
            self._send(f"* CAPABILITY IMAP4rev1 AUTH=PLAIN ID{more}")
        elif name == "STARTTLS":
            self._send(f"{tag} OK begin")
            self.secured = self.tells.starttls.wrap_socket(self.connection, server_side=True)
            self.rfile, self.wfile = self.secured.makefile("rb"), self.secured.makefile("wb", buffering=0)
            return True
        elif name == "LOGIN":
            user, password = (word.strip('"') for word in words[1:3])
            if (user, password) != (self.tells.user, self.tells.password):
                self._send(f"{tag} NO [AUTHENTICATIONFAILED] LOGIN failed")
                return True
        elif name == "ID":
            self.is_named = True
            self._send("* ID NIL")
        elif name in ("EXAMINE", "SELECT"):
            wanted = rest.partition(" ")[2].strip('"')
            if not self.is_named:
                self._send(f"{tag} NO Unsafe Login. Please contact kefu")
                return True
            if wanted not in self.tells.folders:
                self._send(f"{tag} NO no such folder")
                return True
            self.folder = self.tells.folders[wanted]
            self._send(f"* {len(self.folder)} EXISTS")
            self._send(f"* OK [UIDVALIDITY {self.tells.uid_validity}] valid")
            self._send(f"* OK [UIDNEXT {max(self.folder, default=0) + 1}] next")
        elif name == "UID" and words[1].upper() == "SEARCH":
            first, _colon, last = words[3].partition(":")
            highest = max(self.folder, default=0)
            # As RFC 3501 has it: "9:*" is a range either way round.
            ends = sorted((int(first), highest if last == "*" else int(last)))
            found = [uid for uid in sorted(self.folder) if ends[0] <= uid <= ends[1]]
            self._send("* SEARCH " + " ".join(map(str, found)))
        elif name == "UID" and words[1].upper() == "FETCH":
            if not self._fetch(words[2], rest):
                return False
        elif name == "LOGOUT":
            self._send("* BYE")
            self._send(f"{tag} OK bye")
            return False
        self._send(f"{tag} OK done")
        return True

    def _fetch(self, numbers, rest):
        for number, uid in enumerate((int(each) for each in numbers.split(",")), start=1):
            if uid not in self.folder:
                continue
            mail = self.folder[uid]
            if "HEADER.FIELDS" in rest:
                head = mail.partition(b"\r\n\r\n")[0] + b"\r\n"
                found = re.search(rb"(?im)^message-id:.*\r?\n", head)
                content = (found[0] if found else b"") + b"\r\n"
                size = self.tells.sizes.get(uid, len(mail))
                self._literal(
                    f"* {number} FETCH (UID {uid} RFC822.SIZE {size} BODY[HEADER.FIELDS (MESSAGE-ID)]", content
                )
                continue
            self.tells.fetched.append(uid)
            if self.tells.on_fetch is not None:
                self.tells.on_fetch(uid)
            if self.tells.breaks_after is not None and len(self.tells.fetched) > self.tells.breaks_after:
                self.connection.close()
                return False
            most = int(re.search(r"<0\.(\d+)>", rest)[1])
            self._literal(f"* {number} FETCH (UID {uid} BODY[]<0>", mail[:most])
        return True

    def _literal(self, words, content):
        self.wfile.write(f"{words} {{{len(content)}}}\r\n".encode() + content + b")\r\n")

    def _send(self, line):
        self.wfile.write(f"{line}\r\n".encode())


class _Listener(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = False  # every conversation has ended once the server is closed

    def handle_error(self, request, client_address):
        pass  # a client that hangs up in the middle is what is being tested


@contextmanager
def imap_server(*, tls=None, **how):
    """A server on 127.0.0.1 while the block runs; ``tls`` speaks TLS from the first byte."""
    tells = ImapServer(**how)
    listener = _Listener(("127.0.0.1", 0), type("Talk", (_Talk,), {"tells": tells}))
    if tls is not None:
        listener.socket = tls.wrap_socket(listener.socket, server_side=True)
    tells.port = listener.server_address[1]
    thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield tells
    finally:
        listener.shutdown()
        listener.server_close()
        thread.join()


def a_mail(
    sender="Wang Lei <wang@acme.example.cn>",
    subject="询价",
    text="您好，请报价。",
    *,
    number=1,
    message_id=None,
    charset="utf-8",
    more="",
):
    """A plain mail as bytes; ``more`` are further header lines."""
    from email.header import Header

    lines = [
        f"From: {sender}",
        "To: sales@example.com",
        f"Subject: {Header(subject, charset).encode()}",
        f"Message-ID: {message_id or f'<mail-{number}@acme.example.cn>'}",
        "Date: Mon, 02 Mar 2026 09:30:00 +0800",
        "MIME-Version: 1.0",
        f"Content-Type: text/plain; charset={charset}",
        "Content-Transfer-Encoding: 8bit",
        *more.strip().splitlines(),
    ]
    return "\r\n".join(lines).encode("utf-8", "surrogateescape") + b"\r\n\r\n" + text.encode(charset)
