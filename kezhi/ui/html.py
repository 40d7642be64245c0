"""Components as plain functions: escaped text in, ``SafeString`` out.

Hot paths (a list of fifty rows) call these; templates reach the same functions through the tags in
``templatetags/ui.py``. A value that is already a ``SafeString`` is put in as it is.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from django.utils.safestring import SafeString
from django.utils.translation import gettext

from kezhi.ui.markup import DOT, Text, attributes, esc, icon, logo
from kezhi.ui.shown import day, day_words, moment_words, money, wan, weekday, when

__all__ = [
    "CLOCK_STATES",
    "DOT",
    "Step",
    "Tab",
    "Text",
    "attributes",
    "avatar",
    "badge",
    "button",
    "clock_chip",
    "count",
    "day",
    "day_words",
    "entry",
    "esc",
    "field_shell",
    "icon",
    "icon_button",
    "initial",
    "level_badge",
    "logo",
    "masked",
    "moment_words",
    "money",
    "notice",
    "palette_item",
    "person",
    "ring",
    "stamp",
    "steps",
    "tabs",
    "tag",
    "wan",
    "weekday",
    "when",
]

CLOCK_STATES = frozenset({"overdue", "today", "planned", "none", "kept", "paused"})
# Below this completeness the ring is amber; the requirement's own figure decides what counts as complete.
_LOW_RING = 90


# Buttons


def button(
    label: Text,
    *,
    icon_name: str = "",
    kind: str = "",
    size: str = "",
    href: str = "",
    type: str = "button",
    why: Text = "",
    sheet: bool = False,
    **extra: object,
) -> SafeString:
    """A button, or a link that looks like one when it has an ``href``.

    ``kind`` is action, danger, destroy, plain or link; ``why`` turns it off and says why, in a whole sentence.
    """
    css = "btn" + "".join(f" btn--{esc(part)}" for part in (kind, size) if part) + _extra_class(extra)
    inner = (icon(icon_name) if icon_name else "") + esc(label)
    return _button(css, inner, href, type, why, sheet, extra)


def icon_button(
    name: str,
    label: Text,
    *,
    kind: str = "plain",
    size: str = "",
    href: str = "",
    type: str = "button",
    why: Text = "",
    sheet: bool = False,
    **extra: object,
) -> SafeString:
    """A button that shows only a drawing; its name is read out and shown on hover."""
    css = f"btn btn--icon btn--{esc(kind)}" + (f" btn--{esc(size)}" if size else "") + _extra_class(extra)
    named: dict[str, object] = {"aria_label": label, "title": label}
    return _button(css, icon(name), href, type, why, sheet, named | extra)


def _button(
    css: str, inner: str, href: str, type: str, why: Text, sheet: bool, extra: Mapping[str, object]
) -> SafeString:
    if why:
        reason = esc(why)
        return SafeString(
            f'<span class="btnwhy"><button type="button" class="{css}" aria-disabled="true"'
            f"{attributes(_without_acts(extra))}>{inner}</button>"
            f'<span class="btn__why">{reason}</span></span>'
        )
    opens = " data-sheet" if sheet else ""
    if href:
        return SafeString(f'<a class="{css}" href="{esc(href)}"{opens}{attributes(extra)}>{inner}</a>')
    return SafeString(f'<button type="{esc(type)}" class="{css}"{opens}{attributes(extra)}>{inner}</button>')


def _without_acts(extra: Mapping[str, object]) -> dict[str, object]:
    return {key: value for key, value in extra.items() if not key.startswith(("hx_", "form", "popovertarget"))}


def _extra_class(extra: dict[str, object]) -> str:
    name = extra.pop("class_", "") or extra.pop("class", "")
    return f" {esc(name)}" if name else ""


# People


@lru_cache(maxsize=4096)
def initial(name: str) -> str:
    """What stands for a person: the last character of a Chinese name, the initials of another."""
    clean = name.strip()
    if not clean:
        return "?"
    if any("\u3400" <= char <= "\u9fff" for char in clean):
        return clean[-1]
    words = clean.split()
    return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()


def avatar(name: Text, kind: str = "ours", size: str = "", *, away: bool = False) -> SafeString:
    """The chop of a person: ours square, a ``guest`` round, a ``rule`` a bolt; ``size`` is l or xl."""
    css = "avatar" + ("" if kind == "ours" else f" avatar--{esc(kind)}") + (f" avatar--{esc(size)}" if size else "")
    css += " avatar--away" if away else ""
    mark = icon("bolt") if kind == "rule" else esc(initial(str(name)))
    return SafeString(f'<span class="{css}" aria-hidden="true">{mark}</span>')


def person(name: Text, kind: str = "ours", *, away: bool = False, href: str = "") -> SafeString:
    """A person's chop and name."""
    shown = f'<a href="{esc(href)}">{esc(name)}</a>' if href else esc(name)
    return SafeString(f'<span class="person">{avatar(name, kind, away=away)}{shown}</span>')


