"""Living through the demo company's sessions: each one enters its customers, contacts, changes, tasks and follow-ups.

Everything goes through the usual operations with the clock at the session, many records at once, so that a large
register is filled quickly and every record has the events, search entries and stored facts it would have had.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from random import Random
from typing import Any

from django.db import transaction
from django.db.models import F

from kezhi.access.actors import Actor
from kezhi.core.clock import clock_at, local, now
from kezhi.customers.models import Contact, Customer
from kezhi.engagement.models import FollowUp
from kezhi.process.demo import people
from kezhi.process.demo.calendar import Sessions, due_today, work_time, worked_before
from kezhi.process.demo.profiles import Profiles
from kezhi.process.demo.stories import Story, Visit
from kezhi.process.demo.words import Report, Writer
from kezhi.records.behaviour import Draft
from kezhi.records.operations import InvalidRecord, draft_changes, draft_new, store_changes, store_new
from kezhi.records.registry import RecordType, record_type
from kezhi.work.models import Task

_CHUNK = 300
_STEP = dt.timedelta(seconds=15)
# A customer is given up by hand; the rest of its life follows from what is sold (CUS-14).
_MOVES = {"lost": "lost"}
# A renewal costs a part of what was bought.
_SHARE = {"renewal": 0.18}


class Player:
    """Enters what the stories say, session by session."""

    def __init__(
        self, sessions: Sessions, users: Mapping[str, int], actors: Mapping[str, Actor], profiles: Profiles, rng: Random
    ) -> None:
        self._sessions = sessions
        self._users = users
        self._usernames = {pk: username for username, pk in users.items()}
        self._actors = actors
        self._profiles = profiles
        self._rng = rng
        self._writer = Writer(rng)
        self._born: dict[int, list[Story]] = defaultdict(list)
        self._visits: dict[int, list[tuple[Story, int]]] = defaultdict(list)
        self._closings: dict[int, list[Story]] = defaultdict(list)
        self._customer, self._contact = record_type("customer"), record_type("contact")
        self._task, self._follow_up = record_type("task"), record_type("follow_up")

    def cast(self, story: Story) -> None:
        """Take a story in."""
        self._born[story.born].append(story)
        for place, visit in enumerate(story.visits):
            self._visits[visit.session].append((story, place))
        if story.fate == "dormant" and story.visits:
            self._closings[min(story.visits[-1].session + 4, len(self._sessions) - 1)].append(story)

    def play(self, session: int) -> int:
        """Enter one session; gives how many records it made."""
        moment = self._sessions.moments[session] - 6 * _STEP
        born = self._born.pop(session, [])
        visits = self._visits.pop(session, [])
        for chunk in _chunks(born):
            with transaction.atomic():
                with clock_at(moment):
                    self._enter_customers(chunk)
                with clock_at(moment + _STEP):
                    self._enter_contacts([(story, 0) for story in chunk if story.people])
        for chunk in _chunks(visits):
            with transaction.atomic():
                self._enter_visits(chunk, session, moment + 2 * _STEP)
        closings = [story for story in self._closings.pop(session, []) if story.task_id]
        if closings:
            with transaction.atomic(), clock_at(moment + 6 * _STEP):
                self._finish_tasks(closings, Task.State.DROPPED)
        return len(born) + len(visits)

    # -- customers and contacts

    def _enter_customers(self, stories: Sequence[Story]) -> None:
        drafts = []
        for story in stories:
            values = self._profiles.at_entry(story, self._users)
            drafts += draft_new(self._customer, [values], actor=self._entered_by(story))
        for story, record in zip(stories, _store(self._customer, drafts), strict=True):
            story.pk = record.pk

    def _enter_contacts(self, wanted: Sequence[tuple[Story, int]]) -> None:
        if not wanted:
            return
        customers = _customers(story.pk for story, _place in wanted)
        drafts = []
        for story, place in wanted:
            person = story.people[place]
            values = self._profiles.contact(story, person, is_first=place == 0)
            actor = self._entered_by(story) if place == 0 else self._owner(customers[story.pk])
            drafts += draft_new(self._contact, [values], actor=actor, given=[{"customer": customers[story.pk]}])
        for (story, _place), record in zip(wanted, _store(self._contact, drafts), strict=True):
            story.contact_ids.append(record.pk)

    def _entered_by(self, story: Story) -> Actor:
        """Reps enter whom they found themselves, marketing's lists come in through the data steward."""
        own = story.source in ("visit", "phone", "partner") and story.owner and not story.twin_of
        return self._actor(story.owner if own else people.STEWARD)

    def _actor(self, username: str) -> Actor:
        return self._actors[username].fresh()

    # -- follow-ups

    def _enter_visits(self, chunk: Sequence[tuple[Story, int]], session: int, moment: dt.datetime) -> None:
        with clock_at(moment):
            self._finish_tasks([story for story, place in chunk if story.task_id and not story.visits[place].agent])
        with clock_at(moment + _STEP):
            self._enter_contacts(
                [(story, len(story.contact_ids)) for story, place in chunk if _meets_more(story, place)]
            )
        customers = _customers(story.pk for story, _place in chunk)
        with clock_at(moment + 2 * _STEP):
            self._learn(chunk, customers)
        with clock_at(moment + 3 * _STEP):
            self._record(chunk, customers, session)

    def _learn(self, chunk: Sequence[tuple[Story, int]], customers: Mapping[int, Any]) -> None:
        """What a follow-up taught about the customer, and how far it has come."""
        drafts = []
        for story, place in chunk:
            visit = story.visits[place]
            customer = customers[story.pk]
            values = self._profiles.learnt(story, place, customer)
            move = _MOVES.get(visit.stage, "")
            if visit.agent or not (values or move):
                continue
            actor = self._owner(customer)
            [draft] = draft_changes(self._customer, [(customer, values)], actor=actor)
            if move and customer.lifecycle in ("lead", "opportunity"):
                draft.before["lifecycle"], draft.after["lifecycle"] = customer.lifecycle, move
                customer.lifecycle = move
            if draft.after:
                drafts.append(draft)
        _refuse(drafts)
        if drafts:
            store_changes(self._customer, drafts, actor=drafts[0].actor)
            ids = [draft.record.pk for draft in drafts]
            Customer.objects.ungated("demo company").filter(pk__in=ids).update(changed_by=F("owner"))

    def _record(self, chunk: Sequence[tuple[Story, int]], customers: Mapping[int, Any], session: int) -> None:
        contacts = {row.pk: row for row in _rows(Contact, (pk for story, _place in chunk for pk in story.contact_ids))}
        drafts = []
        for story, place in chunk:
            visit, customer = story.visits[place], customers[story.pk]
            contact = contacts.get(self._rng.choice(story.contact_ids)) if story.contact_ids else None
            actor = self._actor(visit.agent) if visit.agent else self._owner(customer)
            report = self._report(story, visit, customer, contact)
            values: dict[str, Any] = {
                "method": report.method,
                "happened_at": self._sessions.happened(session, self._rng),
                "summary": report.summary,
                "feedback": report.feedback,
                "signal": report.signal,
            }
            if report.next_action:
                values["next_action"] = report.next_action
                values["next_person"] = str(self._users[report.helper] if report.helper else actor.user_id)
                values["next_due_at"] = self._due(story, place, session)
            else:
                values["no_next_reason"] = report.no_next_reason
            drafts += draft_new(
                self._follow_up, [values], actor=actor, given=[{"customer": customer, "contact": contact}]
            )
        stored = _store(self._follow_up, drafts)
        ids = [record.pk for record in stored]
        tasks = dict(FollowUp.objects.ungated("demo company").filter(pk__in=ids).values_list("pk", "task_id"))
        for (story, place), record in zip(chunk, stored, strict=True):
            if not story.visits[place].agent:
                story.task_id = tasks[record.pk] or 0

    def _owner(self, customer: Any) -> Actor:
        """The owner as actor; customers change hands while the year goes by."""
        return self._actor(self._usernames[customer.owner_id])

    def _report(self, story: Story, visit: Visit, customer: Any, contact: Any) -> Report:
        called = contact.name if contact is not None else customer.name
        person = next((person for person in story.people if person.name == called), None)
        return self._writer.report(
            visit.stage,
            customer=story.index,
            industry=story.industry,
            who=person.called if person is not None and person.title else called,
            city=story.place.city,
            amount=f"{max(1, round(story.budget * _SHARE.get(visit.stage, 1)))} 万",  # zh-data
            product=story.product,
        )

    def _due(self, story: Story, place: int, session: int) -> dt.datetime:
        """By when the next action is due: about when the next follow-up is made, or as the customer stands today."""
        rng, sessions = self._rng, self._sessions
        moment = sessions.moments[session]
        later = [visit.session for visit in story.visits[place + 1 :] if not visit.agent]
        if later:
            day = local(sessions.moments[later[0]]).date() + dt.timedelta(days=rng.choice((-2, -1, -1, 0, 0, 0, 0, 1)))
            due = work_time(day, rng)
        elif story.fate == "today":
            due = due_today(sessions.end, rng)
        elif story.fate == "overdue":
            day = worked_before(local(sessions.end).date() - dt.timedelta(days=rng.randint(1, 12)))
            due = work_time(day, rng)
        elif story.fate == "dormant":
            due = work_time(local(moment).date() + dt.timedelta(days=rng.randint(3, 8)), rng)
        else:
            due = work_time(local(sessions.end).date() + dt.timedelta(days=rng.randint(1, 19)), rng)
        return max(due, moment + dt.timedelta(hours=1))

    # -- tasks

    def _finish_tasks(self, stories: Sequence[Story], state: str = Task.State.DONE) -> None:
        """The next actions of earlier follow-ups are done (or dropped), by whoever they fell to."""
        stories = [story for story in stories if story.task_id]
        tasks = {task.pk: task for task in _rows(Task, (story.task_id for story in stories))}
        moment = now()
        drafts = []
        for story in stories:
            task = tasks[story.task_id]
            story.task_id = 0
            if task.state != Task.State.OPEN:
                continue
            before = {"state": task.state, "done_at": task.done_at, "result": task.result}
            task.state, task.done_at, task.done_by_id = state, moment, task.owner_id
            task.result = self._writer.result() if state == Task.State.DONE else self._writer.drop_reason()
            after = {"state": task.state, "done_at": task.done_at, "result": task.result}
            drafts.append(Draft(task, before, after, self._actor(self._usernames[task.owner_id]), is_new=False))
        if drafts:
            store_changes(self._task, drafts, actor=drafts[0].actor)
            ids = [draft.record.pk for draft in drafts]
            rows = Task.objects.ungated("demo company").filter(pk__in=ids)
            rows.update(done_by=F("owner"), changed_by=F("owner"))

    def leave(self, leaver: str, receiver: str) -> None:
        """Somebody left: what was still to come to them comes to somebody else."""
        for stories in self._born.values():
            for story in stories:
                if story.owner == leaver:
                    story.owner = receiver


