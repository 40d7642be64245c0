"""The components as template tags (built in: no ``{% load %}``). What they draw is in ``kezhi.ui.html``."""

import datetime as dt
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import template
from django.contrib.messages.storage.base import Message
from django.forms import BaseForm, BoundField
from django.forms.widgets import CheckboxInput, CheckboxSelectMultiple, ClearableFileInput, RadioSelect, Select
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from kezhi.ui import html
from kezhi.ui.assets import asset_url
from kezhi.ui.parts import part
from kezhi.ui.toasts import Toast, as_toast

register = template.Library()

register.simple_tag(html.icon, name="icon")
register.simple_tag(html.logo, name="logo")
register.simple_tag(html.avatar, name="avatar")
register.simple_tag(html.person, name="person")
register.simple_tag(html.level_badge, name="level")
register.simple_tag(html.clock_chip, name="clock")
register.simple_tag(html.stamp, name="stamp")
register.simple_tag(html.count, name="count")
register.simple_tag(html.tag, name="tag")
register.simple_tag(html.masked, name="masked")
register.simple_tag(html.tabs, name="tabs")
register.simple_tag(html.steps, name="steps")
register.simple_tag(html.when, name="when")
register.simple_tag(html.day, name="day")


@register.simple_tag
def asset(name: str) -> str:
    """The address of a bundled file."""
    return asset_url(name)


@register.simple_tag
def dot() -> SafeString:
    """The separator between short facts."""
    return html.DOT


@register.simple_tag
def ring(percent: int, small: bool = False, label: str = "") -> SafeString:
    """Completeness 0–100."""
    return html.ring(percent, small=small, label=label)


@register.simple_tag
def badge(text: html.Text, tone: str = "", icon: str = "") -> SafeString:
    """A state in words."""
    return html.badge(text, tone, icon)


@register.simple_tag
def button(label: html.Text, **options: Any) -> SafeString:
    """A button or a link that looks like one; see ``html.button``. ``icon`` is the drawing's name."""
    return html.button(label, icon_name=options.pop("icon", ""), **options)


@register.simple_tag
def icon_button(name: str, label: html.Text, **options: Any) -> SafeString:
    """A button that shows only a drawing."""
    return html.icon_button(name, label, **options)


@register.filter
def money(value: Decimal | int | None) -> str:
    """¥1,234,567.00."""
    return html.money(value)


@register.filter
def wan(value: Decimal | int | None) -> str:
    """123.46万."""
    return html.wan(value)


@register.simple_tag
def crumb(label: html.Text, url: str = "") -> SafeString:
    """One part of the way here; without an address it is this page (and the page's heading)."""
    if url:
        return SafeString(f'<a href="{html.esc(url)}">{html.esc(label)}</a>{html.icon("right")}')
    return SafeString(f'<h1 aria-current="page">{html.esc(label)}</h1>')


@register.simple_block_tag
def notice(content: SafeString, tone: str = "info", title: html.Text = "", acts: html.Text = "") -> SafeString:
    """What happened and what to do."""
    return html.notice(tone, content, title, acts=acts)


@register.simple_block_tag(end_name="endentry")
def entry(
    content: SafeString,
    who: html.Text = "",
    kind: str = "ours",
    mark: str = "",
    at: dt.datetime | None = None,
    body: html.Text = "",
) -> SafeString:
    """A timeline entry; the block is its first line, ``body`` the words below."""
    return html.entry(content, body, who=who, kind=kind, mark=mark, at=html.when(at) if at else "")


@register.simple_tag
def empty_state(
    line: html.Text,
    text: html.Text = "",
    label: html.Text = "",
    href: str = "",
    manual_href: str = "",
    manual_label: html.Text = "",
    sheet: bool = False,
) -> SafeString:
    """An empty place: a line that is read, what belongs here, one button, a way into the manual."""
    acts = html.button(label, href=href, kind="action", sheet=sheet) if label else ""
    if manual_href:
        words = html.esc(manual_label or gettext("看手册"))
        acts = acts + f'<a class="link small" href="{html.esc(manual_href)}">{words}</a>'
    below = f'<div class="empty__acts">{acts}</div>' if acts else ""
    words = f"<p>{html.esc(text)}</p>" if text else ""
    return SafeString(f'<div class="empty"><p class="empty__line">{html.esc(line)}</p>{words}{below}</div>')


