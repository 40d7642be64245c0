"""Kinds of notices: what people choose channels for. Apps above register theirs."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kezhi.work.notices_channels import APP


@dataclass(frozen=True, slots=True)
class NoticeKind:
    """A kind of notice: what preferences are set for. ``channels`` are used by people who have not chosen any.

    ``urgent`` ones pass quiet hours and digests where the person lets them.
    """

    key: str
    label: str | Promise
    channels: tuple[str, ...] = (APP,)
    urgent: bool = False


_kinds: dict[str, NoticeKind] = {}


def register_notice_kind(kind: NoticeKind) -> NoticeKind:
    """Make a kind known; every kind is registered once.

    Raises:
        ValueError: another kind has this key.
    """
    if _kinds.get(kind.key, kind) != kind:
        raise ValueError(f"notice kind {kind.key!r} is registered twice")
    _kinds[kind.key] = kind
    return kind


def notice_kinds() -> list[NoticeKind]:
    """Every registered kind, in the order of registration."""
    return list(_kinds.values())


def find_notice_kind(key: str) -> NoticeKind | None:
    """The kind of this key, or None when no installed code knows it."""
    return _kinds.get(key)


for _kind in (
    NoticeKind("reminder", _("提醒"), (APP, "mail")),
    NoticeKind("assigned", _("分配给我"), (APP, "mail")),
    NoticeKind("approval", _("审批"), (APP, "mail")),
    NoticeKind("mention", _("提到我"), (APP,)),
    NoticeKind("report", _("报告"), (APP, "mail")),
    NoticeKind("system", _("系统"), (APP, "mail")),
):
    register_notice_kind(_kind)
