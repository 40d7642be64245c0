"""Making entry pages, and taking what comes through them (LEAD-1)."""

import hashlib
import json
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.db import IntegrityError, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor, system_actor
from kezhi.access.policies import require_area
from kezhi.core import epochs
from kezhi.core.clock import now
from kezhi.core.events import EventDraft, Json, record_event
from kezhi.core.figures import text_figure
from kezhi.records.lists import list_choices
from kezhi.records.operations import InvalidRecord
from kezhi.records.operations.writing import draft_new, store_new
from kezhi.records.registry import record_type
from kezhi.sales.entry_forms import EPOCH, OFFERED, controls_of, short_language
from kezhi.sales.events_leads import FORM_SAVED, RECEIVED
from kezhi.sales.models import EntryForm, Lead, LeadSource

Problems = dict[str, str | Promise]

_HOST = re.compile(r"(\*\.)?([a-z0-9-]+\.)*[a-z0-9-]+")
_MOST_SITES = 20
_LONGEST = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class FormPlan:
    """An entry page as somebody wants it. ``fields`` are (key, required) in order; ``sites`` what was typed."""

    name: str
    title_zh: str
    title_en: str = ""
    intro_zh: str = ""
    intro_en: str = ""
    thanks_zh: str = ""
    thanks_en: str = ""
    consent_zh: str = ""
    consent_en: str = ""
    fields: Sequence[tuple[str, bool]] = ()
    channel: str = ""
    source_id: int | None = None
    source_detail: str = ""
    sites: Sequence[str] = ()
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class Submission:
    """What came in through a page. ``key`` is the page's random number: the same entries from it are one act."""

    values: Mapping[str, str]
    key: str
    consented: bool = False
    host: str = ""

    def digest(self) -> str:
        """The same for a double tap; another for the next visitor who goes back to the same page."""
        said = json.dumps([self.key, sorted(self.values.items())], ensure_ascii=False)
        return hashlib.sha256(said.encode()).hexdigest()[:40]


@transaction.atomic
def save_entry_form(form: EntryForm | None, plan: FormPlan, *, actor: Actor) -> EntryForm:
    """Make or change an entry page; its address never changes.

    Raises:
        NotAllowed: the actor does not look after sources.
        InvalidRecord: with a sentence per part.
    """
    require_area(actor, "lead_source", "edit")
    sites, problems = _read_sites(plan.sites)
    problems |= _problems_of(plan)
    source = None
    if plan.source_id is not None:
        source = LeadSource.objects.visible_to(actor).filter(pk=plan.source_id, deleted_at__isnull=True).first()
        if source is None:
            problems["source"] = _("找不到这个来源")
    if problems:
        raise InvalidRecord(problems)
    row = form or EntryForm(token=secrets.token_urlsafe(9), created_at=now())
    row.name = plan.name.strip()[:80]
    for part in ("title", "intro", "thanks", "consent"):
        for language in ("zh", "en"):
            setattr(row, f"{part}_{language}", getattr(plan, f"{part}_{language}").strip()[:_LONGEST])
    row.fields = [{"key": key, "required": required} for key, required in plan.fields]
    row.channel, row.source = plan.channel, source
    row.source_detail, row.sites, row.is_active = plan.source_detail.strip()[:200], sites, plan.is_active
    row.changed_at, row.changed_by_id = now(), actor.user_id
    row.save()
    epochs.bump(EPOCH)
    record_event(
        EventDraft(
            kind=FORM_SAVED.key,
            record_type="entry_form",
            record_id=row.pk,
            actor=actor.ref,
            facts={"name": row.name, "active": row.is_active},
        )
    )
    return row


def receive_submission(form: EntryForm, given: Submission) -> Lead:
    """Store what somebody entered on a page as a lead, once however often it is sent; only the page's own fields count.

    Who enters something learns nothing of what is known already: duplicates are matched for those inside.

    Raises:
        InvalidRecord: with a sentence per field, and "consent" where it was not given.
    """
    actor = system_actor(form.name, door="form", door_ref=str(form.pk))
    key = f"form:{form.pk}:{given.digest()}"[:64]
    if (known := _stored(key)) is not None:
        return known
    values, problems = _values_of(form, given)
    return capture_lead(
        values,
        given=_given(form, given, key),
        told={"form": form.name, "form_id": form.pk, "language": short_language(), "host": given.host},
        actor=actor,
        problems=problems,
    )


