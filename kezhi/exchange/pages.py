"""What the pages of an import show, gathered in one go."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Count
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kezhi.access.actors import Actor
from kezhi.access.directory import people_options
from kezhi.core.jobs import Job
from kezhi.core.models.jobs import LIVE_STATES
from kezhi.exchange.importing.new_entries import can_be_entry, may_add_entries
from kezhi.exchange.importing.new_fields import kind_of, may_make_fields
from kezhi.exchange.importing.options import ADD, ImportOptions
from kezhi.exchange.importing.runs import Preview
from kezhi.exchange.importing.targets import TargetField, Targets
from kezhi.exchange.models import Decision, ImportRow, ImportRun, RowState, RunState
from kezhi.records.models import CustomField
from kezhi.records.registry import RecordType, record_type
from kezhi.ui.html import Step, Tab

_SHOWN_VALUES = 3
_SHOWN_WORDS = 60
_SURE = 0.9

WHY = {
    "remembered": gettext_lazy("上次这样选的"),
    "label": gettext_lazy("列名相同"),
    "synonym": gettext_lazy("列名意思相同"),
    "similar": gettext_lazy("列名相近，请核对"),
    "content": gettext_lazy("按内容猜的，请核对"),
    "nothing": gettext_lazy("没有认出来"),
}
REASONS = {
    "phone": gettext_lazy("电话相同"),
    "email": gettext_lazy("邮箱相同"),
    "name": gettext_lazy("名称相同"),
    "alike": gettext_lazy("名称相近"),
    "number": gettext_lazy("编号相同"),
}


@dataclass(frozen=True)
class Choice:
    """One line of a select."""

    value: str
    label: str
    is_chosen: bool = False


@dataclass(frozen=True)
class ChoiceGroup:
    """Lines of a select under a heading."""

    label: str
    choices: Sequence[Choice]


@dataclass(frozen=True)
class ColumnLine:
    """A column of the file and where it goes."""

    number: int
    heading: str
    samples: Sequence[str]
    groups: Sequence[ChoiceGroup]
    target: str
    why: str | Promise
    is_sure: bool
    date_orders: Sequence[Choice]
    new_field: str


@dataclass(frozen=True)
class WordLine:
    """A word of the file and the entry of the list it stands for."""

    text: str
    count: int
    name: str
    choices: Sequence[Choice]
    is_known: bool


@dataclass(frozen=True)
class WordGroup:
    """The words of one column."""

    target: str
    label: str | Promise
    lines: Sequence[WordLine]
    unknown: int
    added: int


@dataclass(frozen=True)
class WholeLine:
    """A choice that can be set for all rows whose list does not say it; ``is_guessed`` from the names in it."""

    key: str
    label: str | Promise
    choices: Sequence[Choice]
    is_guessed: bool


@dataclass(frozen=True)
class MappingPage:
    """The page on which columns find their fields."""

    run: ImportRun
    record_type: RecordType
    steps: Sequence[Step]
    columns: Sequence[ColumnLine]
    words: Sequence[WordGroup]
    whole: Sequence[WholeLine]
    sheets: Sequence[Choice]
    heads: Sequence[tuple[int, Sequence[str], bool]]
    owners: Sequence[Choice]
    options: ImportOptions
    decisions: Sequence[Choice]
    has_related: bool
    unmapped: int


def mapping_page(run: ImportRun, found: Preview, actor: Actor) -> MappingPage:
    """Everything the columns page shows, from the file itself."""
    known = record_type(run.record_type)
    targets = Targets(known, actor)
    options = ImportOptions.of(run.options)
    rows = found.rows
    columns = [
        _column(number, str(heading), rows, run, options, targets) for number, heading in enumerate(run.headings)
    ]
    words = []
    for number, key in run.mapping.items():
        target = targets.fields.get(key)
        if target is not None and target.is_choice:
            values = [row[int(number)] for row in rows if int(number) < len(row)]
            words.append(_words(target, values, options, may_add=may_add_entries(target, actor)))
    return MappingPage(
        run=run,
        record_type=known,
        steps=steps(run),
        columns=columns,
        words=[group for group in words if group.lines],
        whole=[_whole(target, options) for target in targets.whole],
        sheets=[Choice(str(position), name, position == run.sheet) for position, name in found.sheets],
        heads=[(row.number, row.cells[:8], row.number == run.heading_row) for row in found.head[:12]],
        owners=[
            Choice(str(value), label, str(value) == str(options.owner_id or ""))
            for value, label in _owners(known, actor)
        ],
        options=options,
        decisions=[
            Choice(decision.value, str(decision.label), decision.value == options.duplicates)
            for decision in (Decision.SKIP, Decision.UPDATE, Decision.MERGE)
        ],
        has_related=bool(targets.profile.related),
        unmapped=sum(1 for column in columns if not column.target),
    )


def steps(run: ImportRun | None) -> list[Step]:
    """The way from the file to the register, and where this import stands on it."""
    names = [_("选择文件"), _("对应列"), _("检查与修改"), _("导入"), _("结果")]
    at = {
        RunState.MAPPING: 1,
        RunState.CHECKING: 2,
        RunState.CHECKED: 2,
        RunState.APPLYING: 3,
        RunState.UNDOING: 4,
        RunState.DONE: 5,
        RunState.UNDONE: 5,
        RunState.FAILED: 4,
    }
    here = at[RunState(run.state)] if run is not None else 0
    return [
        Step(name, "done" if place < here else "now" if place == here else "ahead") for place, name in enumerate(names)
    ]


def is_stuck(run: ImportRun) -> bool:
    """Whether an import should be at work, but no job is waiting or running for it."""
    return run.is_working and not Job.objects.filter(unique_key=f"import-{run.pk}", state__in=LIVE_STATES).exists()


def row_tabs(run: ImportRun, current: str) -> list[Tab]:
    """The fates of the rows with their counts."""
    states = [RowState.READY, RowState.BAD, RowState.DUPLICATE, RowState.BLANK]
    if run.started_at:
        states = [RowState.CREATED, RowState.UPDATED, RowState.SKIPPED, RowState.BAD, RowState.UNDONE, RowState.KEPT]
    url = reverse("exchange:import", args=[run.pk])
    tabs = [Tab(_("全部"), f"{url}?state=all", sum(run.counts.values()), current == "all")]
    for state in states:
        count = run.counts.get(state, 0)
        if count or state in (RowState.READY, RowState.BAD, RowState.DUPLICATE):
            label = _("空行与合计") if state == RowState.BLANK else state.label
            tabs.append(Tab(label, f"{url}?state={state}", count, current == state))
    return tabs


def problem_counts(run: ImportRun, targets: Targets) -> list[tuple[str, str, int]]:
    """(target key, field's name, how many rows) of what is wrong, most frequent first."""
    counts: Counter[str] = Counter()
    combined = run.rows.filter(state=RowState.BAD).values_list("problem_fields").annotate(number=Count("id"))
    for fields, number in combined.order_by():
        counts.update(dict.fromkeys(fields.split(), number))
    found = targets.fields
    return [(key, str(found[key].label), number) for key, number in counts.most_common() if key in found]


def rows_of(run: ImportRun, state: str, after: int, field: str, size: int) -> tuple[list[ImportRow], int]:
    """A page of rows, and the number after which the next one begins (0: none)."""
    rows = run.rows.filter(number__gt=after)
    if state != "all":
        rows = rows.filter(state=state)
    if field:
        rows = rows.filter(problem_fields__contains=field)
    found = list(rows.order_by("number")[: size + 1])
    return found[:size], found[size - 1].number if len(found) > size else 0


def _column(
    number: int, heading: str, rows: Sequence[Sequence[str]], run: ImportRun, options: ImportOptions, targets: Targets
) -> ColumnLine:
    chosen = run.mapping.get(str(number), "")
    samples = list(dict.fromkeys(row[number] for row in rows if number < len(row) and row[number].strip()))
    confidence, why = options.guesses.get(str(number), [0.0, "nothing"])
    target = targets.fields.get(chosen)
    orders: list[Choice] = []
    if target is not None and target.is_date:
        order = options.date_orders.get(str(number), "")
        orders = [
            Choice("", _("年月日，或能看出来的写法"), not order),
            Choice("dmy", _("日/月/年（31/12/2026）"), order == "dmy"),
            Choice("mdy", _("月/日/年（12/31/2026）"), order == "mdy"),
        ]
    return ColumnLine(
        number,
        heading,
        [sample[:60] for sample in samples[:_SHOWN_VALUES]],
        _groups(targets.fields, chosen),
        chosen,
        WHY.get(str(why), ""),
        float(confidence) >= _SURE,
        orders,
        new_field_label(samples) if may_make_fields(targets.record_type, targets.actor) else "",
    )


def new_field_label(values: Sequence[str]) -> str:
    """What the field made for a column of such values would be."""
    return _("＋ 新建字段（%(kind)s）") % {"kind": CustomField.Kind(kind_of(values)).label}


def _groups(fields: Mapping[str, TargetField], chosen: str) -> list[ChoiceGroup]:
    groups: dict[str, list[Choice]] = {}
    for key, target in fields.items():
        # A closed select shows only the line itself, so whose name it is stands in the line.
        label = f"{target.group} · {target.label}" if target.related is not None else str(target.label)
        groups.setdefault(str(target.group), []).append(Choice(key, label, key == chosen))
    return [ChoiceGroup(label, choices) for label, choices in groups.items()]


def _words(target: TargetField, values: Sequence[str], options: ImportOptions, *, may_add: bool) -> WordGroup:
    from_file = target.guess_words(values)
    chosen = options.value_maps.get(target.key, {})
    lines = []
    for place, guess in enumerate(from_file[:_SHOWN_WORDS]):
        if guess.is_exact and guess.text not in chosen:
            continue
        key = chosen.get(guess.text, guess.option_key)
        choices = [Choice("?", _("不在列表里，这些行算有问题"), key is None), Choice("", _("不导入这个值"), key == "")]
        if may_add and (key == ADD or (guess.option_key is None and can_be_entry(guess.text))):
            choices.append(Choice(ADD, _("添到列表里"), key == ADD))
        choices += [Choice(option.key, option.labels[0], option.key == key) for option in target.options()]
        lines.append(WordLine(guess.text, guess.count, f"word-{target.key}-{place}", choices, key is not None))
    added = sum(1 for line in lines if chosen.get(line.text) == ADD)
    return WordGroup(target.key, target.label, lines, sum(1 for line in lines if not line.is_known), added)


def _whole(target: TargetField, options: ImportOptions) -> WholeLine:
    chosen = options.value_maps.get(target.key, {}).get("", "")
    choices = [Choice(option.key, option.labels[0], option.key == chosen) for option in target.options()]
    return WholeLine(target.key, target.label, choices, bool(chosen))


def _owners(known: RecordType, actor: Actor) -> Sequence[tuple[str, str]]:
    if known.owner_path != "owner_id" or not known.writable("owner", actor, None):
        return []
    reach = actor.owners(known.key, "create")
    return [(value, label) for value, label in people_options() if reach is None or int(value) in reach]
