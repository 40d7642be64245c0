"""Fields of plain values: text, numbers, money, days, moments, yes/no, links."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar
from urllib.parse import urlsplit

from django.utils.dateparse import parse_datetime
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from kezhi.core.clock import company_zone, local, now
from kezhi.core.conditions.operators import read_decimal
from kezhi.core.events import Json
from kezhi.core.values.dates import parse_date
from kezhi.core.values.money import format_money, parse_money
from kezhi.core.values.problem import ValueProblem
from kezhi.core.values.sensitive import find_sensitive
from kezhi.records.fields.base import MISSING, Field, ParseContext
from kezhi.ui import html

# Control characters but tab and new line, zero-width and direction characters, halves of characters.
_UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\u200b-\u200d\u2060\ufeff\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def clean_text(raw: object, *, multiline: bool) -> str:
    """Text without control, zero-width and direction characters; one line unless ``multiline``."""
    text = str(raw).replace("\r\n", "\n").replace("\r", "\n")
    if _UNWANTED.search(text):
        text = _UNWANTED.sub("", text)
    if not multiline:
        text = " ".join(text.split())
    return text.strip()


def refuse_structure(raw: object) -> None:
    """Raise where a list or an object was sent instead of a text."""
    if isinstance(raw, (Mapping, list, tuple, set)):
        raise ValueProblem("text.kind", _("应是一段文字"))


def refuse_sensitive(text: str, context: ParseContext) -> None:
    """Raise where a resident-ID or bank-card number stands in a text without consent (CUS-8)."""
    for found in find_sensitive(text):
        if found.kind in context.consents():
            continue
        if found.kind == "resident_id":
            raise ValueProblem(
                "sensitive.resident_id", _("含有身份证号。未取得客户同意前不能保存身份证号，请删去后再提交。")
            )
        raise ValueProblem("sensitive.bank_card", _("含有银行卡号。未取得客户同意前不能保存银行卡号，请删去后再提交。"))


@dataclass(frozen=True, kw_only=True)
class TextField(Field):
    """One line of text."""

    kind: ClassVar[str] = "text"

    multiline: ClassVar[bool] = False

    def clean(self, raw: Any, context: ParseContext) -> str | None:
        refuse_structure(raw)
        text = clean_text(raw, multiline=self.multiline)
        if len(text) > self.max_length:
            raise ValueProblem("text.long", _("最多 %(most)s 个字"), {"most": self.max_length})
        refuse_sensitive(text, context)
        return text or None


@dataclass(frozen=True, kw_only=True)
class LongTextField(TextField):
    """Several lines of text."""

    max_length: int = 10_000
    listed: bool = False

    kind: ClassVar[str] = "long_text"
    control: ClassVar[str] = "long_text"
    multiline: ClassVar[bool] = True

    def html(self, value: Any) -> SafeString:
        if not value:
            return MISSING
        return mark_safe(escape(value).replace("\n", "<br>"))  # noqa: S308 - escaped on this line


@dataclass(frozen=True, kw_only=True)
class UrlField(TextField):
    """A web address."""

    kind: ClassVar[str] = "url"
    control: ClassVar[str] = "url"

    def clean(self, raw: Any, context: ParseContext) -> str | None:
        text = super().clean(raw, context)
        if text is None:
            return None
        address = text if "://" in text else f"https://{text}"
        try:
            parts = urlsplit(address)
            host = parts.hostname or ""
        except ValueError:
            host, parts = "", urlsplit("")
        if parts.scheme not in ("http", "https") or "." not in host or " " in address:
            raise ValueProblem("url.syntax", _("网址不对，应像 https://example.com 这样"))
        return address

    def html(self, value: Any) -> SafeString:
        if not value:
            return MISSING
        return format_html('<a href="{}" rel="noopener noreferrer nofollow" target="_blank">{}</a>', value, value)


@dataclass(frozen=True, kw_only=True)
class NumberField(Field):
    """A decimal number. ``minimum`` and ``maximum`` are included."""

    minimum: Decimal | None = None
    maximum: Decimal | None = None
    places: int = 6

    kind: ClassVar[str] = "number"
    condition_kind: ClassVar[str] = "number"
    control: ClassVar[str] = "number"
    numeric: ClassVar[bool] = True
    custom_column: ClassVar[str] = "number"

    def blank(self) -> Any:
        return None

    def clean(self, raw: Any, context: ParseContext) -> Any:
        try:
            number = Decimal(str(raw).replace(",", "").replace("，", "").strip())
        except InvalidOperation:
            raise ValueProblem("number.syntax", _("请填写数字")) from None
        return self._within(number)

    def _within(self, number: Decimal) -> Decimal:
        if not number.is_finite() or abs(number) >= Decimal(10) ** 15:
            raise ValueProblem("number.size", _("数字太大"))
        if self.minimum is not None and number < self.minimum:
            raise ValueProblem("number.minimum", _("不能小于 %(least)s"), {"least": str(self.minimum)})
        if self.maximum is not None and number > self.maximum:
            raise ValueProblem("number.maximum", _("不能大于 %(most)s"), {"most": str(self.maximum)})
        return round(number, self.places)

    def text(self, value: Any) -> str:
        if value is None:
            return ""
        number = Decimal(str(value))
        return f"{number.normalize():,f}" if number != number.to_integral_value() else f"{int(number):,}"

    def plain(self, value: Any) -> Any:
        return value

    def form_value(self, value: Any) -> Any:
        return "" if value is None else f"{Decimal(str(value)).normalize():f}"

    def from_json(self, value: Json) -> Any:
        return None if value is None else Decimal(str(value))

    def schema(self) -> dict[str, Json]:
        return {"type": ["string", "number", "null"], "format": "decimal"}

    def read_operand(self, raw: object) -> object:
        return read_decimal(raw)

    def mirror(self, value: Any) -> list[dict[str, Any]]:
        return [{"number": value, "text": self.text(value)[:200]}]


@dataclass(frozen=True, kw_only=True)
class IntegerField(NumberField):
    """A whole number."""

    kind: ClassVar[str] = "integer"

    def clean(self, raw: Any, context: ParseContext) -> Any:
        number = super().clean(raw, context)
        if number != number.to_integral_value():
            raise ValueProblem("number.whole", _("请填写整数"))
        return int(number)

    def to_json(self, value: Any) -> Json:
        return None if value is None else int(value)

    def from_json(self, value: Json) -> Any:
        return None if value is None else int(str(value))

    def schema(self) -> dict[str, Json]:
        return {"type": ["integer", "null"]}


@dataclass(frozen=True, kw_only=True)
class RateField(NumberField):
    """A share between 0 and 1, shown as per cent; a whole number of per cent where ``stored_percent``."""

    stored_percent: bool = False

    kind: ClassVar[str] = "rate"

    def text(self, value: Any) -> str:
        if value is None:
            return ""
        percent = Decimal(str(value)) * (1 if self.stored_percent else 100)
        return f"{percent.normalize():f}%" if percent != percent.to_integral_value() else f"{int(percent)}%"

    def html(self, value: Any) -> SafeString:
        if value is None:
            return MISSING
        percent = int(Decimal(str(value)) * (1 if self.stored_percent else 100))
        return mark_safe(  # noqa: S308 - made of a number and of markup that escapes
            f'<span class="person"><span class="soft">{percent}%</span>{html.ring(percent, small=True)}</span>'
        )


@dataclass(frozen=True, kw_only=True)
class MoneyField(NumberField):
    """An amount in yuan; 50万 is understood (CUS-7)."""

    places: int = 2

    kind: ClassVar[str] = "money"
    control: ClassVar[str] = "money"

    def clean(self, raw: Any, context: ParseContext) -> Any:
        return self._within(parse_money(str(raw)))

    def text(self, value: Any) -> str:
        return "" if value is None else format_money(value)

    def read_operand(self, raw: object) -> object:
        return parse_money(str(raw))


@dataclass(frozen=True, kw_only=True)
class DateField(Field):
    """A day."""

    kind: ClassVar[str] = "date"
    condition_kind: ClassVar[str] = "date"
    control: ClassVar[str] = "date"
    custom_column: ClassVar[str] = "moment"

    def blank(self) -> Any:
        return None

    def clean(self, raw: Any, context: ParseContext) -> Any:
        return parse_date(raw)

    def text(self, value: Any) -> str:
        return "" if value is None else value.isoformat()

    def plain(self, value: Any) -> Any:
        return value

    def to_json(self, value: Any) -> Json:
        return None if value is None else value.isoformat()

    def from_json(self, value: Json) -> Any:
        return None if not value else date.fromisoformat(str(value))

    def schema(self) -> dict[str, Json]:
        return {"type": ["string", "null"], "format": "date"}

    def read_operand(self, raw: object) -> object:
        return parse_date(str(raw))

    def mirror(self, value: Any) -> list[dict[str, Any]]:
        moment = datetime(value.year, value.month, value.day, tzinfo=company_zone())
        return [{"moment": moment, "text": self.text(value)}]


@dataclass(frozen=True, kw_only=True)
class DateTimeField(DateField):
    """A moment, stored in UTC, typed and shown in the company's zone."""

    kind: ClassVar[str] = "datetime"
    condition_kind: ClassVar[str] = "datetime"
    control: ClassVar[str] = "datetime"

    def clean(self, raw: Any, context: ParseContext) -> Any:
        if isinstance(raw, datetime):
            moment = raw
        else:
            try:
                found = parse_datetime(str(raw).strip())
            except ValueError:
                found = None
            if found is None:
                day = parse_date(raw)
                found = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - given its zone below
            moment = found
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=company_zone())
        if not 1900 <= moment.year <= 2200:
            raise ValueProblem("date.range", _("日期不合理"))
        return moment.astimezone(UTC)

    def text(self, value: Any) -> str:
        return "" if value is None else local(value).strftime("%Y-%m-%d %H:%M")

    def plain(self, value: Any) -> Any:
        return None if value is None else local(value).replace(tzinfo=None)

    def operand_text(self, operand: object) -> str:
        """Conditions compare moments with days."""
        return self.text(operand) if isinstance(operand, datetime) else DateField.text(self, operand)

    def html(self, value: Any) -> SafeString:
        return html.when(value) if value is not None else MISSING

    def form_value(self, value: Any) -> Any:
        return "" if value is None else local(value).strftime("%Y-%m-%dT%H:%M")

    def from_json(self, value: Json) -> Any:
        return None if not value else datetime.fromisoformat(str(value))

    def schema(self) -> dict[str, Json]:
        return {"type": ["string", "null"], "format": "date-time"}

    def mirror(self, value: Any) -> list[dict[str, Any]]:
        return [{"moment": value, "text": self.text(value)}]


