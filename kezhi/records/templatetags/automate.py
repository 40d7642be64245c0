"""The way from any button to a rule that does it by itself."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from kezhi.ui.context import address
from kezhi.ui.templatetags.ui import icon_button, menu_item

register = template.Library()


@register.simple_tag(takes_context=True)
def automate(context: Mapping[str, Any], record_type: str, on: str, **given: str) -> SafeString:
    """A bolt beside an act of a page: a new rule with its trigger filled in, for those who write rules.

    ``on`` is how the rule starts (changed, event, webhook …). ``given`` fills in more: the ``field`` that changes with
    the ``value`` it takes, the ``event`` with one ``fact`` and its ``fact_value``, the ``endpoint`` of a webhook.
    """
    url = _url(context, record_type, on, given)
    return icon_button("bolt", gettext("为这件事写一条规则"), href=url, sheet=True) if url else SafeString("")


@register.simple_tag(takes_context=True)
def automate_item(context: Mapping[str, Any], label: str, record_type: str, on: str, **given: str) -> SafeString:
    """The same as an entry of a menu, which says itself what starts the rule."""
    url = _url(context, record_type, on, given)
    return menu_item(label, icon="bolt", href=url, sheet=True) if url else SafeString("")


def _url(context: Mapping[str, Any], record_type: str, on: str, given: Mapping[str, str]) -> str:
    actor = getattr(context.get("request"), "actor", None)
    place = address("automation:rule_new") if actor is not None and actor.allows("automation", "edit") else ""
    if not place or not record_type:
        return ""
    filled = {key: str(value) for key, value in given.items() if value not in (None, "")}
    if known := filled.pop("fact_value", ""):
        filled["fact"] = f"{filled.get('fact', '')}:{known}"
    return f"{place}?{urlencode({'record_type': record_type, 'on': on, **filled})}"
