"""The parameters of an action as a form, and what was typed back as JSON."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext

from kezhi.access.actors import Actor
from kezhi.automation.actions.base import Action, Param
from kezhi.automation.models import MessageTemplate
from kezhi.automation.people import people_choices
from kezhi.automation.spans import UNITS
from kezhi.automation.texts import place_choices
from kezhi.core.figures import integer_figure
from kezhi.records.fields import Field, RecordField
from kezhi.records.listing.schema import list_schema
from kezhi.records.registry import RecordType, find_record_type, record_types

_SPARE_CASES = 1


@dataclass(slots=True)
class Control:
    """One parameter as the form shows it; ``kind`` names the template's part."""

    key: str
    label: str
    kind: str
    help: str = ""
    required: bool = False
    value: Any = None
    options: Sequence[tuple[str, str]] = ()
    groups: Sequence[tuple[str, str, list[tuple[str, str]]]] = ()
    rows: Sequence[Any] = ()
    problem: str = ""
    multiple: bool = False


@dataclass(slots=True)
class Case:
    """A line of a table of cases."""

    number: int
    tree: Any = None
    people: Sequence[str] = field(default_factory=tuple)


def controls_for(action: Action, params: Mapping[str, Any], record_type: RecordType) -> list[Control]:
    """The form of an action's parameters, filled with what is known."""
    return [_control(param, params, record_type) for param in action.params]


def read_controls(action: Action, given: QueryDict, record_type: RecordType) -> dict[str, Any]:
    """What was typed, as raw JSON for the definition; checked when it is read."""
    result: dict[str, Any] = {}
    for param in action.params:
        value = _read(param, given, record_type)
        if value not in (None, "", [], {}):
            result[param.key] = value
    return result


def condition_schema(record_type: RecordType, reader: Actor) -> dict[str, object]:
    """What the condition editor offers for rules: every field there is."""
    return list_schema(record_type, reader)


def unit_options() -> list[tuple[str, str]]:
    """The units of a span."""
    return [(key, str(label)) for key, label in UNITS.items()]


def writable_fields(record_type: RecordType) -> list[tuple[str, str]]:
    """The fields a rule may set."""
    return [
        (known.key, str(known.label))
        for known in record_type.all_fields().values()
        if not (known.read_only and known.custom_id is None) and known.kind not in ("tags", "file")
    ]


def date_fields(record_type: RecordType) -> list[tuple[str, str]]:
    """The dates of a record that rules may count from."""
    return [
        (known.key, str(known.label))
        for known in record_type.all_fields().values()
        if known.condition_kind in ("date", "datetime") and known.custom_id is None
    ]


def related_fields(record_type: RecordType) -> list[tuple[str, str]]:
    """The fields that name another record."""
    return [
        (known.key, str(known.label))
        for known in record_type.all_fields().values()
        if isinstance(known, RecordField) and known.custom_id is None
    ]


def _control(param: Param, params: Mapping[str, Any], record_type: RecordType) -> Control:
    value = params.get(param.key, param.default)
    control = Control(param.key, str(param.label), param.kind, str(param.help), param.required, value)
    match param.kind:
        case "people":
            control.groups = people_choices(record_type)
            control.value = value or []
        case "words":
            control.value = value if isinstance(value, dict) else {"zh": value or "", "en": ""}
            control.options = _templates(record_type)
            control.rows = place_choices(record_type)
        case "span":
            control.value = span_value(value)
            control.options = unit_options()
        case "field":
            control.options = writable_fields(record_type)
        case "date_field":
            control.options = [("", "—"), *date_fields(record_type)]
        case "related":
            control.options = [("", gettext("这条记录本身")), *related_fields(record_type)]
        case "value":
            _value_control(control, record_type.field(str(params.get(param.of, ""))))
        case "choice":
            control.options = [(key, str(label)) for key, label in (param.options() if param.options else ())]
            if not param.required and param.default is None:
                control.options = [("", "—"), *control.options]
        case "tags":
            known = record_type.field("tags")
            options = known.options(None) if known else ()
            control.options = [(option.value, option.label) for option in options]
            control.value = [str(item) for item in value or ()]
        case "record_type":
            control.options = [(known.key, str(known.label)) for known in record_types()]
        case "cases":
            known_cases = [Case(number, case.get("if"), case.get("to", ())) for number, case in enumerate(value or ())]
            spare = [Case(len(known_cases) + number) for number in range(_SPARE_CASES)]
            control.rows, control.groups = [*known_cases, *spare], people_choices(record_type)
        case "values":
            other = find_record_type(str(params.get(param.of, "")))
            filled = value if isinstance(value, dict) else {}
            control.rows = [(key, label, filled.get(key, "")) for key, label in writable_fields(other)] if other else []
    return control