@dataclass(frozen=True, kw_only=True)
class ClockField(DateTimeField):
    """A moment something is planned for, shown as a clock: overdue, today, ahead or nothing planned."""

    def html(self, value: Any) -> SafeString:
        if value is None:
            return html.clock_chip("none", gettext("未安排"))
        moment, present = local(value), local(now())
        days = (moment.date() - present.date()).days
        if days == 0:
            return html.clock_chip("today" if moment >= present else "overdue", html.moment_words(value))
        if days < 0:
            late = ngettext("逾期 %(days)d 天", "逾期 %(days)d 天", -days) % {"days": -days}
            return html.clock_chip("overdue", late)
        return html.clock_chip("planned", html.day_words(moment.date(), present.date()))


_YES = {"true", "1", "yes", "y", "是", "有", "on", "√", "对"}  # zh-data
_NO = {"false", "0", "no", "n", "否", "无", "off", "×", "没有"}  # zh-data


@dataclass(frozen=True, kw_only=True)
class YesNoField(Field):
    """Yes or no."""

    kind: ClassVar[str] = "yes_no"
    condition_kind: ClassVar[str] = "yesno"
    control: ClassVar[str] = "yes_no"
    custom_column: ClassVar[str] = "number"

    def blank(self) -> Any:
        return False

    def clean(self, raw: Any, context: ParseContext) -> Any:
        if isinstance(raw, bool):
            return raw
        text = str(raw).strip().lower()
        if text in _YES:
            return True
        if text in _NO:
            return False
        raise ValueProblem("yes_no.syntax", _("请填“是”或“否”"))

    def text(self, value: Any) -> str:
        return "" if value is None else gettext("是") if value else gettext("否")

    def to_json(self, value: Any) -> Json:
        return None if value is None else bool(value)

    def schema(self) -> dict[str, Json]:
        return {"type": ["boolean", "null"]}

    def form_value(self, value: Any) -> Any:
        return value

    def mirror(self, value: Any) -> list[dict[str, Any]]:
        return [{"number": Decimal(int(bool(value))), "text": self.text(value)}]