# Forms


@register.simple_tag
def field(bound: BoundField, **extra: Any) -> SafeString:
    """A whole form field: label, must, control, error, help. Other keywords become attributes of the control."""
    bare = bound.field.widget
    if isinstance(bare, CheckboxInput):
        return _checkbox(bound, extra)
    if isinstance(bare, RadioSelect | CheckboxSelectMultiple):
        return _choices(bound)
    return html.field_shell(
        bound.label,
        _control(bound, extra),
        id=bound.id_for_label or bound.auto_id,
        required=bound.field.required,
        help=bound.help_text,
        error=_first_error(bound),
    )


@register.simple_tag
def control(bound: BoundField, **extra: Any) -> SafeString:
    """Only the control, with the right class and the ids of its help and error."""
    return _control(bound, extra)


def _control(bound: BoundField, extra: Mapping[str, object]) -> SafeString:
    widget = bound.field.widget
    attrs: dict[str, Any] = {key.rstrip("_").replace("_", "-"): value for key, value in extra.items()}
    if isinstance(widget, RadioSelect | CheckboxSelectMultiple | CheckboxInput):
        attrs["class"] = "check"
    elif isinstance(widget, ClearableFileInput):
        attrs["class"] = "input input--file"
    else:
        attrs["class"] = f"{widget.attrs.get('class', '')} input".strip()
    identifier = bound.id_for_label or bound.auto_id
    described = [f"{identifier}-error"] if bound.errors else []
    if bound.help_text:
        described.append(f"{identifier}-help")
    if described:
        attrs["aria-describedby"] = " ".join(described)
    if bound.errors:
        attrs["aria-invalid"] = "true"
    # Long choice lists are searched; without scripts they stay plain selects.
    if isinstance(widget, Select) and not isinstance(widget, RadioSelect | CheckboxSelectMultiple):
        many = getattr(widget, "allow_multiple_selected", False) or len(getattr(widget, "choices", ())) > 12
        if many and "data-controller" not in attrs and "data-controller" not in widget.attrs:
            attrs["data-controller"] = "combobox"
    return SafeString(bound.as_widget(attrs=attrs))


def _first_error(bound: BoundField) -> str:
    return " ".join(str(error) for error in bound.errors)


def _checkbox(bound: BoundField, extra: Mapping[str, object]) -> SafeString:
    line = f'<label class="choice">{_control(bound, extra)} {html.esc(bound.label)}</label>'
    return SafeString(f'<div class="field">{line}{_below(bound)}</div>')


def _choices(bound: BoundField) -> SafeString:
    must = f' <span class="field__must">{gettext("必填")}</span>' if bound.field.required else ""
    legend = f'<legend class="field__label">{html.esc(bound.label)}{must}</legend>'
    options = "".join(
        f'<label class="choice">{option.tag(wrap_label=False)} {html.esc(option.choice_label)}</label>'
        for option in bound.subwidgets
    )
    return SafeString(
        f'<fieldset class="field field--choices" id="{html.esc(bound.auto_id)}" tabindex="-1">{legend}'
        f'<div class="field__choices">{options}</div>{_below(bound)}</fieldset>'
    )


def _below(bound: BoundField) -> str:
    identifier = html.esc(bound.auto_id)
    wrong, hint = _first_error(bound), bound.help_text
    parts = ""
    if wrong:
        parts = f'<p class="field__error" id="{identifier}-error">{html.icon("alert")}{html.esc(wrong)}</p>'
    if hint:
        parts += f'<p class="field__help" id="{identifier}-help">{html.esc(hint)}</p>'
    return parts


@register.simple_block_tag(end_name="endfield_shell")
def field_shell(
    content: SafeString,
    label: html.Text,
    id: str = "",
    required: bool = False,
    help: html.Text = "",
    error: html.Text = "",
) -> SafeString:
    """Label, help and error around a control of one's own."""
    return html.field_shell(label, content, id=id, required=required, help=help, error=error)


