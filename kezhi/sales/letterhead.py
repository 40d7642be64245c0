"""The company as its papers name it (SAL-4)."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kezhi.access.actors import Actor
from kezhi.access.policies import require_area
from kezhi.core import epochs
from kezhi.core.clock import now
from kezhi.core.events import EventDraft, EventKind, record_event, register_event_kind
from kezhi.core.figures import text_figure
from kezhi.sales.models import Letterhead

EPOCH = "letterhead"
LARGEST_LOGO = 200 * 1024
LETTERHEAD_CHANGED = EventKind(
    "sales.letterhead_changed", gettext_lazy("改了报价信头"), icon="settings", family="settings"
)
register_event_kind(LETTERHEAD_CHANGED)

TEXTS = (
    "name_zh",
    "name_en",
    "address_zh",
    "address_en",
    "phone",
    "email",
    "website",
    "tax_number",
    "bank_zh",
    "bank_en",
    "bank_account",
    "terms_zh",
    "terms_en",
)
_PICTURES = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpg"}


@dataclass(frozen=True, slots=True)
class Company:
    """The company in one language: its name, short facts about it, its bank, its usual terms, its logo's bytes."""

    name: str
    lines: Sequence[str]
    bank: Sequence[str]
    terms: str
    logo: bytes


def letterhead() -> Letterhead:
    """The one row, or an empty one that is not stored yet."""
    return Letterhead.objects.order_by("pk").first() or Letterhead()


def company_of(language: str) -> Company:
    """The company in the language of a paper; read once, dropped as soon as an administrator changes it."""
    return epochs.cached(EPOCH, ("company", language), lambda: _load(language))


@transaction.atomic
def save_letterhead(
    values: dict[str, str], *, actor: Actor, logo: bytes | None = None, drop_logo: bool = False
) -> None:
    """Store what the papers say about the company.

    Raises:
        NotAllowed: not the actor's to change.
        ValidationError: the logo is no PNG or JPEG picture, or too large.
    """
    require_area(actor, "settings", "figures")
    row = letterhead()
    for key in TEXTS:
        field = Letterhead._meta.get_field(key)
        setattr(row, key, values.get(key, "").strip()[: getattr(field, "max_length", None) or 4000])
    if logo is not None:
        row.logo, row.logo_kind = logo, _picture_kind(logo)
    elif drop_logo:
        row.logo, row.logo_kind = None, ""
    row.changed_at = now()
    row.save()
    epochs.bump(EPOCH)
    draft = EventDraft(kind=LETTERHEAD_CHANGED.key, record_type="letterhead", record_id=row.pk, actor=actor.ref)
    record_event(draft)


def _picture_kind(logo: bytes) -> str:
    if len(logo) > LARGEST_LOGO:
        raise ValidationError({"logo": _("图片不能超过 200 KB")})
    for start, kind in _PICTURES.items():
        if logo.startswith(start):
            return kind
    raise ValidationError({"logo": _("请上传 PNG 或 JPG 图片")})


def _load(language: str) -> Company:
    row = letterhead()
    english = language == "en"
    name = (row.name_en if english else row.name_zh) or row.name_zh or row.name_en or text_figure("company.name")
    address = (row.address_en if english else row.address_zh) or row.address_zh
    bank = (row.bank_en if english else row.bank_zh) or row.bank_zh
    lines = [part for part in (address, row.phone, row.email, row.website) if part]
    account = [part for part in (bank, row.bank_account) if part]
    if account:
        account = [name, *account]
    if row.tax_number:
        label = "VAT No. " if english else _("税号") + " "
        account.append(f"{label}{row.tax_number}")
    terms = (row.terms_en if english else row.terms_zh) or (row.terms_zh if not english else "")
    return Company(name, lines, account, terms, bytes(row.logo) if row.logo else b"")
