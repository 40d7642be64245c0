"""The parameters of actions: read from JSON, checked by kind, put in words."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import system_actor
from kezhi.automation.actions.base import Action, Param
from kezhi.automation.people import people_words, read_people
from kezhi.automation.problems import DefinitionProblem
from kezhi.automation.spans import read_span
from kezhi.automation.texts import check_text, read_text, text_words
from kezhi.core.conditions import ConditionProblem, parse, plain_text, sentence, to_json
from kezhi.core.crypto import CryptoProblem, decrypt, encrypt
from kezhi.core.values.dirt import written
from kezhi.core.values.problem import ValueProblem
from kezhi.records.fields import Field, ParseContext, RecordField
from kezhi.records.registry import RecordType, TypeCatalogue, find_record_type

if TYPE_CHECKING:
    from collections.abc import Callable

_MOST_CASES = 30
# The purpose under which secrets inside rules are kept.
SECRET = "automation.secret"  # noqa: S105 - a purpose, no secret


def read_params(action: Action, raw: object, record_type: RecordType, path: str) -> dict[str, Any]:
    """The parameters of one action from JSON, in the form actions use and rules store.

    Raises:
        DefinitionProblem: something is missing or cannot be; the path names the parameter.
    """
    given = raw if isinstance(raw, dict) else {}
    unknown = set(given) - {known.key for known in action.params}
    if unknown:
        raise DefinitionProblem(_("规则的格式不对"), f"{path}.{sorted(unknown)[0]}")
    result: dict[str, Any] = {}
    for param in action.params:
        value = given.get(param.key)
        if value in (None, "", [], {}):
            if param.default is not None:
                result[param.key] = param.default
            elif param.required:
                raise DefinitionProblem(_("请填写“%(name)s”") % {"name": param.label}, f"{path}.{param.key}")
            continue
        where = f"{path}.{param.key}"
        try:
            read = _READERS[param.kind](param, value, given, record_type, where)
        except ValueProblem as problem:
            raise DefinitionProblem(problem.message, where) from problem
        if read == "" and param.required:
            raise DefinitionProblem(_("请填写“%(name)s”") % {"name": param.label}, where)
        result[param.key] = read
    return result


def param_words(param: Param, params: Mapping[str, Any], record_type: RecordType) -> str:
    """One parameter in the reader's words; "" when it is not given."""
    value = params.get(param.key)
    if value in (None, "", [], {}):
        return ""
    match param.kind:
        case "people":
            return people_words(value, record_type)
        case "words":
            return text_words(value, record_type)
        case "span":
            return read_span(value).words
        case "field" | "date_field" | "related":
            known = record_type.field(str(value))
            return str(known.label) if known else gettext("已删除的字段")
        case "value":
            known = record_type.field(str(params.get(param.of, "")))
            return value_words(known, value) if known else str(value)
        case "tags":
            known = record_type.field("tags")
            return known.text(tuple(str(item) for item in value)) if known else ""
        case "choice":
            options = dict(param.options() if param.options else ())
            return str(options.get(str(value), value))
        case "record_type":
            other = find_record_type(str(value))
            return str(other.label) if other else str(value)
        case "cases":
            return gettext("；").join(case_words(case, record_type) for case in value)
        case "values":
            other = find_record_type(str(params.get(param.of, ""))) or record_type
            fields = other.all_fields()
            return gettext("，").join(
                f"{fields[key].label if key in fields else key}：{words}"
                for key, words in value.items()  # zh-data
            )
    return str(value)


def case_words(case: Mapping[str, Any], record_type: RecordType) -> str:
    """One line of a table of cases: condition → people."""
    catalogue = TypeCatalogue(record_type, system_actor("rules"))
    try:
        phrases = sentence(parse(case.get("if"), catalogue), catalogue)
    except ConditionProblem:
        return gettext("（条件里的字段已不存在）")
    condition = plain_text(phrases)
    return gettext("%(condition)s → %(people)s") % {
        "condition": condition or gettext("其余"),
        "people": people_words(case.get("to", []), record_type),
    }


def value_words(field: Field, value: Any) -> str:
    """A field's value as a rule keeps it (raw), in words; a text may hold placeholders and stands as it is."""
    try:
        return field.text(field.parse(value, ParseContext(system_actor("rules"))))
    except (ValueProblem, TypeError, ValueError):
        return str(value)


def _people(param: Param, value: Any, given: Mapping[str, Any], record_type: RecordType, path: str) -> Any:
    return read_people(value, record_type)


def _words(param: Param, value: Any, given: Mapping[str, Any], record_type: RecordType, path: str) -> Any:
    return read_text(value, record_type, path)


def _span(param: Param, value: Any, given: Mapping[str, Any], record_type: RecordType, path: str) -> Any:
    return read_span(value).to_json()


def _field(param: Param, value: Any, given: Mapping[str, Any], record_type: RecordType, path: str) -> Any:
    known = record_type.field(str(value))
    if known is None or (known.read_only and known.custom_id is None) or known.kind in ("tags", "file"):
        raise DefinitionProblem(_("请选择一个可以修改的字段"), path)
    return known.key