def _refuse(drafts: Sequence[Draft]) -> None:
    """The demo company obeys the rules as everybody does; a story that breaks one is a mistake in the story."""
    for draft in drafts:
        if draft.problems:
            raise InvalidRecord(draft.problems)


def _store(known: RecordType, drafts: Sequence[Draft]) -> list[Any]:
    _refuse(drafts)
    for draft in drafts:
        draft.record.created_by_id = draft.actor.user_id
    return store_new(known, drafts, actor=drafts[0].actor) if drafts else []


def _customers(ids: Iterable[int]) -> dict[int, Any]:
    return {row.pk: row for row in _rows(Customer, ids)}


def _rows(model: Any, ids: Iterable[int]) -> list[Any]:
    wanted = sorted(set(ids))
    rows: list[Any] = []
    for start in range(0, len(wanted), _CHUNK):
        rows += model.objects.ungated("demo company").filter(pk__in=wanted[start : start + _CHUNK])
    return rows


def _meets_more(story: Story, place: int) -> bool:
    """A second contact becomes known when the need is talked about, a third with the proposal, and so on."""
    stages = [visit.stage for visit in story.visits[: place + 1]]
    known = len(story.contact_ids)
    return 0 < known < len(story.people) and stages[-1] != "service" and len(stages) > known


def _chunks(rows: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(rows), _CHUNK):
        yield rows[start : start + _CHUNK]
