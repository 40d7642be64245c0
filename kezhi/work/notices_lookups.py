"""Whoever looks after roles hears that somebody asked for as many masked phones and mails as they may (ORG-4)."""

from django.utils import translation
from django.utils.translation import gettext as _

from kezhi.access.actors import Actor
from kezhi.access.lookups import when_used_up
from kezhi.access.models import User
from kezhi.work.notices import Notice, languages_of, notify


def _tell(actor: Actor) -> None:
    keepers = User.objects.filter(
        is_active=True, roles__grants__subject="settings", roles__grants__action="roles"
    ).values_list("pk", flat=True)
    notices = []
    for user_id, language in sorted(languages_of(set(keepers)).items()):
        with translation.override(language):
            notices.append(
                Notice(
                    kind="system",
                    user_id=user_id,
                    title=_("%(who)s 按隐去的电话或邮箱查找的次数用完了") % {"who": actor.rights.name},
                    why=_(
                        "短时间内查找了很多完整的电话或邮箱，可能在试出隐去的数字。请到审计核对，上限可以在“登录与安全”里调整。"
                    ),
                    url=f"/settings/audit/?person={actor.user_id}",
                    urgency="high",
                )
            )
    notify(notices, actor=actor)


when_used_up(_tell)
