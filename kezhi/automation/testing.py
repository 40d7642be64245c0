"""The ways out that rules have, under the contract of every record type: what they tell, try, note down and preview."""

from collections.abc import Mapping
from typing import Any

from kezhi.access.testing import Member
from kezhi.automation.actions.base import Step, Target
from kezhi.automation.actions.telling import Notify
from kezhi.automation.definition import read_definition
from kezhi.automation.models import Rule, RuleRun, RuleVersion, RunState
from kezhi.automation.telling_runs import rules_about, tell_runs
from kezhi.automation.trying import try_rule
from kezhi.automation.views.templates import previews_of
from kezhi.core.clock import now
from kezhi.records.fields import LongTextField, TextField
from kezhi.records.testing import Door, Planted, register_door
from kezhi.records.testing.doors import get
from kezhi.work.models import Notification


def _notices(member: Member, planted: Planted) -> str:
    """A rule tells the member every field of the record, one message each: inbox and what its mails are made of."""
    record_type = planted.record_type
    actor = member.actor
    for number, key in enumerate(record_type.all_fields()):
        text = {"zh": f"{{{record_type.title_field}}} {{number}}\n{{{key}}}"}
        step = Step(0, "contract", 1, number, record_type, {"to": [f"user:{member.id}"], "text": text})
        Notify().perform(step, [Target(planted.record, actor, None)])
    rows = Notification.objects.filter(user_id=member.id).values_list("title", "why")
    return get(member, "/inbox/", tab="all") + "\n".join(f"{title}\n{why}" for title, why in rows)


def _definition(planted: Planted) -> Mapping[str, Any]:
    """A rule that writes into every text field what stands in it."""
    texts = [
        known.key
        for known in planted.record_type.all_fields().values()
        if isinstance(known, TextField | LongTextField) and not known.read_only
    ]
    tell = {"do": "notify", "with": {"to": ["owner"], "text": {"zh": "contract"}}}
    return {
        "when": {"on": "saved"},
        "do": [tell, *({"do": "set_field", "with": {"field": key, "value": f"{{{key}}}"}} for key in texts[:10])],
    }


def _dry_run(member: Member, planted: Planted) -> str:
    definition = read_definition(_definition(planted), planted.record_type)
    trial = try_rule(definition, actor=member.actor, ids=[planted.record.pk])
    return "\n".join(f"{row.shown.title} {row.would} {row.why_not}" for row in trial.rows)


def _runs(member: Member, planted: Planted) -> str:
    """What a rule did to the record, as lists of runs and the record's own page tell it."""
    record_type = planted.record_type
    definition = _definition(planted)
    rule = Rule.objects.create(record_type=record_type.key, name_zh="contract", created_at=now())
    version = RuleVersion.objects.create(rule=rule, number=1, definition=definition, created_at=now())
    fields = record_type.all_fields()
    did = [
        {
            "step": number,
            "key": "set_field",
            "facts": {
                "field": step["with"]["field"],
                "value": str(fields[step["with"]["field"]].get(planted.record) or ""),
                "changed": True,
            },
        }
        for number, step in enumerate(definition["do"])
        if step["do"] == "set_field"
    ]
    run = RuleRun.objects.create(
        rule=rule,
        version=version,
        record_type=record_type.key,
        record_id=planted.record.pk,
        state=RunState.DONE,
        started_at=now(),
        happened_at=now(),
        did=did,
    )
    told = "\n".join(f"{row.title} {row.did} {row.error}" for row in tell_runs([run], member.actor))
    about = rules_about(record_type, planted.record.pk, member.actor) if told else []
    page = get(member, f"/{record_type.slug}/{planted.record.pk}/rules/")
    return "\n".join([told, page, *(str(row.reasons) for row in about)])


def _template(member: Member, planted: Planted) -> str:
    """The preview of a template with every field in it, on a record the member names by its number."""
    keys = "\n".join(f"{{{key}}}" for key in planted.record_type.all_fields())
    texts = {"title_zh": "{number}", "title_en": "", "body_zh": keys, "body_en": ""}
    found = previews_of(planted.record_type, texts, member.actor, planted.record.number)
    return "\n".join(f"{title}\n{body}" for _language, title, body in found)


register_door(Door("notices of rules", _notices))
register_door(Door("dry run", _dry_run))
register_door(Door("runs of rules", _runs))
register_door(Door("template preview", _template))
