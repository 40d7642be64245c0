"""Rules and message templates that come with Kezhi (AUTO-2): apps name theirs, a new system gets them as rows."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from kezhi.access.models import Role
from kezhi.automation.definition import definition_json, read_definition
from kezhi.automation.models import MessageTemplate, Rule, RuleVersion
from kezhi.automation.texts import EPOCH
from kezhi.core import epochs
from kezhi.core.clock import now
from kezhi.records.registry import record_type


@dataclass(frozen=True, slots=True)
class ShippedRule:
    """A rule a new system gets: the parts of a definition; ``source`` is the requirement (``FUP-4``)."""

    key: str
    record_type: str
    zh: str
    en: str
    when: Mapping[str, Any]
    do: Sequence[Mapping[str, Any]]
    condition: Mapping[str, Any] = field(default_factory=dict)
    was: Mapping[str, Any] = field(default_factory=dict)
    source: str = ""
    about_zh: str = ""
    about_en: str = ""
    is_on: bool = True


@dataclass(frozen=True, slots=True)
class ShippedTemplate:
    """A message template a new system gets."""

    key: str
    record_type: str
    zh: str
    en: str
    title_zh: str
    title_en: str
    body_zh: str = ""
    body_en: str = ""


_rules: list[ShippedRule] = []
_templates: list[ShippedTemplate] = []


def register_rules(*rules: ShippedRule) -> None:
    """Add rules to what a new system gets."""
    _rules.extend(rules)


def register_templates(*templates: ShippedTemplate) -> None:
    """Add message templates to what a new system gets."""
    _templates.extend(templates)


def shipped_rules() -> tuple[ShippedRule, ...]:
    """Every shipped rule, for tests and documentation."""
    return tuple(_rules)


def _named_roles(shipped: ShippedRule) -> set[str]:
    """The roles whose people a rule means."""
    return set(re.findall(r'"role:([^"]+)"', json.dumps([shipped.condition, list(shipped.do)])))


@transaction.atomic
def install_rules() -> None:
    """Bring in shipped templates and rules that were never there; whatever an administrator changed stays.

    A rule for a role that an administrator removed is left out; it comes when the role is there again.
    """
    known_templates = set(MessageTemplate.objects.values_list("key", flat=True))
    MessageTemplate.objects.bulk_create(
        MessageTemplate(
            key=shipped.key,
            record_type=shipped.record_type,
            name_zh=shipped.zh,
            name_en=shipped.en,
            title_zh=shipped.title_zh,
            title_en=shipped.title_en,
            body_zh=shipped.body_zh,
            body_en=shipped.body_en,
            changed_at=now(),
        )
        for shipped in _templates
        if shipped.key not in known_templates
    )
    epochs.bump(EPOCH)
    known = set(Rule.objects.filter(shipped_key__isnull=False).values_list("shipped_key", flat=True))
    roles = set(Role.objects.values_list("key", flat=True))
    for position, shipped in enumerate(_rules):
        if shipped.key in known or _named_roles(shipped) - roles:
            continue
        definition: dict[str, Any] = {"when": shipped.when, "if": shipped.condition, "do": list(shipped.do)}
        if shipped.was:
            definition["was"] = shipped.was
        checked = definition_json(read_definition(definition, record_type(shipped.record_type)))
        rule = Rule.objects.create(
            shipped_key=shipped.key,
            record_type=shipped.record_type,
            name_zh=shipped.zh,
            name_en=shipped.en,
            about_zh=shipped.about_zh,
            about_en=shipped.about_en,
            source=shipped.source,
            is_on=shipped.is_on,
            turned_at=now(),
            position=position,
            created_at=now(),
        )
        rule.current = RuleVersion.objects.create(rule=rule, number=1, definition=checked, created_at=now())
        rule.save(update_fields=["current"])
    epochs.bump(EPOCH)
