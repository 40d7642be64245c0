"""Titles of approvals as their reader may see them: an approver need not be allowed to see the record.

What a rule or a page wrote into the title names the record; whoever may not see it reads what kind of record it is.
"""

from collections import defaultdict
from collections.abc import Sequence

from django.utils.translation import gettext as _

from kezhi.access.actors import Actor
from kezhi.records.registry import find_record_type
from kezhi.work.models.approvals import Approval


def unseen_by(approvals: Sequence[Approval], reader: Actor) -> set[int]:
    """Ids of the approvals whose record the reader may not see; one query per type of record."""
    asked: dict[str, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    for approval in approvals:
        if approval.about_id is not None and approval.about_title and approval.requester_id != reader.user_id:
            asked[approval.about_type][approval.about_id].append(approval.pk)
    unseen: set[int] = set()
    for key, ids in asked.items():
        known = find_record_type(key)
        seen: set[int] = set()
        if known is not None:
            seen = set(known.model.objects.visible_to(reader).filter(pk__in=list(ids)).values_list("pk", flat=True))
        unseen |= {pk for about_id, pks in ids.items() if about_id not in seen for pk in pks}
    return unseen


def veiled_title(approval: Approval) -> str:
    """The title without the name of the record it is about."""
    known = find_record_type(approval.about_type)
    label = known.label if known is not None else _("记录")
    return approval.title.replace(approval.about_title, _("〔%(type)s〕") % {"type": label})[:200]


def for_reader(approvals: Sequence[Approval], reader: Actor) -> None:
    """Give approvals that are about to be shown the titles their reader may see; in memory only."""
    unseen = unseen_by(approvals, reader)
    for approval in approvals:
        if approval.pk in unseen:
            approval.title = veiled_title(approval)
