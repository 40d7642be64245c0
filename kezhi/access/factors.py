"""Who has a second factor, who must have one, and how somebody signed in, in words (ORG-7)."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kezhi.access import figures
from kezhi.access.actors import Actor
from kezhi.access.models import Passkey, SecondFactor
from kezhi.access.subjects import Text
from kezhi.core import epochs
from kezhi.core.figures import boolean_figure

EPOCH = "access.factors"

METHODS: dict[str, Text] = {
    "password": gettext_lazy("密码"),
    "code": gettext_lazy("验证码"),
    "recovery": gettext_lazy("恢复码"),
    "passkey": gettext_lazy("通行密钥"),
    "sso": gettext_lazy("单点登录"),
}


@dataclass(frozen=True, slots=True)
class Factors:
    """What follows somebody's password: an authenticator app, passkeys, either of them."""

    authenticator: bool
    passkeys: int

    @property
    def any(self) -> bool:
        """Whether the password alone is not enough."""
        return self.authenticator or self.passkeys > 0


def factors_of(user_id: int) -> Factors:
    """What somebody has set up, as it is in the database now."""
    return Factors(
        SecondFactor.objects.filter(user_id=user_id, confirmed_at__isnull=False).exists(),
        Passkey.objects.filter(user_id=user_id).count(),
    )


def must_have_factor(actor: Actor) -> bool:
    """Whether the company asks this person for a second factor."""
    if boolean_figure(figures.SECOND_FACTOR_FOR_ALL.key):
        return True
    return boolean_figure(figures.SECOND_FACTOR_FOR_KEEPERS.key) and actor.allows("settings", "roles")


def lacks_factor(actor: Actor) -> bool:
    """Whether somebody must set a second factor up before going on; asked at every page, so remembered."""
    user_id = actor.user_id
    if user_id is None or not must_have_factor(actor):
        return False
    return not epochs.cached(EPOCH, user_id, lambda: factors_of(user_id)).any


def method_words(method: str) -> str:
    """ "密码 + 验证码" out of how a session was opened; "" for one that does not say."""
    return _(" + ").join(str(METHODS[part]) for part in method.split("+") if part in METHODS)