def _date_field(param: Param, value: Any, given: Mapping[str, Any], record_type: RecordType, path: str) -> Any:
    known = record_type.field(str(value))
    if known is None or known.condition_kind not in ("date", "datetime") or known.custom_id is not None:
        raise DefinitionProblem(_("请选择一个日期字段"), path)
    return known.key


def _related(param: Param, value: Any, given: Mapping[str, Any], record_type: RecordType, path: str) -> Any:
    known = record_type.field(str(value))
    if not isinstance(known, RecordField) or known.custom_id is not None:
        raise DefinitionProblem(_("请从列表里选择"), path)
    return known.key


def _value(param: Param, value: Any, given: Mapping[str, Any], record_type: RecordType, path: str) -> Any:
    known = record_type.field(str(given.get(param.of, "")))
    if known is None:
        raise DefinitionProblem(_("请选择一个可以修改的字段"), path)
    if isinstance(value, str) and "{" in value:
        check_text(value, record_type, path)
        return value
    known.parse(value, ParseContext(system_actor("rules")))
    return value


def _choice(param: Param, value: Any, given: Mapping[str, Any], record_type: RecordType, path: str) -> Any:
    if param.options is None or str(value) not in {key for key, _label in param.options()}:
        raise DefinitionProblem(_("请从列表里选择"), path)
    return str(value)


def _tags(param: Param, value: Any, given: Mapping[str, Any], record_type: RecordType, path: str) -> Any:
    known = record_type.field("tags")
    if known is None:
        raise DefinitionProblem(_("这类记录没有标签"), path)
    parsed = known.parse(value, ParseContext(system_actor("rules"))) or ()
    return [str(item) for item in parsed]


def _number(param: Param, value: Any, given: Mapping[str, Any], record_type: RecordType, path: str) -> Any:
    try:
        number = int(str(value))
    except ValueError:
        raise DefinitionProblem(_("请填写一个整数"), path) from None
    if not 0 <= number <= 1_000_000:
        raise DefinitionProblem(_("请填写一个整数"), path)
    return number


def _line(param: Param, value: Any, given: Mapping[str, Any], record_type: RecordType, path: str) -> Any:
    text = written(str(value))
    if len(text) > 500 or any(ord(sign) < 32 for sign in text):
        raise DefinitionProblem(_("这里只能写一行，最多 500 字"), path)
    return text


def _secret(param: Param, value: Any, given: Mapping[str, Any], record_type: RecordType, path: str) -> Any:
    """Kept under lock from the moment it is typed; one that is kept already stays as it is."""
    try:
        decrypt(str(value), purpose=SECRET)
    except CryptoProblem:
        return encrypt(_line(param, value, given, record_type, path), purpose=SECRET)
    return str(value)


def _yesno(param: Param, value: Any, given: Mapping[str, Any], record_type: RecordType, path: str) -> Any:
    return value in (True, "true", "on", "1", 1)


def _record_type(param: Param, value: Any, given: Mapping[str, Any], record_type: RecordType, path: str) -> Any:
    if find_record_type(str(value)) is None:
        raise DefinitionProblem(_("请从列表里选择"), path)
    return str(value)


def _cases(param: Param, value: Any, given: Mapping[str, Any], record_type: RecordType, path: str) -> Any:
    if not isinstance(value, list) or len(value) > _MOST_CASES:
        raise DefinitionProblem(_("规则的格式不对"), path)
    catalogue = TypeCatalogue(record_type, system_actor("rules"))
    cases = []
    for number, row in enumerate(value):
        if not isinstance(row, dict):
            raise DefinitionProblem(_("规则的格式不对"), f"{path}.{number}")
        try:
            condition = parse(row.get("if"), catalogue)
        except ConditionProblem as problem:
            raise DefinitionProblem(problem.message, f"{path}.{number}.if.{problem.path}") from problem
        cases.append({"if": to_json(condition), "to": read_people(row.get("to"), record_type)})
    return cases


def _values(param: Param, value: Any, given: Mapping[str, Any], record_type: RecordType, path: str) -> Any:
    other = find_record_type(str(given.get(param.of, "")))
    if other is None or not isinstance(value, dict):
        raise DefinitionProblem(_("请从列表里选择"), path)
    result = {}
    for key, words in value.items():
        known = other.field(str(key))
        if known is None or known.read_only:
            raise DefinitionProblem(_("请选择一个可以修改的字段"), f"{path}.{key}")
        if isinstance(words, str) and "{" in words:
            check_text(words, record_type, f"{path}.{key}")
        else:
            known.parse(words, ParseContext(system_actor("rules")))
        result[known.key] = words
    return result


_READERS: "dict[str, Callable[[Param, Any, Mapping[str, Any], RecordType, str], Any]]" = {
    "people": _people,
    "words": _words,
    "span": _span,
    "field": _field,
    "date_field": _date_field,
    "related": _related,
    "value": _value,
    "choice": _choice,
    "tags": _tags,
    "number": _number,
    "line": _line,
    "secret": _secret,
    "yesno": _yesno,
    "record_type": _record_type,
    "cases": _cases,
    "values": _values,
}
