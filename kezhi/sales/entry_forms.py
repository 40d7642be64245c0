"""Entry pages as the public sees them: which fields, which language, and what keeps robots out (LEAD-1).

A page carries a signed token: when it was drawn, for which form, and a random number under which it is stored once.
With JavaScript the browser also does a small sum on the token. Without it, or where somebody was faster than people
type, the entries are shown once more and taken on the second post: slower, but nobody is refused.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core import signing
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kezhi.core import epochs
from kezhi.core.clock import now
from kezhi.core.figures import integer_figure
from kezhi.core.values.regions import provinces
from kezhi.records.fields import ChoiceField, Field
from kezhi.records.registry import record_type
from kezhi.sales.models import EntryForm

EPOCH = "entry_forms"
# A lead's fields a page may ask for, in the order offered. Owner, state and the like are never among them.
OFFERED = (
    "name",
    "contact_name",
    "position",
    "phone",
    "email",
    "wechat",
    "industry",
    "province",
    "city",
    "interest",
    "need",
    "budget",
    "expected_purchase_on",
)
_ASKED: dict[str, str | Promise] = {
    "name": _("企业名称"),
    "contact_name": _("您的姓名"),
    "need": _("您的需求"),
    "city": _("城市"),
    "expected_purchase_on": _("打算什么时候采购"),
}
HONEYPOT = "homepage"
WORK_BITS = 14
_SALT = "sales.entry_form"
_LANGUAGES = {"zh": "zh-hans", "zh-hans": "zh-hans", "en": "en"}


@dataclass(frozen=True, slots=True)
class Control:
    """One field of a page as its template shows it."""

    field: Field
    required: bool
    value: str = ""
    problem: str = ""

    @property
    def key(self) -> str:
        """The name it is posted under."""
        return self.field.key

    @property
    def label(self) -> str:
        """What the public is asked: inside words such as "lead" are none of theirs."""
        return str(_ASKED.get(self.key, self.field.label))

    @property
    def shape(self) -> str:
        """Which kind of control: text, tel, email, number, date, long, choice."""
        match self.field.kind:
            case "phone":
                return "tel"
            case "email":
                return "email"
            case "money":
                return "number"
            case "date":
                return "date"
            case "long_text":
                return "long"
            case "choice":
                return "choice"
        return "choice" if self.key == "province" else "text"

    @property
    def options(self) -> Sequence[tuple[str, str]]:
        """What may be chosen."""
        if self.key == "province":
            return [(name, name) for name in provinces()]
        if isinstance(self.field, ChoiceField):
            return [(row.value, row.label) for row in self.field.options() if row.is_active]
        return ()

    @property
    def autocomplete(self) -> str:
        """What the browser may fill in by itself."""
        return {
            "name": "organization",
            "contact_name": "name",
            "position": "organization-title",
            "phone": "tel",
            "email": "email",
            "province": "address-level1",
            "city": "address-level2",
        }.get(self.key, "off")


@dataclass(frozen=True, slots=True)
class PageToken:
    """What a drawn page carries. ``is_second``: the entries were shown once more before."""

    form_id: int
    nonce: str
    drawn_at: float
    is_second: bool = False

    @property
    def age(self) -> timedelta:
        """How long ago it was drawn."""
        return timedelta(seconds=max(0.0, now().timestamp() - self.drawn_at))

    def sign(self) -> str:
        """The token as the page carries it."""
        data = {"f": self.form_id, "n": self.nonce, "t": self.drawn_at, "s": int(self.is_second)}
        return signing.dumps(data, salt=_SALT, compress=False)


def new_token(form_id: int) -> PageToken:
    """The token of a page drawn now."""
    return PageToken(form_id, secrets.token_urlsafe(12), now().timestamp())


def read_token(text: str, form_id: int) -> PageToken | None:
    """The token a page came back with; None when it is forged, another page's or too old."""
    try:
        data = signing.loads(text[:600], salt=_SALT)
        token = PageToken(int(data["f"]), str(data["n"]), float(data["t"]), bool(data["s"]))
    except (signing.BadSignature, KeyError, TypeError, ValueError):
        return None
    oldest = timedelta(hours=integer_figure("sales.form_hours"))
    return token if token.form_id == form_id and token.age <= oldest else None


def is_worked(token: str, answer: str) -> bool:
    """Whether the browser did the sum: the hash of token and answer ends in so many zero bits."""
    if not answer.isascii() or not answer.isdecimal() or len(answer) > 12:
        return False
    return _fnv1a(f"{token}:{answer}") & ((1 << WORK_BITS) - 1) == 0


def find_form(token: str) -> EntryForm | None:
    """The form of an address if it is in use; from memory, whatever is asked for."""
    return epochs.cached(EPOCH, "active", _load).get(token)


def read_language(asked: str, accepted: str, known: str = "") -> str:
    """Django's language for what a link asks for, else what was chosen before, else what the browser prefers."""
    for wish in (asked, known):
        if wish.lower() in _LANGUAGES:
            return _LANGUAGES[wish.lower()]
    for part in accepted.split(","):
        short = part.partition(";")[0].strip().lower()[:2]
        if short in _LANGUAGES:
            return _LANGUAGES[short]
    return "zh-hans"


def controls_of(
    form: EntryForm, values: Mapping[str, str] | None = None, problems: Mapping[str, Any] | None = None
) -> list[Control]:
    """The page's fields in order, filled with what was typed; a field that is gone since is left out."""
    fields = record_type("lead").all_fields()
    values, problems = values or {}, problems or {}
    found = []
    for row in form.fields:
        known = fields.get(str(row.get("key")))
        if known is not None and known.key in OFFERED:
            key = known.key
            required = bool(row.get("required"))
            found.append(Control(known, required, values.get(key, ""), str(problems.get(key, ""))))
    return found


def offered_fields() -> list[Field]:
    """The fields a page may ask for, in the order offered."""
    fields = record_type("lead").all_fields()
    return [fields[key] for key in OFFERED if key in fields]


def short_language() -> str:
    """The reader's language as links name it: zh or en."""
    return "en" if (translation.get_language() or "").startswith("en") else "zh"


def _load() -> dict[str, EntryForm]:
    return {form.token: form for form in EntryForm.objects.filter(is_active=True).order_by("pk")}


def _fnv1a(text: str) -> int:
    value = 0x811C9DC5
    for byte in text.encode():
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return value
