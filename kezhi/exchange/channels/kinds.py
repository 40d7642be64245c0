"""The channels as ``kezhi.work.notices`` knows them: mail, the robots, SMS."""

from collections.abc import Callable
from dataclasses import replace

from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kezhi.access.models import User
from kezhi.core.clock import local
from kezhi.exchange.channels import mail, robots, sms
from kezhi.exchange.channels.letters import Letter, LetterLine
from kezhi.exchange.channels.setups import (
    AddressFault,
    ServiceDown,
    Setup,
    note_failure,
    note_success,
    personal_address,
    setup_of,
)
from kezhi.exchange.gate import mask_text
from kezhi.exchange.mailboxes.answers import NOTICE
from kezhi.exchange.mailboxes.answers import is_open as answers_decide
from kezhi.exchange.outgoing import AddressForbidden
from kezhi.records.leaving import mask_names, names_in
from kezhi.records.registry import find_record_type
from kezhi.work.notices_channels import AddressRefused, ChannelDown, Outgoing, OutgoingLine, register_channel

SMS = "sms"


class MailChannel:
    """Mail to the address of the user's account: whole words, since it reaches nobody else."""

    key = mail.KEY
    label: str | Promise = gettext_lazy("邮件")

    def is_ready(self) -> bool:
        return mail.is_set_up(setup_of(self.key))

    def address_of(self, user: User) -> str:
        return user.email

    def send(self, outgoing: Outgoing) -> None:
        letter, about = letter_of(outgoing), None
        if len(outgoing.lines) == 1 and (answers := outgoing.lines[0].answers) is not None:
            about = (NOTICE, answers)
            letter = replace(letter, hint=_answer_hint(outgoing.language))
        _told(lambda: mail.send_letter([outgoing.address], letter, idempotency_key=outgoing.key, about=about))


class RobotChannel:
    """A robot: of a group of the person's own, or the company's with the person mentioned.

    What it says passes through another company's servers, maybe before a whole group: numbers and addresses in it are
    masked, and so are names of persons (AUTO-9).
    """

    def __init__(self, platform: robots.Platform) -> None:
        self.platform = platform
        self.key = platform.key
        self.label: str | Promise = platform.label

    def is_ready(self) -> bool:
        return setup_of(self.key).is_on

    def address_of(self, user: User) -> str:
        """A word for the log, never the robot's address: that is a secret, looked up again when sending."""
        own = personal_address(self.key, user.pk)
        if own is not None and own.robot:
            return _("自己的机器人")
        return self._mention(user.pk, user.mobile) if setup_of(self.key).secrets.get("robot") else ""

    def send(self, outgoing: Outgoing) -> None:
        setup = setup_of(self.key)
        own = personal_address(self.key, outgoing.user_id)
        text = text_of(outgoing)
        if own is not None and own.robot:
            # A person's own robot being wrong says nothing about the channel.
            _told(lambda: robots.send_to_robot(self.platform, own.robot, own.secret, text))
            return
        robot, secret = setup.secrets.get("robot", ""), setup.secrets.get("secret", "")
        if not setup.is_on or not robot:
            raise ChannelDown(ServiceDown("channel.off").message)
        _told(lambda: self._to_group(robot, secret, text, outgoing.address))

    def _to_group(self, robot: str, secret: str, text: str, mention: str) -> None:
        try:
            robots.send_to_robot(self.platform, robot, secret, text, mention=mention)
        except (AddressFault, AddressForbidden) as fault:
            # The group's robot refusing means that nobody is reached through it.
            down = ServiceDown(fault.code, **fault.values)
            note_failure(self.key, down)
            raise down from fault
        except ServiceDown as fault:
            note_failure(self.key, fault)
            raise
        note_success(self.key)

    def _mention(self, user_id: int, mobile: str) -> str:
        own = personal_address(self.key, user_id)
        if own is not None and own.handle:
            return own.handle
        return "" if self.key == "feishu" else mobile


