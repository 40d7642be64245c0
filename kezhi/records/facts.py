"""The facts of a record: its values with their names, as one viewer may see and change them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext

from kezhi.records.fields import Field
from kezhi.records.forms import may_edit
from kezhi.records.presenting import HIDDEN, MASKED, Presenter
from kezhi.ui import html


@dataclass(frozen=True, slots=True)
class Fact:
    """One value of the record with its name and what may be done with it."""

    key: str
    label: str
    html: SafeString
    is_missing: bool
    edit_url: str = ""
    reveal_url: str = ""
    is_wide: bool = False
    is_asked_for: bool = False

    @property
    def row(self) -> SafeString:
        """The fact as the page shows it; in Python, since a page has some forty of them."""
        css = " fact--missing" if self.is_missing and self.is_asked_for else ""
        css += " fact--wide" if self.is_wide and not self.is_missing else ""
        edit = f' data-edit="{self.edit_url}" tabindex="-1"' if self.edit_url else ""
        label = html.esc(self.label)
        shown = html.esc(gettext("未填")) if self.is_missing and self.is_asked_for else self.html
        acts = ""
        if self.reveal_url:
            acts += reveal_link(self.reveal_url, self.label)
        if self.edit_url:
            name = html.esc(gettext("修改%(field)s") % {"field": self.label})
            acts += (
                f'<a class="fact__edit" href="{self.edit_url}" data-edit-button aria-label="{name}">'
                f"{html.icon('edit')}</a>"
            )
        return SafeString(
            f'<div class="fact{css}" id="fact-{self.key}"{edit}><dt>{label}</dt><dd>{shown}{acts}</dd></div>'
        )


@dataclass(frozen=True, slots=True)
class FactGroup:
    """Facts under a heading; ``empty`` are those without a value that nobody asks for."""

    key: str
    label: str
    facts: Sequence[Fact]
    empty: Sequence[Fact] = ()

    @property
    def rows(self) -> SafeString:
        """The facts, ready for the page."""
        return SafeString("".join(fact.row for fact in self.facts))

    @property
    def empty_rows(self) -> SafeString:
        """The empty facts, ready for the page."""
        return SafeString("".join(fact.row for fact in self.empty))


def reveal_link(url: str, label: str) -> SafeString:
    """The eye that leads to a masked value, by way of the reason for looking."""
    name = html.esc(gettext("查看完整的%(field)s，会留下记录") % {"field": label})
    return SafeString(
        f'<a class="fact__reveal" href="{url}" data-sheet aria-label="{name}" title="{name}">{html.icon("eye")}</a>'
    )


def reveal_url(presenter: Presenter, record: Any, key: str) -> str:
    """Where a masked value is revealed to those who may, with a reason; "" for everybody else and for other values."""
    known = presenter.record_type
    shown = presenter.fields[key]
    if presenter.state(record, key) != MASKED or shown.is_empty(shown.get(record)):
        return ""
    if not known.policy.allows(presenter.actor, "reveal", record):
        return ""
    return f"/{known.slug}/{record.pk}/fields/{key}/reveal/"


def fact_groups(presenter: Presenter, record: Any) -> list[FactGroup]:
    """The facts of a record in the type's groups, as the actor may see them."""
    known = presenter.record_type
    labels = {group.key: str(group.label) for group in known.groups}
    by_group: dict[str, list[Fact]] = {key: [] for key in labels}
    kind = getattr(record, "kind", "")
    skipped = {known.title_field, "number"}
    for shown in presenter.visible_fields():
        if shown.key in skipped or (shown.for_kinds and kind not in shown.for_kinds):
            continue
        fact = make_fact(presenter, record, shown.key)
        if fact.is_missing and not fact.edit_url and not fact.is_asked_for:
            continue
        by_group.setdefault(shown.group, []).append(fact)
    groups = []
    for key, facts in by_group.items():
        wanted = [fact for fact in facts if not fact.is_missing or fact.is_asked_for]
        empty = [fact for fact in facts if fact.is_missing and not fact.is_asked_for]
        if facts:
            groups.append(FactGroup(key, labels.get(key, gettext("其他")), wanted, empty))
    return groups


def make_fact(presenter: Presenter, record: Any, key: str) -> Fact:
    """One fact of a record; a masked value can be revealed by those who may, with a reason."""
    known = presenter.record_type
    shown = presenter.fields[key]
    is_empty = shown.is_empty(shown.get(record))
    is_editable = may_edit(known, record, key, presenter.actor)
    # Forty addresses a page: the pattern of records:record_field, written out.
    edit_url = f"/{known.slug}/{record.pk}/fields/{key}/" if is_editable else ""
    return Fact(
        key=key,
        label=str(shown.label),
        html=presenter.html(record, key),
        is_missing=is_empty and not isinstance(shown.get(record), bool),
        edit_url=edit_url,
        reveal_url=reveal_url(presenter, record, key),
        is_wide=shown.kind == "long_text",
        is_asked_for=bool(shown.weight or shown.required or shown.follow_up),
    )


def missing_facts(presenter: Presenter, record: Any, fields: Sequence[Field]) -> list[Fact]:
    """The facts that are still to be filled, the weightiest first."""
    ordered = sorted(fields, key=lambda known: -known.weight)
    shown = [known.key for known in ordered if presenter.state(record, known.key) != HIDDEN]
    return [make_fact(presenter, record, key) for key in shown]