# Small marks


def level_badge(label: Text, tone: str = "") -> SafeString:
    """A level as a small stamp; ``tone`` is vip, a, b or c."""
    css = f" level--{esc(tone)}" if tone else ""
    word = gettext("等级")
    return SafeString(f'<span class="level{css}"><span class="visually-hidden">{word} </span>{esc(label)}</span>')


def clock_chip(state: str, text: Text) -> SafeString:
    """An activity clock: overdue, today, planned, none, kept or paused, with its words."""
    if state not in CLOCK_STATES:
        raise ValueError(f"no such clock state: {state}")
    return SafeString(
        f'<span class="clock clock--{state}"><span class="clock__mark" aria-hidden="true"></span>{esc(text)}</span>'
    )


def ring(percent: int, *, small: bool = False, label: Text = "") -> SafeString:
    """Completeness 0–100 as a ring; a small ring stands beside its figure and is decoration."""
    value = max(0, min(100, int(percent)))
    css = ("ring ring--s" if small else "ring") + (" ring--low" if value < _LOW_RING else "")
    if small:
        return SafeString(f'<span class="{css}" style="--ring:{value}" aria-hidden="true"></span>')
    name = esc(label) if label else gettext("完整度 %(percent)s%%") % {"percent": value}
    return SafeString(f'<span class="{css}" style="--ring:{value}" role="img" aria-label="{name}">{value}</span>')


def badge(text: Text, tone: str = "", icon_name: str = "") -> SafeString:
    """A state in words; tones: done, info, warning, danger, outline."""
    css = f" badge--{esc(tone)}" if tone else ""
    return SafeString(f'<span class="badge{css}">{icon(icon_name) if icon_name else ""}{esc(text)}</span>')


def tag(text: Text, *, href: str = "", remove: Text = "", **extra: object) -> SafeString:
    """A tag; with ``remove`` (the button's name) it can be taken off: the other attributes go to that button."""
    shown = f'<a href="{esc(href)}">{esc(text)}</a>' if href else esc(text)
    off = ""
    if remove:
        off = f'<button type="button" aria-label="{esc(remove)}"{attributes(extra)}>{icon("x")}</button>'
    return SafeString(f'<span class="tag">{shown}{off}</span>')


def stamp(text: Text, tone: str = "") -> SafeString:
    """The outcome of an approval, set like a chop; tones: refused, waiting."""
    css = f" stamp--{esc(tone)}" if tone else ""
    return SafeString(f'<span class="stamp{css}">{esc(text)}</span>')


def count(number: int | Text, tone: str = "") -> SafeString:
    """A count; tones: alert, quiet."""
    css = f" count--{esc(tone)}" if tone else ""
    shown = f"{number:,}" if isinstance(number, int) else esc(number)
    return SafeString(f'<span class="count{css}">{shown}</span>')


def masked(text: Text, reveal_url: str = "", label: Text = "") -> SafeString:
    """A value that is hidden from this reader; with ``reveal_url`` a click shows it and is recorded."""
    if not reveal_url:
        return SafeString(f'<span class="mask">{esc(text)}</span>' if text else _locked(label))
    name = esc(label) if label else gettext("显示全部，会留下记录")
    return SafeString(
        f'<span class="mask" data-controller="reveal" data-reveal-url-value="{esc(reveal_url)}">'
        f'<span data-reveal-target="value" aria-live="polite">{esc(text)}</span>'
        f'<button type="button" class="btn btn--plain btn--icon btn--s" data-action="reveal#show" '
        f'data-reveal-target="button" aria-label="{name}" title="{name}">{icon("eye")}</button></span>'
    )


def _locked(label: Text) -> str:
    return f'<span class="mask">{icon("lock")}{esc(label) if label else gettext("您不能看这一项")}</span>'


