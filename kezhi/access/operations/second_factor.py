"""Setting the second factor up and off: authenticator, recovery codes, and an administrator's help (ORG-7)."""

from django.db import transaction
from django.utils.translation import gettext as _

from kezhi.access import kinds
from kezhi.access.actors import Actor, user_actor
from kezhi.access.factors import EPOCH, factors_of, must_have_factor
from kezhi.access.models import Passkey, RecoveryCode, SecondFactor, Session, User
from kezhi.access.operations.events import note
from kezhi.access.operations.problems import Refused
from kezhi.access.operations.users import require_keys_for
from kezhi.access.policies import require_area
from kezhi.access.second_factor import make_recovery_codes, matching_step
from kezhi.core import epochs
from kezhi.core.clock import now
from kezhi.core.events import ActorRef


@transaction.atomic
def turn_on_second_factor(user: User, secret: str, code: str, *, ref: ActorRef) -> list[str]:
    """Turn two-step sign-in on once the app shows the right code.

    Gives the recovery codes, shown once; none when a passkey was there before, since its codes still serve.

    Raises:
        Refused: the code is wrong.
    """
    step = matching_step(secret, code)
    if step is None:
        raise Refused({"code": _("验证码不对，请确认手机时间准确，再输入最新的 6 位数字。")})
    had_factor = factors_of(lock(user)).any
    SecondFactor.objects.update_or_create(
        user=user, defaults={"secret": secret, "confirmed_at": now(), "last_step": step}
    )
    epochs.bump(EPOCH)
    note(kinds.SECOND_FACTOR_ON, "user", user.pk, ref)
    return [] if had_factor else make_recovery_codes(user.pk)


@transaction.atomic
def turn_off_second_factor(user: User, *, ref: ActorRef) -> None:
    """Forget the authenticator's secret.

    Raises:
        Refused: it is the last factor and the company asks for one.
    """
    if not factors_of(lock(user)).authenticator:
        return
    SecondFactor.objects.filter(user=user).delete()
    note(kinds.SECOND_FACTOR_OFF, "user", user.pk, ref)
    after_removal(user)


@transaction.atomic
def renew_recovery_codes(user: User, *, ref: ActorRef) -> list[str]:
    """Make ten new recovery codes; the old ones are void.

    Raises:
        Refused: two-step sign-in is off.
    """
    if not factors_of(lock(user)).any:
        raise Refused({"": _("还没有开启两步验证。")})
    note(kinds.RECOVERY_CODES_MADE, "user", user.pk, ref)
    return make_recovery_codes(user.pk)


@transaction.atomic
def reset_second_factor(user: User, *, actor: Actor) -> None:
    """Help somebody who lost phone and codes: forget authenticator, passkeys and codes, and end the sessions.

    Raises:
        NotAllowed: also for somebody who may not give roles, about one who may.
        Refused: one's own are looked after on one's own page.
    """
    require_area(actor, "settings", "organisation")
    require_keys_for(user, actor)
    if user.pk == actor.user_id:
        raise Refused({"": _("自己的两步验证，请在“我的账号”里修改。")})
    lock(user)
    SecondFactor.objects.filter(user=user).delete()
    Passkey.objects.filter(user=user).delete()
    RecoveryCode.objects.filter(user=user).delete()
    Session.objects.filter(user=user).delete()
    epochs.bump(EPOCH)
    note(kinds.SECOND_FACTOR_RESET, "user", user.pk, actor.ref)


def lock(user: User) -> int:
    """Keep a second request about this user's factors waiting (inside a transaction); gives the user's id."""
    return User.objects.select_for_update().values_list("pk", flat=True).get(pk=user.pk)


def after_removal(user: User) -> None:
    """What follows when a factor is gone; part of an operation, whose transaction a refusal undoes.

    Raises:
        Refused: it was the last one and the company asks for one.
    """
    epochs.bump(EPOCH)
    if factors_of(user.pk).any:
        return
    if must_have_factor(user_actor(user.pk)):
        raise Refused({"": _("公司要求您开启两步验证，不能去掉最后一种方式。请先添加另一种，再删除这一种。")})
    RecoveryCode.objects.filter(user=user).delete()
