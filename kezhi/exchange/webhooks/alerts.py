"""What people are told about webhooks and about personal data that is to leave."""

from collections.abc import Callable, Iterable

from django.utils import translation
from django.utils.translation import gettext as _

from kezhi.access.actors import Actor
from kezhi.access.models import User
from kezhi.exchange.faults import say
from kezhi.exchange.models import OutflowGrant, Subscription
from kezhi.work.notices import Notice, languages_of, notify

OUTFLOW = "outflow"


def tell_switched_off(subscription: Subscription, code: str, *, actor: Actor) -> None:
    """The owner and whoever looks after channels hear that a webhook was switched off."""

    def notice(user_id: int) -> Notice:
        return Notice(
            kind="system",
            user_id=user_id,
            title=_("Webhook“%(name)s”已停用") % {"name": subscription.name},
            why=say(code, {}),
            url=f"/settings/webhooks/{subscription.pk}/",
            urgency="high",
        )

    notify(_in_their_language({subscription.owner_id, *keepers()}, notice), actor=actor)


def tell_asked(grant: OutflowGrant, approver_ids: Iterable[int], *, actor: Actor) -> None:
    """The managers who may approve hear that they are asked."""

    def notice(user_id: int) -> Notice:
        words = _("%(who)s申请通过“%(name)s”把个人信息发往 %(where)s")
        return Notice(
            kind="approval",
            user_id=user_id,
            title=words % {"who": grant.asked_by.name, "name": grant.source_name, "where": grant.destination},
            why=grant.purpose,
            url=f"/settings/outflow/{grant.pk}/",
            source=(OUTFLOW, grant.pk),
            needs_action=True,
            act_label=_("查看并审批"),
            act_url=f"/settings/outflow/{grant.pk}/",
        )

    notify(_in_their_language(approver_ids, notice), actor=actor)


def tell_decided(grant: OutflowGrant, *, actor: Actor) -> None:
    """Whoever asked hears the answer."""

    def notice(user_id: int) -> Notice:
        words = _("个人信息外发申请：%(state)s（%(name)s）")
        return Notice(
            kind="approval",
            user_id=user_id,
            title=words % {"state": grant.get_state_display(), "name": grant.source_name},
            url=f"/settings/outflow/{grant.pk}/",
        )

    notify(_in_their_language([grant.asked_by_id], notice), actor=actor)


def keepers() -> list[int]:
    """The people who look after channels and webhooks."""
    rows = User.objects.filter(
        is_active=True, roles__grants__subject="settings", roles__grants__action="channels"
    ).distinct()
    return list(rows.values_list("pk", flat=True))


def _in_their_language(user_ids: Iterable[int], notice: Callable[[int], Notice]) -> list[Notice]:
    made = []
    for user_id, language in sorted(languages_of(set(user_ids)).items()):
        with translation.override(language):
            made.append(notice(user_id))
    return made