def notice(tone: str, body: Text, title: Text = "", *, acts: Text = "", focus: bool = False) -> SafeString:
    """Says what happened and what to do; tones: info, warning, danger, done, plain."""
    marks = {"warning": "alert", "danger": "ban", "done": "check"}
    role = ' role="alert"' if tone == "danger" else ""
    head = f"<h2>{esc(title)}</h2>" if title else ""
    below = f'<div class="notice__acts">{esc(acts)}</div>' if acts else ""
    takes = ' tabindex="-1" autofocus' if focus else ""
    css = f" notice--{esc(tone)}" if tone != "info" else ""
    mark = icon(marks.get(tone, "info"))
    return SafeString(f'<div class="notice{css}"{role}{takes}>{mark}<div>{head}{esc(body)}{below}</div></div>')


def field_shell(
    label: Text, control: Text, *, id: str = "", required: bool = False, help: Text = "", error: Text = ""
) -> SafeString:
    """A label above, the control, the error and the help under it. Ids are ``id``, ``id-help``, ``id-error``."""
    must = f' <span class="field__must">{gettext("必填")}</span>' if required else ""
    wrong = ""
    if error:
        wrong = f'<p class="field__error" id="{esc(id)}-error">{icon("alert")}{esc(error)}</p>'
    hint = f'<p class="field__help" id="{esc(id)}-help">{esc(help)}</p>' if help else ""
    return SafeString(
        f'<div class="field"><label class="field__label" for="{esc(id)}">{esc(label)}{must}</label>'
        f"{esc(control)}{wrong}{hint}</div>"
    )


# Tabs, steps, timeline


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab: a place with a name, how many there are (None: not counted) and whether we are there."""

    label: Text
    url: str
    count: int | str | None = None
    current: bool = False


def tabs(items: Iterable[Tab], label: Text, end: Text = "") -> SafeString:
    """Tabs that are places: links in a navigation."""
    parts = []
    for item in items:
        here = ' aria-current="page"' if item.current else ""
        number = "" if item.count is None else " " + count(item.count)
        parts.append(f'<a class="tabs__tab" href="{esc(item.url)}"{here}>{esc(item.label)}{number}</a>')
    after = f'<span class="tabs__end">{esc(end)}</span>' if end else ""
    return SafeString(f'<nav class="tabs" aria-label="{esc(label)}">{"".join(parts)}{after}</nav>')


@dataclass(frozen=True, slots=True)
class Step:
    """One step of handling: state is done, now or ahead; ``when`` says until when or by whom."""

    title: Text
    state: str = "ahead"
    when: Text = ""
    body: Text = ""


def steps(items: Iterable[Step]) -> SafeString:
    """Numbered steps, done ones ticked."""
    parts = []
    for item in items:
        mark = icon("check") if item.state == "done" else ""
        here = ' aria-current="step"' if item.state == "now" else ""
        parts.append(
            f'<li class="step step--{esc(item.state)}"{here}><span class="step__mark" aria-hidden="true">{mark}</span>'
            f'<div><div class="step__head"><h2>{esc(item.title)}</h2>'
            f'<span class="step__when">{esc(item.when)}</span></div>'
            f'<div class="step__body">{esc(item.body)}</div></div></li>'
        )
    return SafeString(f'<ol class="steps">{"".join(parts)}</ol>')


def entry(
    head: Text, body: Text = "", *, who: Text = "", kind: str = "ours", mark: str = "", at: Text = ""
) -> SafeString:
    """One line of a timeline: a person's chop (``who``) or a drawing (``mark``), the head, the time, what was said."""
    sign = avatar(who, kind) if not mark else f'<span class="entry__mark">{icon(mark)}</span>'
    below = f'<div class="entry__body">{esc(body)}</div>' if body else ""
    return SafeString(f'<li class="entry">{sign}<div><p class="entry__head">{esc(head)}{esc(at)}</p>{below}</div></li>')


def palette_item(name: Text, href: str, *, icon_name: str, small: Text = "", end: Text = "") -> SafeString:
    """One thing found, as the palette and the search page list it; ``name`` may carry ``<mark>``."""
    sub = f"<small>{esc(small)}</small>" if small else ""
    last = f'<span class="palette__end">{esc(end)}</span>' if end else ""
    return SafeString(
        f'<a class="palette__item" role="option" aria-selected="false" tabindex="-1" href="{esc(href)}">'
        f'{icon(icon_name)}<span class="palette__name">{esc(name)}</span>{sub}{last}</a>'
    )
