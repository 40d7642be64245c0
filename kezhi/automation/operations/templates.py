"""Writing message templates."""

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from kezhi.access.actors import Actor
from kezhi.access.policies import require_area
from kezhi.automation import kinds
from kezhi.automation.models import MessageTemplate
from kezhi.automation.problems import DefinitionProblem
from kezhi.automation.texts import EPOCH, check_text
from kezhi.core import epochs
from kezhi.core.clock import now
from kezhi.core.events import EventDraft, record_event
from kezhi.records.operations import InvalidRecord
from kezhi.records.registry import RecordType


@transaction.atomic
def save_template(
    template: MessageTemplate | None,
    *,
    record_type: RecordType,
    name_zh: str,
    name_en: str = "",
    title_zh: str,
    title_en: str = "",
    body_zh: str = "",
    body_en: str = "",
    is_active: bool = True,
    actor: Actor,
) -> MessageTemplate:
    """Make or change a template; fields it names must exist.

    Raises:
        InvalidRecord: with a sentence per field.
    """
    require_area(actor, "automation", "edit")
    texts = {"title_zh": title_zh, "title_en": title_en, "body_zh": body_zh, "body_en": body_en}
    problems: dict[str, str | Promise] = {}
    if not name_zh.strip():
        problems["name_zh"] = _("请给模板起个名字")
    if not title_zh.strip():
        problems["title_zh"] = _("请填写标题")
    for key, text in texts.items():
        try:
            check_text(text, record_type)
        except DefinitionProblem as problem:
            problems[key] = problem.message
        if key.startswith("title") and len(text) > 200:
            problems[key] = _("标题太长，最多 200 字")
        if len(text) > 5000:
            problems[key] = _("正文太长，最多 5000 字")
    if problems:
        raise InvalidRecord(problems)
    row = template or MessageTemplate(key=_free_key(record_type), record_type=record_type.key)
    row.name_zh, row.name_en = name_zh.strip()[:120], name_en.strip()[:120]
    for key, text in texts.items():
        setattr(row, key, text.strip())
    row.is_active, row.changed_at, row.changed_by_id = is_active, now(), actor.user_id
    row.save()
    epochs.bump(EPOCH)
    record_event(
        EventDraft(
            kind=kinds.TEMPLATE_SAVED.key,
            record_type="message_template",
            record_id=row.pk,
            actor=actor.ref,
            facts={"name": row.name_zh},
        )
    )
    return row


def _free_key(record_type: RecordType) -> str:
    taken = set(MessageTemplate.objects.values_list("key", flat=True))
    number = 1
    while (key := f"{record_type.key}_{number}") in taken:
        number += 1
    return key