class SmsChannel:
    """A text message to the user's mobile: the title only, masked."""

    key = SMS
    label: str | Promise = gettext_lazy("短信")

    def is_ready(self) -> bool:
        return sms.is_set_up(setup_of(self.key))

    def address_of(self, user: User) -> str:
        return user.mobile

    def send(self, outgoing: Outgoing) -> None:
        setup = setup_of(self.key)
        if not self.is_ready():
            raise ChannelDown(ServiceDown("channel.off").message)
        _told(lambda: self._through_gateway(outgoing, setup))

    def _through_gateway(self, outgoing: Outgoing, setup: Setup) -> None:
        try:
            title = _masked(outgoing.subject, outgoing.lines[0])
            sms.send_text_message(outgoing.address, title, setup, idempotency_key=outgoing.key)
        except ServiceDown as fault:
            note_failure(self.key, fault)
            raise
        note_success(self.key)


def letter_of(outgoing: Outgoing) -> Letter:
    """A notification or digest as a mail."""
    with translation.override(outgoing.language):
        lines = tuple(
            LetterLine(
                line.title,
                line.why,
                _whole(line.url),
                line.act_label,
                _whole(line.act_url),
                local(line.due_at).strftime("%Y-%m-%d %H:%M") if line.due_at else "",
                line.more_label,
                _whole(line.more_url),
            )
            for line in outgoing.lines
        )
    return Letter(outgoing.subject, (), outgoing.language, lines=lines, inbox_url=_whole(outgoing.inbox_url))


def _answer_hint(language: str) -> str:
    if not answers_decide():
        return ""
    with translation.override(language):
        return _("也可以直接回复这封邮件：第一行只写“同意”，或写“驳回”加原因。")


def text_of(outgoing: Outgoing) -> str:
    """A notification or digest as a robot says it, masked."""
    with translation.override(outgoing.language):
        parts = [mask_text(outgoing.subject)] if outgoing.is_digest else []  # a digest's subject is a count
        for number, line in enumerate(outgoing.lines, start=1):
            parts.append(_said(line, f"{number}. " if outgoing.is_digest else ""))
        if outgoing.is_digest and (inbox := _whole(outgoing.inbox_url)):
            parts.append(inbox)
    return "\n".join(parts)


def _said(line: OutgoingLine, number: str) -> str:
    parts = [f"{number}{_masked(line.title, line)}"]
    if line.due_at is not None:
        parts.append(_("期限：%(due)s") % {"due": local(line.due_at).strftime("%Y-%m-%d %H:%M")})
    if line.why:
        parts.append(_masked(line.why, line))
    if url := _whole(line.url):
        parts.append(url)
    if line.more_label and (more := _whole(line.more_url)):
        parts.append(_("%(what)s：%(url)s") % {"what": line.more_label, "url": more})
    return "\n".join(parts)


def _masked(text: str, line: OutgoingLine) -> str:
    """A text without numbers and addresses, and without the names of persons its record knows."""
    known = find_record_type(line.about[0]) if line.about else None
    if known is not None and line.about is not None:
        rows = known.model.objects.ungated("names to mask").select_related(*known.related_load)
        record = rows.filter(pk=line.about[1]).first()
        if record is not None:
            text = mask_names(text, names_in(known, record))
    return mask_text(text)


def _whole(url: str) -> str:
    """A whole address, or nothing: a bare path leads nowhere outside the app."""
    return url if url.startswith(("https://", "http://")) else ""


def _told(send: Callable[[], object]) -> None:
    try:
        send()
    except (AddressFault, AddressForbidden) as fault:
        raise AddressRefused(fault.message) from fault
    except ServiceDown as fault:
        raise ChannelDown(fault.message) from fault


register_channel(MailChannel(), order=10)
for _order, _platform in enumerate(robots.PLATFORMS.values(), start=20):
    register_channel(RobotChannel(_platform), order=_order)
register_channel(SmsChannel(), order=40)
