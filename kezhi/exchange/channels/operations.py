"""What an administrator does with channels, and what a person says about being reached."""

import json
from collections.abc import Mapping

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from kezhi.access.actors import Actor
from kezhi.access.models import User
from kezhi.access.policies import NotAllowed, require_area
from kezhi.core import epochs
from kezhi.core.clock import now
from kezhi.core.events import EventDraft, Json, record_event
from kezhi.exchange import kinds
from kezhi.exchange.channels import mail, robots, sms
from kezhi.exchange.channels.letters import Letter
from kezhi.exchange.channels.setups import EPOCH, ServiceDown, Setup, note_failure, note_success, setup_of
from kezhi.exchange.faults import Fault
from kezhi.exchange.models import ChannelAddress, ChannelSetup

CHANNELS = (mail.KEY, *robots.PLATFORMS, "sms")


@transaction.atomic
def save_setup(
    key: str, *, is_on: bool, options: Mapping[str, Json], secrets: Mapping[str, str], actor: Actor
) -> ChannelSetup:
    """Set a channel up. A secret that is not given stays as it was; the log says which changed, never what to.

    Raises:
        NotAllowed: the actor may not look after channels.
    """
    require_area(actor, "settings", "channels")
    row = ChannelSetup.objects.select_for_update().filter(pk=key).first() or ChannelSetup(key=key)
    known: dict[str, str] = json.loads(row.secrets) if row.secrets else {}
    kept = {**known, **{name: value for name, value in secrets.items() if value}}
    changes: dict[str, tuple[Json, Json]] = {
        name: (row.options.get(name), options.get(name))
        for name in {**row.options, **options}
        if row.options.get(name) != options.get(name)
    }
    if row.is_on != is_on:
        changes["is_on"] = (row.is_on, is_on)
    replaced: list[Json] = [name for name in sorted(kept) if kept[name] != known.get(name)]
    row.is_on, row.options = is_on, dict(options)
    row.secrets = json.dumps(kept, ensure_ascii=False) if kept else ""
    row.down_since, row.problem_code, row.problem_values = None, "", {}
    row.changed_at, row.changed_by_id = now(), actor.user_id
    row.save()
    epochs.bump(EPOCH)
    facts: dict[str, Json] = {"channel": key, "secrets": replaced}
    record_event(EventDraft(kinds.CHANNEL_CHANGED.key, "channel", _number(key), actor.ref, changes, facts=facts))
    return row


def send_test(key: str, to: str, *, actor: Actor) -> str:
    """Send a test message through a channel as set up, switched on or not; gives what happened in words.

    Outside transactions; may take as long as the time limits allow.

    Raises:
        Fault: it did not arrive; the message says why.
    """
    require_area(actor, "settings", "channels")
    setup = setup_of(key)
    language = translation.get_language() or "zh-hans"
    stamp = f"test-{key}-{now():%Y%m%d%H%M%S%f}"
    words = _("这是一条测试消息，由%(name)s发送。收到它说明通道可用。") % {"name": actor.ref.label}
    try:
        if key == mail.KEY:
            letter = Letter(_("客至测试邮件"), (words,), language)
            mail.send_letter([to], letter, idempotency_key=stamp, setup=setup)
            answer = _("邮件服务器已接收，正在送往 %(to)s。几分钟内没有收到时，请看看垃圾邮件箱。") % {"to": to}
        elif key in robots.PLATFORMS:
            platform = robots.PLATFORMS[key]
            robots.send_to_robot(
                platform, setup.secrets.get("robot", ""), setup.secrets.get("secret", ""), words, mention=to
            )
            answer = _("%(platform)s已接收，请到群里看看。") % {"platform": platform.label}
        else:
            sms.send_text_message(to, _("测试"), setup, idempotency_key=stamp)
            answer = _("短信网关已接收，正在发往 %(to)s。") % {"to": to}
    except Fault as fault:
        # A wrong address says nothing about a mail server or gateway; of a robot it is the address that is set up.
        if setup.is_on and (isinstance(fault, ServiceDown) or key in robots.PLATFORMS):
            note_failure(key, fault)
        raise
    note_success(key)
    return answer


@transaction.atomic
def set_address(
    user_id: int, channel: str, *, handle: str, robot: str | None, secret: str | None, actor: Actor
) -> None:
    """Say where a robot platform reaches a person; oneself, or anybody for who looks after channels.

    ``robot`` and ``secret``: None keeps what is there, "" removes it.

    Raises:
        NotAllowed: it is somebody else.
        Fault: the robot's address is none of this platform.
    """
    if actor.user_id != user_id and not actor.allows("settings", "channels"):
        raise NotAllowed(subject="settings", action="channels")
    platform = robots.PLATFORMS[channel]
    user = User.objects.get(pk=user_id)
    row = ChannelAddress.objects.filter(user=user, channel=channel).first()
    kept_robot, kept_secret = (row.robot, row.secret) if row else ("", "")
    checked = kept_robot if robot is None else robots.check_robot(platform, robot) if robot else ""
    if handle or checked:
        values = {"handle": handle, "robot": checked, "secret": kept_secret if secret is None else secret}
        ChannelAddress.objects.update_or_create(user=user, channel=channel, defaults=values)
    else:
        ChannelAddress.objects.filter(user=user, channel=channel).delete()
    epochs.bump(EPOCH)
    facts: dict[str, Json] = {"channel": channel, "robot": bool(checked), "handle": bool(handle)}
    record_event(EventDraft(kinds.ADDRESS_CHANGED.key, "user", user_id, actor.ref, facts=facts))


def test_target(key: str, user: User) -> str:
    """To whom a test goes unless somebody else is named."""
    return {mail.KEY: user.email, "sms": user.mobile}.get(key, "")


def is_usable(setup: Setup) -> bool:
    """Whether a channel is on and has all it needs to send."""
    if setup.key == mail.KEY:
        return mail.is_set_up(setup)
    if setup.key == "sms":
        return sms.is_set_up(setup)
    return setup.is_on


def _number(key: str) -> int:
    """The log names records by number; a channel's is its place in the list."""
    return CHANNELS.index(key) + 1
