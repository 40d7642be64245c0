"""Keep the English catalogues complete: ``python tools/translations.py sync|check|compile [app ...]``.

The sentence in the code is Chinese and is its own key. English lives in each app's ``locale/en/LC_MESSAGES/django.po``.

- ``sync`` adds sentences that are new in code and templates and drops those that are gone. Where another app already
  has the English for a sentence it is taken over; otherwise it is left empty for a person to write.
- ``check`` fails when a sentence has no English, placeholders differ, two apps disagree, or Chinese stands outside
  gettext.
- ``compile`` writes the ``.mo`` files Django reads.

Data that is Chinese by nature (a table of surnames) is marked ``# zh-data`` on its line, on the first line of its
statement, on the line above either, or anywhere before a file's first statement to mark the whole file;
``{# zh-data #}`` does so in a template.
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import polib
from django.conf import settings
from django.template.base import Lexer, Token, TokenType
from django.utils.translation import trim_whitespace

ROOT = Path(__file__).resolve().parent.parent
CHINESE = re.compile("[\u3400-\u9fff\uf900-\ufaff]")
FULL_WIDTH = re.compile("[\uff01-\uff5e\u3001\u3002\u300a-\u3011]")
LATIN = re.compile("[A-Za-z]")
MARK = "zh-data"

# name -> positions of (context, singular, plural)
PYTHON_CALLS: dict[str, tuple[int | None, int, int | None]] = {
    "_": (None, 0, None),
    "gettext": (None, 0, None),
    "gettext_lazy": (None, 0, None),
    "gettext_noop": (None, 0, None),
    "ngettext": (None, 0, 1),
    "ngettext_lazy": (None, 0, 1),
    "pgettext": (0, 1, None),
    "pgettext_lazy": (0, 1, None),
    "npgettext": (0, 1, 2),
    "npgettext_lazy": (0, 1, 2),
}

TEMPLATE_CONSTANT = re.compile(r"""_\(\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')\s*\)""")
TEMPLATE_INLINE = re.compile(r"""^trans(?:late)?\s+("[^"]*"|'[^']*')""")
TEMPLATE_CONTEXT = re.compile(r"""\scontext\s+("[^"]*"|'[^']*')""")
TEMPLATE_BLOCK = re.compile(r"^blocktrans(?:late)?\b")
TEMPLATE_BLOCK_END = re.compile(r"^endblocktrans(?:late)?$")

NAMED = re.compile(r"%\((\w[^)]*)\)[sdf]|\{(\w+)(?:![rsa])?(?::[^{}]*)?\}")
POSITIONAL = re.compile(r"(?<!%)(?:%%)*%[sd]|\{\}")


@dataclass(frozen=True)
class Sentence:
    """One text for people as it stands in the code."""

    msgid: str
    plural: str | None = None
    context: str | None = None

    @property
    def key(self) -> tuple[str | None, str]:
        return (self.context, self.msgid)


@dataclass
class Found:
    """What one app's code and templates hold."""

    sentences: dict[tuple[str | None, str], Sentence] = field(default_factory=dict)
    places: dict[tuple[str | None, str], list[str]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def add(self, sentence: Sentence, place: str) -> None:
        known = self.sentences.get(sentence.key)
        if known is None or (known.plural is None and sentence.plural is not None):
            self.sentences[sentence.key] = sentence
        places = self.places.setdefault(sentence.key, [])
        if place not in places:
            places.append(place)


def main(arguments: list[str] | None = None) -> int:
    """Run one of the three commands; gives the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("command", choices=["sync", "check", "compile"])
    parser.add_argument("apps", nargs="*", help="only these apps (default: all)")
    options = parser.parse_args(arguments)
    if not settings.configured:
        settings.configure(USE_I18N=False)  # the template lexer asks for it
    apps = options.apps or app_names()
    if options.command == "compile":
        return compile_catalogues(apps)
    if options.command == "sync":
        return sync(apps)
    problems = check(apps)
    print("\n".join(problems) or f"translations: {len(apps)} apps complete")
    return 1 if problems else 0


def app_names(root: Path = ROOT) -> list[str]:
    """Every app folder below ``kezhi``, config included."""
    return sorted(path.parent.name for path in (root / "kezhi").glob("*/__init__.py"))


def catalogue_path(app: str, root: Path = ROOT) -> Path:
    return root / "kezhi" / app / "locale" / "en" / "LC_MESSAGES" / "django.po"


# --- the three commands ---------------------------------------------------------------------------------------------


def sync(apps: list[str], root: Path = ROOT) -> int:
    """Bring the catalogues of these apps to what the code says."""
    known = {
        (entry.msgctxt, entry.msgid): entry
        for app in app_names(root)
        for entry in _read(app, root)
        if _is_complete(entry)
    }
    for app in apps:
        found = find(app, root)
        path = catalogue_path(app, root)
        if not found.sentences and not path.exists():
            continue
        old = {(entry.msgctxt, entry.msgid): entry for entry in _read(app, root)}
        new = polib.POFile(wrapwidth=0)
        new.metadata = {
            "Language": "en",
            "MIME-Version": "1.0",
            "Content-Type": "text/plain; charset=UTF-8",
            "Content-Transfer-Encoding": "8bit",
            "Plural-Forms": "nplurals=2; plural=(n != 1);",
        }
        for key, sentence in found.sentences.items():
            new.append(_entry(sentence, old.get(key) or known.get(key), found.places[key]))
        text = str(new).rstrip() + "\n"
        if not path.exists() or path.read_text(encoding="utf-8").rstrip() != text.rstrip():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        added, gone = set(found.sentences) - set(old), set(old) - set(found.sentences)
        empty = [entry.msgid for entry in new if not _is_complete(entry)]
        print(f"{app}: {len(new)} sentences, {len(added)} added, {len(gone)} removed, {len(empty)} without English")
    return 0


def check(apps: list[str] | None = None, root: Path = ROOT) -> list[str]:
    """Everything wrong with the catalogues and with Chinese in the code, one line each; empty when all is well."""
    problems: list[str] = []
    english: dict[tuple[str | None, str], tuple[str, str]] = {}
    for app in apps or app_names(root):
        found = find(app, root)
        problems += found.problems
        entries = {(entry.msgctxt, entry.msgid): entry for entry in _read(app, root)}
        for key, sentence in found.sentences.items():
            place = found.places[key][0]
            entry = entries.get(key)
            if entry is None:
                problems.append(f"{place}: not in the catalogue of {app}, run sync: {sentence.msgid!r}")
                continue
            problems += [f"{place}: {what}: {sentence.msgid!r}" for what in _entry_problems(sentence, entry)]
            text = entry.msgstr or entry.msgstr_plural.get(1, "")
            other_app, other_text = english.setdefault(key, (app, text))
            if text and other_text and other_text != text:
                problems.append(
                    f"{place}: {app} says {text!r}, {other_app} says {other_text!r} for {sentence.msgid!r}; "
                    "agree, or tell them apart with pgettext"
                )
        problems += [
            f"{catalogue_path(app, root).relative_to(root)}: no longer used, run sync: {key[1]!r}"
            for key in entries
            if key not in found.sentences
        ]
    return problems


def compile_catalogues(apps: list[str], root: Path = ROOT) -> int:
    """Write each ``.mo`` that is older than its ``.po``."""
    for app in apps:
        path = catalogue_path(app, root)
        if not path.exists():
            continue
        compiled = path.with_suffix(".mo")
        if compiled.exists() and compiled.stat().st_mtime >= path.stat().st_mtime:
            continue
        partial = compiled.with_suffix(".mo.part")
        polib.pofile(str(path)).save_as_mofile(str(partial))
        partial.replace(compiled)  # a running server never sees half a file
    return 0


# --- reading code and templates -------------------------------------------------------------------------------------


def find(app: str, root: Path = ROOT) -> Found:
    """All sentences of one app, in the order of its files, and what is wrong with them."""
    found = Found()
    folder = root / "kezhi" / app
    for path in sorted(folder.rglob("*.py")):
        parts = path.relative_to(folder).parts
        if "migrations" in parts or "tests" in parts or "node_modules" in parts:
            continue
        _read_python(path, path.relative_to(root).as_posix(), found, is_data="defaults" in parts)
    for templates in sorted(folder.rglob("templates")):
        for path in sorted(templates.rglob("*")):
            if path.is_file() and "tests" not in path.relative_to(folder).parts:
                _read_template(path, path.relative_to(root).as_posix(), found)
    return found


def _read_python(path: Path, place: str, found: Found, *, is_data: bool) -> None:
    source = path.read_text(encoding="utf-8")
    if "gettext" not in source and not CHINESE.search(source):
        return
    tree = ast.parse(source, filename=str(path))
    lines = source.splitlines()
    if tree.body and any(MARK in line for line in lines[: tree.body[0].lineno - 1] if line.lstrip().startswith("#")):
        is_data = True
    _PythonReader(place, lines, found, is_data=is_data).visit(tree)


class _PythonReader(ast.NodeVisitor):
    def __init__(self, place: str, lines: list[str], found: Found, *, is_data: bool) -> None:
        self.place, self.lines, self.found, self.is_data = place, lines, found, is_data

    def visit(self, node: ast.AST) -> None:
        if isinstance(node, ast.stmt) and not self.is_data and self._is_marked(node):
            self.is_data = True
            super().visit(node)
            self.is_data = False
            return
        super().visit(node)

    def visit_Expr(self, node: ast.Expr) -> None:
        if not isinstance(node.value, ast.Constant):  # a string standing alone documents what is above it
            self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        shape = PYTHON_CALLS.get(name)
        if shape is None:
            self.generic_visit(node)
            return
        texts = [
            None if at is None else self._text(node.args[at]) if len(node.args) > at else None
            for at in (shape[0], shape[1], shape[2])
        ]
        if texts[1] is not None:
            self.found.add(Sentence(texts[1], texts[2], texts[0]), self.place)
        for argument in node.args:
            if isinstance(argument, ast.JoinedStr):
                self._problem(argument, "an f-string cannot be translated; use named placeholders")
            elif self._text(argument) is None:
                self.visit(argument)
        for keyword in node.keywords:
            self.visit(keyword)

    def visit_keyword(self, node: ast.keyword) -> None:
        if node.arg != "synonyms" and not (node.arg or "").endswith("_zh"):  # headings of other programs' lists
            self.generic_visit(node)
        else:
            self._visit_calls(node.value)

    def visit_Dict(self, node: ast.Dict) -> None:
        for key, value in zip(node.keys, node.values, strict=True):
            if key is not None:
                self.visit(key)
            if key is None or not (self._text(key) or "").endswith("_zh"):
                self.visit(value)
            else:
                self._visit_calls(value)

    def _visit_calls(self, value: ast.expr) -> None:
        # Chinese that stands beside its English is no sentence, but what is said about that field is one.
        for node in ast.walk(value):
            if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in PYTHON_CALLS:
                self.visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str) and CHINESE.search(node.value):
            self._bare(node)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        if any(isinstance(part, ast.Constant) and CHINESE.search(str(part.value)) for part in node.values):
            self._bare(node)
        for part in node.values:
            if not isinstance(part, ast.Constant):
                self.visit(part)

    def _bare(self, node: ast.expr) -> None:
        # Only characters typed as such count: "\u4e00" in a pattern is not text for people.
        above = self.lines[node.lineno - 2].strip() if node.lineno > 1 else ""
        if above.startswith("#") and MARK in above:
            return
        written = "\n".join(self.lines[node.lineno - 1 : node.end_lineno or node.lineno])
        if not self.is_data and CHINESE.search(written) and MARK not in written:
            self._problem(node, "Chinese outside gettext (mark data with # zh-data)")

    def _is_marked(self, node: ast.stmt) -> bool:
        first = node.lineno - 1
        above = self.lines[first - 1].strip() if first else ""
        return MARK in self.lines[first].partition("#")[2] or (above.startswith("#") and MARK in above)

    def _problem(self, node: ast.expr, what: str) -> None:
        self.found.problems.append(f"{self.place}:{node.lineno}: {what}: {self.lines[node.lineno - 1].strip()[:90]}")

    @staticmethod
    def _text(node: ast.expr) -> str | None:
        return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _read_template(path: Path, place: str, found: Found) -> None:
    try:
        source = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return
    is_data = "{# " + MARK + " #}" in source
    tokens = iter(Lexer(source).tokenize())
    for token in tokens:
        where = f"{place}:{token.lineno}"
        if token.token_type == TokenType.TEXT:
            if not is_data and CHINESE.search(token.contents):
                found.problems.append(f"{where}: Chinese outside translate: {token.contents.strip()[:60]!r}")
        elif token.token_type == TokenType.BLOCK and token.contents == "comment":
            _skip_comment(tokens)
        elif token.token_type == TokenType.BLOCK and TEMPLATE_BLOCK.match(token.contents):
            _read_constants(token, where, found, place)
            found.add(_block_sentence(token, tokens), place)
        elif token.token_type in (TokenType.BLOCK, TokenType.VAR):
            rest = _read_constants(token, where, found, place)
            if inline := TEMPLATE_INLINE.match(token.contents):
                context = TEMPLATE_CONTEXT.search(token.contents)
                text = inline[1][1:-1].replace("%", "%%")
                found.add(Sentence(text, None, context[1][1:-1] if context else None), place)
                rest = rest.replace(inline[1], "")
            if not is_data and CHINESE.search(rest):
                found.problems.append(f"{where}: Chinese outside translate: {token.contents[:60]!r}")


def _skip_comment(tokens: Iterator[Token]) -> None:
    for token in tokens:
        if token.token_type == TokenType.BLOCK and token.contents == "endcomment":
            return


def _block_sentence(start: Token, tokens: Iterator[Token]) -> Sentence:
    """The same msgid Django builds when it renders the block."""
    singular: list[str] = []
    plural: list[str] = []
    parts = singular
    for token in tokens:
        if token.token_type == TokenType.BLOCK:
            if TEMPLATE_BLOCK_END.match(token.contents):
                break
            if token.contents.strip() == "plural":
                parts = plural
        elif token.token_type == TokenType.VAR:
            parts.append(f"%({token.contents})s")
        elif token.token_type == TokenType.TEXT:
            parts.append(token.contents.replace("%", "%%"))
    is_trimmed = "trimmed" in start.split_contents()
    texts = ["".join(piece) for piece in (singular, plural)]
    if is_trimmed:
        texts = [trim_whitespace(text) for text in texts]
    context = TEMPLATE_CONTEXT.search(start.contents)
    return Sentence(texts[0], texts[1] if parts is plural else None, context[1][1:-1] if context else None)


def _read_constants(token: Token, where: str, found: Found, place: str) -> str:
    """Add every ``_("…")`` of a tag; gives the tag without them."""
    for match in TEMPLATE_CONSTANT.finditer(token.contents):
        text = match[1][1:-1].replace("\\" + match[1][0], match[1][0])
        if "%" in text:
            found.problems.append(
                f'{where}: Django cannot show a per cent sign in _("…"), use {{% translate %}}: {text!r}'
            )
        found.add(Sentence(text), place)
    return TEMPLATE_CONSTANT.sub("", token.contents)


# --- catalogue entries ----------------------------------------------------------------------------------------------


def _read(app: str, root: Path) -> list[polib.POEntry]:
    path = catalogue_path(app, root)
    return [entry for entry in polib.pofile(str(path)) if not entry.obsolete] if path.exists() else []


def _entry(sentence: Sentence, old: polib.POEntry | None, places: list[str]) -> polib.POEntry:
    entry = polib.POEntry(msgid=sentence.msgid, msgctxt=sentence.context, occurrences=[(place, "") for place in places])
    before = (old.msgstr or old.msgstr_plural.get(1, "")) if old else ""
    if sentence.plural is None:
        entry.msgstr = before
    else:
        entry.msgid_plural = sentence.plural
        entry.msgstr_plural = dict(old.msgstr_plural) if old and old.msgstr_plural else {0: before, 1: before}
    if old:
        entry.tcomment = old.tcomment
    return entry


def _is_complete(entry: polib.POEntry) -> bool:
    if entry.msgid_plural:
        return bool(entry.msgstr_plural.get(0, "").strip() and entry.msgstr_plural.get(1, "").strip())
    return bool(entry.msgstr.strip())


def _entry_problems(sentence: Sentence, entry: polib.POEntry) -> Iterator[str]:
    if POSITIONAL.search(sentence.msgid):
        yield "placeholders must have names"
    if bool(sentence.plural) != bool(entry.msgid_plural) or (sentence.plural or "") != (entry.msgid_plural or ""):
        yield "plural differs from the catalogue, run sync"
        return
    if not _is_complete(entry):
        yield "no English"
        return
    wanted = _placeholders(sentence.msgid) | _placeholders(sentence.plural or "")
    if sentence.plural is None:
        if _placeholders(entry.msgstr) != wanted:
            yield f"placeholders differ in {entry.msgstr!r}"
    else:
        if _placeholders(entry.msgstr_plural[1]) != wanted:
            yield f"placeholders differ in {entry.msgstr_plural[1]!r}"
        if not _placeholders(entry.msgstr_plural[0]) <= wanted:
            yield f"placeholders differ in {entry.msgstr_plural[0]!r}"
    for text in [entry.msgstr, *entry.msgstr_plural.values()]:
        # An example to type (50万) may stand in an English sentence; a sentence that was only copied may not.
        if FULL_WIDTH.search(text) or len(CHINESE.findall(text)) > len(LATIN.findall(text)):
            yield f"Chinese in the English {text!r}"


def _placeholders(text: str) -> set[str]:
    return {match[1] or match[2] for match in NAMED.finditer(text)}


if __name__ == "__main__":
    sys.exit(main())