@register.simple_tag
def form_errors(form: BaseForm) -> SafeString:
    """What has to be changed, with a link to each place; empty when nothing is wrong. Takes the focus."""
    if not form.errors:
        return SafeString("")
    lines: list[str] = [f"<li>{html.esc(error)}</li>" for error in form.non_field_errors()]
    for bound in form:
        if bound.errors:
            target = html.esc(bound.id_for_label or bound.auto_id)
            words = f"{bound.label}: {_first_error(bound)}"
            lines.append(f'<li><a class="link" href="#{target}">{html.esc(words)}</a></li>')
    title = gettext("有 %(number)d 处需要改，其余都已保留") % {"number": len(lines)}
    return html.notice("danger", SafeString(f"<ul>{''.join(lines)}</ul>"), title, focus=True)


# Menus


@register.simple_block_tag(takes_context=True)
def menu(
    context: template.Context,
    content: SafeString,
    label: html.Text,
    icon: str = "",
    kind: str = "",
    size: str = "",
    only_icon: bool = False,
    key: str = "",
) -> SafeString:
    """A button and the menu it opens; works without scripts (popover)."""
    # A running number in the page keeps ids apart when a page has several menus.
    number: int = (context.render_context.get("ui_menu") or 0) + 1
    context.render_context["ui_menu"] = number
    identifier = f"menu-{html.esc(key) or number}"
    opens: dict[str, Any] = {
        "popovertarget": identifier,
        "style": f"anchor-name:--{identifier}",
        "data_menu_button": True,
        "aria_haspopup": "menu",
    }
    shown = (
        html.icon_button(icon, label, kind=kind or "plain", size=size, **opens)
        if only_icon
        else html.button(
            SafeString(f"{html.esc(label)}{html.icon('down')}"), icon_name=icon, kind=kind, size=size, **opens
        )
    )
    return SafeString(
        f'{shown}<div class="menu" id="{identifier}" popover role="menu" data-controller="menu" '
        f'style="position-anchor:--{identifier}" aria-label="{html.esc(label)}">{content}</div>'
    )


@register.simple_tag
def menu_item(
    label: html.Text,
    icon: str = "",
    href: str = "",
    danger: bool = False,
    why: html.Text = "",
    hint: html.Text = "",
    type: str = "button",
    sheet: bool = False,
    **extra: Any,
) -> SafeString:
    """One line of a menu; ``why`` turns it off and says why, ``hint`` is a key or a remark."""
    css = "menu__item menu__item--danger" if danger else "menu__item"
    inner = (html.icon(icon) if icon else "") + html.esc(label)
    if why:
        return SafeString(
            f'<button type="button" class="{css}" role="menuitem" aria-disabled="true">{inner}'
            f"<small>{html.esc(why)}</small></button>"
        )
    inner += f"<small>{html.esc(hint)}</small>" if hint else ""
    rest = (" data-sheet" if sheet else "") + html.attributes(extra)
    if href:
        return SafeString(f'<a class="{css}" role="menuitem" href="{html.esc(href)}"{rest}>{inner}</a>')
    return SafeString(f'<button type="{html.esc(type)}" class="{css}" role="menuitem"{rest}>{inner}</button>')


# Conditions


@register.inclusion_tag("ui/parts/condition.html")
def condition_editor(
    name: str, schema: Mapping[str, object], tree: object = None, id: str = "", count_url: str = ""
) -> dict[str, object]:
    """The editor for a condition; ``schema`` comes from ``kezhi.ui.conditions.editor_schema``."""
    identifier = id or f"condition-{name}"
    return {
        "name": name,
        "id": identifier,
        "count_url": count_url,
        "schema": _script_json(schema),
        "value": json.dumps(tree if tree not in (None, "") else {"all": []}, ensure_ascii=False, default=str),
    }


def _script_json(value: object) -> SafeString:
    raw = json.dumps(value, ensure_ascii=False, default=str)
    # Inside a script element only these could end it or open a comment.
    return SafeString(raw.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))


@register.simple_tag(takes_context=True)
def frame_part(context: template.Context, name: str) -> SafeString:
    """A piece of the frame, kept between requests."""
    request = context.get("request")
    path = request.get_full_path() if request is not None else "/"
    return part(name, context["frame"], str(context.get("csrf_token", "")), path)


@register.simple_tag
def toast_of(message: Message) -> Toast:
    """A waiting message as a toast."""
    return as_toast(message)
