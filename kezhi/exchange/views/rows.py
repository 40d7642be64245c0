"""Import rows as a person sees them: what the file says, what is wrong, whom it repeats."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from kezhi.access.actors import Actor
from kezhi.access.directory import person_name
from kezhi.exchange.importing.checking import RowReader, Texts
from kezhi.exchange.importing.rows import describe, problems_of
from kezhi.exchange.importing.runs import reader_of
from kezhi.exchange.importing.targets import TargetField
from kezhi.exchange.models import ImportRow, ImportRun, RowState
from kezhi.exchange.pages import REASONS
from kezhi.records.presenting import Presented, Presenter
from kezhi.records.registry import RecordType

FIELD_LENGTH = 120


@dataclass(frozen=True)
class ShownValue:
    """One value of a row: the text of the file, its problem, and what the partner has there."""

    key: str
    label: str | Promise
    text: str
    problem: str = ""
    partner: str = ""
    is_different: bool = False


@dataclass(frozen=True)
class ShownPartner:
    """Whom a row repeats. ``presented`` only where the reader may see the record; otherwise who has it."""

    presented: Presented | None = None
    owner: str = ""
    row: int | None = None
    texts: Texts = field(default_factory=dict)


@dataclass(frozen=True)
class ShownRow:
    """A row with everything the page needs."""

    row: ImportRow
    values: Sequence[ShownValue]
    problems: Sequence[str] = ()
    partner: ShownPartner | None = None
    reasons: Sequence[str | Promise] = ()
    record_url: str = ""
    title: str = ""
    editable: bool = field(default=False)

    @property
    def wrong(self) -> list[ShownValue]:
        """The values that have to be put right."""
        return [value for value in self.values if value.problem]

    @property
    def sound(self) -> list[ShownValue]:
        """The values that are there and right."""
        return [value for value in self.values if value.text and not value.problem]


def shown_rows(run: ImportRun, rows: Sequence[ImportRow], actor: Actor) -> list[ShownRow]:
    """The rows for one reader; partners go through the gate."""
    reader = reader_of(run, actor)
    partners = _partners(reader.record_type, [row.partner_id for row in rows if row.partner_id], actor)
    numbers = {row.partner_row for row in rows if row.partner_row is not None}
    earlier = {
        row.number: ShownPartner(row=row.number, texts=describe(row, reader))
        for row in run.rows.filter(number__in=numbers)
    }
    return [
        _shown(run, row, reader, partners.get(row.partner_id or 0) or earlier.get(row.partner_row or 0)) for row in rows
    ]


def _shown(run: ImportRun, row: ImportRow, reader: RowReader, partner: ShownPartner | None) -> ShownRow:
    texts = describe(row, reader)
    problems = problems_of(row)
    values = [
        _value(target, texts.get(target.key, ""), problems.get(target.key, ""), partner)
        for _column, target in reader.columns
    ]
    shown = {value.key for value in values}
    return ShownRow(
        row=row,
        values=values,
        problems=[_named(key, text, reader) for key, text in problems.items() if key not in shown],
        partner=partner,
        reasons=[REASONS[reason] for reason in row.reasons.split() if reason in REASONS],
        record_url=f"/{reader.record_type.slug}/{row.record_id}/" if row.record_id else "",
        title=texts.get(reader.record_type.title_field, ""),
        editable=run.state == "checked" and row.state in (RowState.BAD, RowState.READY, RowState.DUPLICATE),
    )


def _named(key: str, problem: str, reader: RowReader) -> str:
    """A problem of a field that has no column of its own, with the name of the field."""
    target = reader.targets.fields.get(key)
    return problem if target is None else _("%(field)s：%(problem)s") % {"field": target.label, "problem": problem}


def _value(target: TargetField, text: str, problem: str, partner: ShownPartner | None) -> ShownValue:
    held = ""
    if partner is not None and partner.presented is not None and target.related is None:
        held = partner.presented.text(target.field.key)
    elif partner is not None:
        held = partner.texts.get(target.key, "")
    return ShownValue(
        target.key,
        target.label if target.related is None else f"{target.group} · {target.label}",
        text,
        problem,
        held,
        bool(text and held and text.strip() != held.strip()),
    )


def _partners(known: RecordType, ids: Sequence[int], actor: Actor) -> dict[int, ShownPartner]:
    """The partners by id. One the reader may not see is only said to exist, and with whom: that is what they need."""
    visible = {
        record.pk: record
        for record in known.model.objects.visible_to(actor).filter(pk__in=ids).select_related(*known.related_load)
    }
    presenter = Presenter(known, actor)
    found = {pk: ShownPartner(Presented(record, presenter)) for pk, record in visible.items()}
    hidden = [pk for pk in ids if pk not in visible]
    if hidden and known.owner_path == "owner_id":
        rows = known.model.objects.ungated("duplicate check").filter(pk__in=hidden).values_list("pk", "owner_id")
        found.update({pk: ShownPartner(owner=person_name(owner_id or 0)) for pk, owner_id in rows})
    return found
