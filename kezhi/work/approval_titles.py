"""Titles of approvals as their reader may see them: an approver need not be allowed to see the record.

What a rule or a page wrote into the title names the record; whoever may not see it reads what kind of record it is.
"""

from collections import defaultdict
from collections.abc import Sequence

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from kezhi.access.actors import Actor
from kezhi.records.registry import find_record_type
from kezhi.work.models.approvals import Approval

_MOST_VEILED = 500


def unseen_by(approvals: Sequence[Approval], reader: Actor) -> dict[int, str]:
    """The approvals (ids) whose record the reader may not see, with that record's number; two queries per type.

    A record in the recycle bin is named to whoever saw it: what was agreed to may be its deletion.
    """
    asked: dict[str, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    for approval in approvals:
        if approval.about_id is not None and approval.about_title:
            asked[approval.about_type][approval.about_id].append(approval.pk)
    unseen: dict[int, str] = {}
    for key, ids in asked.items():
        known = find_record_type(key)
        seen: set[int] = set()
        numbers: dict[int, str] = {}
        if known is not None:
            rows = known.model.objects.get_queryset().visible_to(reader)
            seen = set(rows.filter(pk__in=list(ids)).values_list("pk", flat=True))
            if hidden := set(ids) - seen:
                rows = known.model.objects.ungated("titles without the record").filter(pk__in=hidden)
                numbers = dict(rows.values_list("pk", "number"))
        unseen |= {pk: numbers.get(about, "") for about, pks in ids.items() if about not in seen for pk in pks}
    return unseen


def veiled_title(approval: Approval, number: str = "") -> str:
    """The title without the name and the number of the record it is about."""
    known = find_record_type(approval.about_type)
    instead = _("〔%(type)s〕") % {"type": known.label if known is not None else _("记录")}
    title = approval.title.replace(approval.about_title, instead)
    return (title.replace(number, instead) if number else title)[:200]


def for_reader(approvals: Sequence[Approval], reader: Actor) -> None:
    """Give approvals that are about to be shown the titles their reader may see; in memory only.

    Of a record the reader may not see no name is left, in ``about_title`` either.
    """
    unseen = unseen_by(approvals, reader)
    for approval in approvals:
        if approval.pk in unseen:
            approval.title = veiled_title(approval, unseen[approval.pk])
            approval.about_title = ""


def named_about(approval: Approval) -> str:
    """The name of the record, where the title does not say it already."""
    return "" if approval.about_title in approval.title else approval.about_title


def found_by(rows: QuerySet[Approval], query: str, reader: Actor) -> QuerySet[Approval]:
    """Those whose title, as the reader may see it, has these words in it: a search tells no more than the list does."""
    named = rows.filter(Q(title__icontains=query) | Q(about_title__icontains=query))
    open_to = Q(about_id__isnull=True) | Q(about_title="")
    for key in rows.exclude(about_type="").order_by().values_list("about_type", flat=True).distinct():
        if (known := find_record_type(key)) is not None:
            seen = known.model.objects.get_queryset().visible_to(reader)
            open_to |= Q(about_type=key, about_id__in=seen.values("pk"))
    veiled = list(named.filter(title__icontains=query).exclude(open_to).order_by("-pk")[:_MOST_VEILED])
    for_reader(veiled, reader)
    told = [approval.pk for approval in veiled if query.casefold() in approval.title.casefold()]
    return named.filter(open_to | Q(pk__in=told))