def _value_control(control: Control, known: Field | None) -> None:
    """The value of a field: a choice where it has options, else text, which may hold placeholders."""
    control.kind = "line"
    if known is None:
        return
    options = [(option.value, option.label) for option in known.options(None)]
    if known.condition_kind == "yesno":
        control.kind, control.options = "yesno_value", ()
    elif options:
        control.kind, control.options = "choice", [("", "—"), *options]
        control.multiple = known.condition_kind == "many"


def span_value(value: Any) -> dict[str, Any]:
    """A span as its inputs show it: the number in force, the unit, and the figure it comes from if any."""
    if not isinstance(value, dict):
        return {"number": "", "unit": "day", "figure": ""}
    number = value.get("number")
    if isinstance(number, dict):
        key = str(number.get("figure", ""))
        return {"number": _figure(key), "unit": value.get("unit"), "figure": key}
    return {"number": number, "unit": value.get("unit"), "figure": ""}


def _templates(record_type: RecordType) -> list[tuple[str, str]]:
    rows = MessageTemplate.objects.filter(record_type=record_type.key, is_active=True)
    return [(row.key, row.label) for row in rows]


def _figure(key: str) -> int | str:
    """The figure's number; nothing for one that is gone or no whole number."""
    try:
        return integer_figure(key)
    except (KeyError, TypeError):
        return ""


def read_span_fields(given: QueryDict, prefix: str) -> dict[str, Any] | None:
    """A span from its two (or three) inputs."""
    unit, number = given.get(f"{prefix}.unit", ""), given.get(f"{prefix}.number", "").strip()
    figure = given.get(f"{prefix}.figure", "")
    if figure and str(_figure(figure)) == number:
        return {"number": {"figure": figure}, "unit": unit}
    return {"number": number, "unit": unit} if number else None


def number_value(value: Any) -> dict[str, Any]:
    """A number as its inputs show it: the one in force, and the figure it comes from if any."""
    if isinstance(value, dict):
        key = str(value.get("figure", ""))
        return {"number": _figure(key), "figure": key}
    return {"number": value or "", "figure": ""}


def read_number(given: QueryDict, name: str) -> Any:
    """A number from its inputs; one that was not changed still comes from its figure."""
    number, figure = given.get(f"{name}.number", "").strip(), given.get(f"{name}.figure", "")
    return {"figure": figure} if figure and str(_figure(figure)) == number else number


def read_json(text: str) -> Any:
    """A condition as the editor sends it; what is no JSON stays text and is refused where it is parsed."""
    try:
        return json.loads(text or "{}")
    except (ValueError, RecursionError):
        return text


def _read(param: Param, given: QueryDict, record_type: RecordType) -> Any:
    key = param.key
    match param.kind:
        case "people" | "tags":
            return [item for item in given.getlist(key) if item]
        case "words":
            if template := given.get(f"{key}.template", ""):
                return {"template": template}
            text = {language: given.get(f"{key}.{language}", "").strip() for language in ("zh", "en")}
            return {language: words for language, words in text.items() if words}
        case "span":
            return read_span_fields(given, key)
        case "value":
            items = [item for item in given.getlist(key) if item]
            known = record_type.field(given.get(param.of, ""))
            return items if known is not None and known.condition_kind == "many" else (items[0] if items else "")
        case "yesno":
            return given.get(key) == "1"
        case "cases":
            cases = []
            for number in range(40):
                people = [item for item in given.getlist(f"{key}.{number}.to") if item]
                if people:
                    cases.append({"if": read_json(given.get(f"{key}.{number}.if", "")), "to": people})
            return cases
        case "values":
            prefix = f"{key}."
            return {
                name.removeprefix(prefix): value for name, value in given.items() if name.startswith(prefix) and value
            }
    return given.get(key, "").strip()
