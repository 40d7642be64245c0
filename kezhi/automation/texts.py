"""Texts with fields of the record in them (AUTO-7): ``{name}``, ``{owner}``, ``{customer.level}``, ``{rule}``.

A text is JSON ``{"zh": …, "en": …}`` or ``{"template": key}``. It is filled for one reader: in their language and with
what they may see of the record, masks included.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from kezhi.access.actors import Actor
from kezhi.automation.models import MessageTemplate
from kezhi.automation.problems import DefinitionProblem
from kezhi.core import epochs
from kezhi.core.clock import today
from kezhi.records.fields import Field
from kezhi.records.leaving import spoken_of
from kezhi.records.presenting import Presenter
from kezhi.records.registry import RecordType, find_record_type

EPOCH = "rules"
_PLACE = re.compile(r"\{([a-z_][a-z0-9_.]*)\}")
_OTHER = ("rule", "today", "who", "url", "number", "record")


def places(text: str) -> Iterator[str]:
    """The keys between braces."""
    yield from _PLACE.findall(text)


def check_text(text: str, record_type: RecordType, path: str = "") -> None:
    """Raise ``DefinitionProblem`` when a text names a field there is not."""
    for key in places(text):
        if not _is_known(key, record_type):
            raise DefinitionProblem(_("文字里的字段“%(field)s”不存在") % {"field": f"{{{key}}}"}, path)


def place_choices(record_type: RecordType) -> list[tuple[str, str]]:
    """(placeholder, words) of everything a text may show."""
    own = [(f"{{{known.key}}}", str(known.label)) for known in record_type.all_fields().values()]
    related = []
    for path in record_type.all_fields().values():
        other = find_record_type(getattr(path, "to", ""))
        if other is not None:
            related += [
                (f"{{{path.key}.{known.key}}}", f"{path.label} · {known.label}")
                for known in other.all_fields().values()
            ]
    return [*own, *related, ("{rule}", _("规则名称")), ("{today}", _("今天的日期")), ("{who}", _("谁引起的"))]


def read_text(raw: object, record_type: RecordType, path: str) -> dict[str, str]:
    """A text from JSON, checked."""
    if isinstance(raw, str):
        raw = {"zh": raw}
    if not isinstance(raw, dict):
        raise DefinitionProblem(_("请填写文字"), path)
    if key := str(raw.get("template") or ""):
        row = find_template(key)
        if row is None or row.record_type != record_type.key:
            raise DefinitionProblem(_("消息模板“%(key)s”不存在") % {"key": key}, path)
        return {"template": key}
    text = {language: str(raw.get(language) or "").strip()[:2000] for language in ("zh", "en")}
    if not text["zh"] and not text["en"]:
        raise DefinitionProblem(_("请填写文字"), path)
    for words in text.values():
        check_text(words, record_type, path)
    return {language: words for language, words in text.items() if words}


def find_template(key: str) -> MessageTemplate | None:
    """A template by key; one that is off still serves the rules that use it."""
    known = epochs.cached(EPOCH, "templates", lambda: {row.key: row for row in MessageTemplate.objects.all()})
    return known.get(key)


def text_words(text: Mapping[str, Any], record_type: RecordType) -> str:
    """The text itself in the reader's language, its places named by their fields' labels."""
    if key := text.get("template"):
        row = find_template(str(key))
        return _("模板“%(name)s”") % {"name": row.label} if row else _("（模板已不存在）")
    labels = dict(place_choices(record_type))
    words = _pick(str(text.get("zh", "")), str(text.get("en", "")))
    return _PLACE.sub(lambda match: f"〔{labels.get(match[0], match[1])}〕", words)  # zh-data


# Gives the words of a value as they may leave: (field, record type, record, words).
Outside = Callable[[Field, str, Any, str], str]


def masked(field: Field, record_type: str, record: Any, words: str) -> str:
    """Personal values as their mask: a text that many may read never carries them from one field into another."""
    return field.mask(field.get(record)) if field.personal else words


def _presenter(record_type: RecordType, reader: Actor) -> Presenter:
    """A presenter for a person, kept as long as nothing it depends on changes: rules speak to few about many."""
    if reader.ref.kind != "user" or reader.limits is not None:
        return Presenter(record_type, reader)
    key = ("presenter", record_type.key, reader.user_id, today(), epochs.state())
    return epochs.cached(EPOCH, key, lambda: Presenter(record_type, reader))


class Filler:
    """Fills texts about records of one type for one reader; works their rights out once."""

    def __init__(
        self,
        record_type: RecordType,
        reader: Actor,
        rule_label: str,
        *,
        outside: Outside | None = None,
    ) -> None:
        """``outside`` masks what may not leave the house."""
        self._outside = outside
        self.record_type = record_type
        self._reader = reader
        self._rule = rule_label
        self._presenter = _presenter(record_type, reader)
        self._others: dict[str, Presenter] = {}

    def title_and_body(self, text: Mapping[str, Any], record: Any, who: str = "") -> tuple[str, str]:
        """Title and further words for one record, in the active language."""
        if key := text.get("template"):
            row = find_template(str(key))
            if row is None:
                return self.fill("{record}", record, who), ""
            title, body = _pick(row.title_zh, row.title_en), _pick(row.body_zh, row.body_en)
            return self.fill(title, record, who)[:200], self.fill(body, record, who)
        words = self.fill(_pick(str(text.get("zh", "")), str(text.get("en", ""))), record, who)
        title, _line, body = words.partition("\n")
        return title[:200], body.strip()

    def fill(self, words: str, record: Any, who: str = "") -> str:
        """The words with the record's values in them; a field that is gone shows a dash."""
        return _PLACE.sub(lambda match: self._value(match[1], record, who), words)

    def _value(self, key: str, record: Any, who: str) -> str:
        if key == "rule":
            return self._rule
        if key == "today":
            return today().isoformat()
        if key == "who":
            return who or _("系统")
        if key == "url":
            return f"/{self.record_type.slug}/{record.pk}/"
        if key == "record":
            key = self.record_type.title_field
        if key in self._presenter.fields:
            return self._leaving(self.record_type, self._presenter.fields[key], record, self._presenter)
        own, _dot, rest = key.partition(".")
        field = self.record_type.field(own)
        other = find_record_type(getattr(field, "to", "")) if field else None
        linked = getattr(record, field.attribute.removesuffix("_id"), None) if field and other else None
        if other is None or linked is None or not other.policy.allows(self._reader, "view", linked):
            return "—"
        if own not in self._others:
            self._others[own] = _presenter(other, self._reader)
        inner = self._others[own].fields.get(rest)
        return self._leaving(other, inner, linked, self._others[own]) if inner else "—"

    def _leaving(self, record_type: RecordType, field: Field, record: Any, presenter: Presenter) -> str:
        words = presenter.text(record, field.key)
        if words and self._outside is not None:
            speaks_for, known, subject = spoken_of(record_type, field, record)
            words = self._outside(known, speaks_for.key, subject, words)
        return words or "—"


def _is_known(key: str, record_type: RecordType) -> bool:
    own, dot, rest = key.partition(".")
    if not dot:
        return own in _OTHER or record_type.field(own) is not None
    other = find_record_type(getattr(record_type.field(own), "to", ""))
    return other is not None and other.field(rest) is not None


def _pick(zh: str, en: str) -> str:
    english = (translation.get_language() or "").startswith("en")
    return (en or zh) if english else (zh or en)
