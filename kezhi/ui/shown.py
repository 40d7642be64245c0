"""Amounts, moments and days as people read them."""

import datetime as dt
from decimal import Decimal

from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext, gettext_noop

from kezhi.core.clock import local, now
from kezhi.ui.markup import esc

# Lists show hundreds of moments: only the word that is needed is translated.
_NEAR_DAYS = {
    -2: gettext_noop("前天"),
    -1: gettext_noop("昨天"),
    0: gettext_noop("今天"),
    1: gettext_noop("明天"),
    2: gettext_noop("后天"),
}
_WEEKDAYS = (
    gettext_noop("周一"),
    gettext_noop("周二"),
    gettext_noop("周三"),
    gettext_noop("周四"),
    gettext_noop("周五"),
    gettext_noop("周六"),
    gettext_noop("周日"),
)


def money(amount: Decimal | int | None) -> str:
    """¥1,234,567.00, without decimals when there are none; a dash when there is no amount."""
    if amount is None:
        return "—"
    value = Decimal(amount)
    shown = f"{abs(value):,.0f}" if value == value.to_integral_value() else f"{abs(value):,.2f}"
    return f"-¥{shown}" if value < 0 else f"¥{shown}"


def wan(amount: Decimal | int | None) -> str:
    """123.46万 in Chinese, ¥1.23M in English; small amounts in full."""
    if amount is None:
        return "—"
    value = Decimal(amount)
    if (get_language() or "zh").startswith("zh"):
        return f"¥{_trim(value / 10_000)}万" if abs(value) >= 10_000 else money(value)  # zh-data
    if abs(value) >= 1_000_000:
        return f"¥{_trim(value / 1_000_000)}M"
    return f"¥{_trim(value / 1_000)}K" if abs(value) >= 10_000 else money(value)


def _trim(value: Decimal) -> str:
    return f"{value:,.2f}".rstrip("0").rstrip(".")


def when(moment: dt.datetime | None, at: dt.datetime | None = None) -> SafeString:
    """A moment in words when it is near, its day when it is far; the exact time on hover. Kept fresh by the page."""
    if moment is None:
        return SafeString('<span class="faint">—</span>')
    here = local(moment)
    exact = f"{here:%Y-%m-%d} {weekday(here)} {here:%H:%M}"
    iso = moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    age = ((at or now()) - moment).total_seconds()
    fresh = " data-relative" if 0 <= age < 3600 else ""
    return SafeString(f'<time datetime="{iso}" title="{exact}"{fresh}>{esc(moment_words(moment, at))}</time>')


def moment_words(moment: dt.datetime, at: dt.datetime | None = None) -> str:
    """The words for a moment as seen ``at`` another (default: now), in the company's zone."""
    reference = at or now()
    seconds = (reference - moment).total_seconds()
    if 0 <= seconds < 60:
        return gettext("刚刚")
    if 0 <= seconds < 3600:
        return gettext("%(minutes)d 分钟前") % {"minutes": seconds // 60}
    here, there = local(moment), local(reference)
    days = (here.date() - there.date()).days
    if days in _NEAR_DAYS:
        return gettext("%(day)s %(time)s") % {"day": gettext(_NEAR_DAYS[days]), "time": f"{here:%H:%M}"}
    return f"{here:%m-%d %H:%M}" if here.year == there.year else f"{here:%Y-%m-%d}"


def day(value: dt.date | None, today: dt.date | None = None) -> SafeString:
    """A day: 今天, 明天, 11-26 this year, 2025-11-26 otherwise; the full day on hover."""
    if value is None:
        return SafeString('<span class="faint">—</span>')
    return SafeString(
        f'<time datetime="{value:%Y-%m-%d}" title="{value:%Y-%m-%d} {weekday(value)}">{day_words(value, today)}</time>'
    )


def day_words(value: dt.date, today: dt.date | None = None) -> str:
    """The words for a day as seen from another (default: today in the company's zone)."""
    reference = today or local(now()).date()
    days = (value - reference).days
    if days in _NEAR_DAYS and days != -2:
        return gettext(_NEAR_DAYS[days])
    return f"{value:%m-%d}" if value.year == reference.year else f"{value:%Y-%m-%d}"


def weekday(value: dt.date) -> str:
    """周日 / Sun."""
    return gettext(_WEEKDAYS[value.weekday()])
