"""Write the reference pages from the registries: ``python tools/reference.py [--check]`` (``make reference``).

``docs/figures.md``, ``docs/events.md`` and ``docs/field-types.md`` are written whole. In ``docs/record-types/<key>.md``
only what stands below the marker is; above it a person explains what the type is for.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable
from pathlib import Path

import django
from django.utils import translation

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
MARKER = "<!-- Below this line the page is written by `make reference`. -->"
WRITTEN = "<!-- This page is written by `make reference`. -->"

FIGURES_INTRO = """\
Numbers and times the company may change while people work, under 设置 Settings › 参数 Figures.
Code never holds them as constants."""

EVENTS_INTRO = """\
What happened, as the event log keeps it: written in the transaction that changed the rows, read by timeline, audit,
undo, rules and webhooks. Every event names its actor, the door it came through, every record concerned, and each
changed field before and after."""

FIELD_TYPES_INTRO = """\
Each type is one class that says how a value comes in (typed, imported, sent), is stored, compared, shown, masked and
sent out. Built-in and custom fields use the same ones."""


def main() -> int:
    """Write the pages, or with ``--check`` only say which would change (exit code 1)."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="change nothing, fail when a page is out of date")
    is_check = parser.parse_args().check
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kezhi.config.settings")
    django.setup()
    changed = [path for path, text in pages().items() if _read(path) != text]
    if is_check:
        for path in changed:
            print(f"{path.relative_to(ROOT)} is out of date, run: make reference")
        return 1 if changed else 0
    for path, text in pages().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    print(f"reference: {len(changed)} pages changed")
    return 0


def pages() -> dict[Path, str]:
    """Every reference page as it should be, by path."""
    from kezhi.records.registry import record_types

    types = sorted(record_types(), key=lambda known: known.key)
    result = {
        DOCS / "figures.md": figures_page(),
        DOCS / "events.md": events_page(),
        DOCS / "field-types.md": field_types_page(),
        DOCS / "record-types" / "README.md": record_types_page(types),
    }
    for known in types:
        path = DOCS / "record-types" / f"{known.key}.md"
        result[path] = record_type_page(known, _read(path))
    return result


# --- pages -----------------------------------------------------------------------------------------------------------


def figures_page() -> str:
    """One heading per figure: what it is, its default and range, where it comes from."""
    from kezhi.core.figures import figures

    lines = [
        "# Figures",
        "",
        WRITTEN,
        "",
        FIGURES_INTRO,
    ]
    area = ""
    for figure in figures():
        if figure.area != area:
            area = figure.area
            lines += ["", f"## {area}"]
        zh, en = both(figure.label)
        unit = _unit(both(figure.unit)[1])
        facts = [f"Default: `{figure.default}`{unit}"]
        if figure.minimum is not None or figure.maximum is not None:
            low, high = (("" if bound is None else f"`{bound}`") for bound in (figure.minimum, figure.maximum))
            facts.append(
                f"from {low} to {high}{unit}" if low and high else f"at least {low}" if low else f"at most {high}"
            )
        if figure.per_department:
            facts.append("may differ per department")
        if figure.source:
            facts.append(f"source {figure.source}")
        lines += ["", f"### {figure.key}", "", f"**{zh}** · {en}."]
        if figure.help:
            lines += ["", both(figure.help)[1]]
        lines += ["", "; ".join(facts) + "."]
    return _text(lines)


def events_page() -> str:
    """One heading per kind of event."""
    from kezhi.core.events import event_kinds

    lines = [
        "# Events",
        "",
        WRITTEN,
        "",
        EVENTS_INTRO,
    ]
    family = ""
    for kind in sorted(event_kinds().values(), key=lambda kind: (kind.family, kind.key)):
        if kind.family != family:
            family = kind.family
            lines += ["", f"## {family}"]
        zh, en = both(kind.label)
        lines += ["", f"### {kind.key}", "", f"{zh} · {en}."]
    return _text(lines)


def field_types_page() -> str:
    """One heading per field type."""
    from kezhi.records import fields

    lines = [
        "# Field types",
        "",
        WRITTEN,
        "",
        FIELD_TYPES_INTRO,
    ]
    classes = [getattr(fields, name) for name in fields.__all__]
    types = {known for known in classes if isinstance(known, type) and issubclass(known, fields.Field)} - {fields.Field}
    for known in sorted(types, key=lambda known: (known.kind, known.__name__)):
        lines += ["", f"### {known.kind}", "", _paragraph(known.__doc__)]
        lines += ["", f"Class `{known.__name__}`; in conditions it is a `{known.condition_kind}`."]
    return _text(lines)


def record_types_page(types: Iterable) -> str:
    """The list of record types."""
    lines = ["# Record types", "", WRITTEN, ""]
    for known in types:
        zh, en = both(known.label)
        lines.append(f"- [{zh} · {en}]({known.key}.md)")
    return _text(lines)


def record_type_page(known, present: str) -> str:
    """A page: a person's words above the marker, fields and rights below it."""
    zh, en = both(known.label)
    intro = present.partition(MARKER)[0].strip() if MARKER in present else f"# {zh} · {en}"
    if known.help and MARKER not in present:
        intro += f"\n\n{both(known.help)[1]}"
    groups = {group.key: both(group.label) for group in known.groups}
    lines = [intro, "", MARKER, "", "## Fields", ""]
    lines += ["| key | field | type | group | notes |", "|---|---|---|---|---|"]
    for field in known.fields:
        notes = [
            text
            for text, applies in (
                ("required", field.required),
                ("asked for at a follow-up", field.follow_up),
                ("unique", field.unique),
                ("personal", field.personal),
                ("leaves only with approval", field.personal_outside and not field.personal_outside_kinds),
                ("leaves only with approval, for persons", bool(field.personal_outside_kinds)),
                ("kept by the system", field.read_only),
                (f"completeness {field.weight}", field.weight),
                (
                    {"owner": "in full for the owner and those above", "masked": "masked", "hidden": "hidden"}.get(
                        field.level
                    ),
                    True,
                ),
            )
            if applies and text
        ]
        label_zh, label_en = both(field.label)
        group_zh, group_en = groups.get(field.group, ("", ""))
        lines.append(
            f"| `{field.key}` | {label_zh} · {label_en} | {field.kind} | {group_en or group_zh} | {'; '.join(notes)} |"
        )
    lines += ["", "## Rights", ""]
    lines.append("Roles can be granted: " + ", ".join(f"`{action}`" for action in known.all_actions) + ".")
    lines += ["", "## In the API", "", f"`/api/v1/{known.slug}/`; see [the API](../api.md)."]
    return _text(lines)


# --- words -----------------------------------------------------------------------------------------------------------


def both(text: object) -> tuple[str, str]:
    """A label in Chinese and in English."""
    with translation.override("zh-hans"):
        zh = str(text)
    with translation.override("en"):
        return zh, str(text)


def _unit(unit: str) -> str:
    return f" {unit}" if unit else ""


def _paragraph(docstring: str | None) -> str:
    return " ".join((docstring or "").strip().split("\n\n")[0].split())


def _text(lines: list[str]) -> str:
    return "\n".join(lines).strip() + "\n"


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


if __name__ == "__main__":
    sys.exit(main())