def capture_lead(
    values: Mapping[str, str],
    *,
    given: Mapping[str, Any],
    told: Mapping[str, Json] | None,
    actor: Actor,
    problems: Mapping[str, str | Promise] | None = None,
) -> Lead:
    """Store what came in by itself, through a page or by mail, as a lead; ``given["client_key"]`` is stored once.

    ``told`` are the facts of the event that it came through a page; None where another event says so.

    Raises:
        InvalidRecord: with a sentence per field; ``problems`` are those known before.
    """
    key = str(given["client_key"])
    try:
        with transaction.atomic():
            [draft] = draft_new(record_type("lead"), [values], actor=actor, given=[given])
            if found := {**draft.problems, **(problems or {})}:
                raise InvalidRecord(found)
            if given.get("source_id") is not None:
                draft.after["source"] = given["source_id"]
            [lead] = store_new(record_type("lead"), [draft], actor=actor)
            if told is not None:
                record_event(
                    EventDraft(kind=RECEIVED.key, record_type="lead", record_id=lead.pk, actor=actor.ref, facts=told)
                )
            stored: Lead = lead
            return stored
    except IntegrityError:
        # Two posts of one page at once: the other one was first.
        if (known := _stored(key)) is not None:
            return known
        raise


def _stored(key: str) -> Lead | None:
    found: Lead | None = Lead.objects.ungated("sent twice").filter(client_key=key).first()
    return found


def _values_of(form: EntryForm, given: Submission) -> tuple[dict[str, str], Problems]:
    values: dict[str, str] = {}
    problems: Problems = {}
    for control in controls_of(form):
        value = str(given.values.get(control.key, "")).strip()[:_LONGEST]
        if value:
            values[control.key] = value
        elif control.required:
            problems[control.key] = _("必填")
    if form.text("consent") and not given.consented:
        problems["consent"] = _("请先同意，我们才能联系您")
    if not values.get("phone") and not values.get("email") and not problems:
        asked = [control.key for control in controls_of(form) if control.key in ("phone", "email")]
        if asked:
            problems[asked[0]] = _("请留一个电话或邮箱，我们好联系您")
    values.setdefault("name", values.get("contact_name") or text_figure("sales.unknown_contact"))
    own = short_language()
    if list_choices("language").find(own) is not None:
        values["language"] = own
    return values, problems


def _given(form: EntryForm, given: Submission, key: str) -> dict[str, Any]:
    consent = form.text("consent")
    return {
        "channel": form.channel,
        "source_detail": form.source_detail,
        "source_id": form.source_id,
        "entry_form_id": form.pk,
        "client_key": key,
        "consented_at": now() if consent else None,
        "consent_text": consent,
    }


def _problems_of(plan: FormPlan) -> Problems:
    problems: Problems = {}
    if not plan.name.strip():
        problems["name"] = _("请给录入页起个名字")
    if not plan.title_zh.strip():
        problems["title_zh"] = _("请填写标题")
    keys = [key for key, _required in plan.fields]
    if any(key not in OFFERED for key in keys) or len(set(keys)) != len(keys):
        problems["fields"] = _("请从列表里选择字段")
    elif not {"phone", "email"} & set(keys):
        problems["fields"] = _("至少要有电话或邮箱，不然没法联系")
    elif not {"name", "contact_name"} & set(keys):
        problems["fields"] = _("至少要有线索名称或联系人")
    if list_choices("source").find(plan.channel) != plan.channel:
        problems["channel"] = _("请选择来源渠道")
    return problems


def _read_sites(typed: Sequence[str]) -> tuple[list[str], Problems]:
    """Origins such as https://www.example.com; a bare host gets https."""
    sites: list[str] = []
    for text in typed:
        raw = text.strip().rstrip("/").lower()
        if not raw:
            continue
        parts = urlsplit(raw if "://" in raw else f"https://{raw}")
        try:
            port = f":{parts.port}" if parts.port else ""
        except ValueError:
            port = "?"
        is_plain = not parts.path and not parts.query and not parts.fragment and "@" not in parts.netloc
        if parts.scheme not in ("https", "http") or not _HOST.fullmatch(parts.hostname or "") or port == "?":
            return [], {"sites": _("“%(site)s”不是网址，例如 https://www.example.com") % {"site": text.strip()[:80]}}
        if not is_plain:
            return [], {"sites": _("请只写网站，不要写路径：%(site)s") % {"site": text.strip()[:80]}}
        sites.append(f"{parts.scheme}://{parts.hostname}{port}")
    if len(sites) > _MOST_SITES:
        return [], {"sites": _("网站太多，最多 %(most)s 个") % {"most": _MOST_SITES}}
    return list(dict.fromkeys(sites)), {}
