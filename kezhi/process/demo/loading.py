"""Loading the demo company into an empty database."""

import datetime as dt
from collections.abc import Callable
from random import Random

from django.db import connection, transaction
from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import override

from kezhi.access.actors import Actor, user_actor
from kezhi.access.figures import COMPANY_NAME, FIRST_STEPS_SHOWN
from kezhi.access.models import User
from kezhi.access.operations import install_defaults
from kezhi.automation.models import RuleRun
from kezhi.core import epochs
from kezhi.core.clock import clock_at, now
from kezhi.core.figures import set_figure
from kezhi.core.sealing import seal_all
from kezhi.core.workdays import fill_calendar
from kezhi.customers.models import Contact, Customer
from kezhi.engagement.cadence import refresh_cadence
from kezhi.engagement.models import FollowUp
from kezhi.process.demo import people
from kezhi.process.demo.agenda import Agenda
from kezhi.process.demo.calendar import sessions_until
from kezhi.process.demo.company import demo_actor, is_loaded, set_up_people
from kezhi.process.demo.extras import Extras, add_custom_fields
from kezhi.process.demo.inquiries import Inquiries
from kezhi.process.demo.offers import plan_sources, set_up_offers, set_up_targets
from kezhi.process.demo.past_leads import PastLeads
from kezhi.process.demo.playing import Player
from kezhi.process.demo.pool import Pool
from kezhi.process.demo.profiles import Profiles
from kezhi.process.demo.selling import Selling
from kezhi.process.demo.stories import Story, Storyteller
from kezhi.records.defaults import install_defaults as install_lists
from kezhi.work.models import Task

DEFAULT_SIZE = 300
DEFAULT_SEED = 2026
Progress = Callable[[int, int], None]


class DemoProblem(Exception):
    """The demo company cannot be loaded here; the text says why."""


def load_demo(
    size: int = DEFAULT_SIZE, seed: int = DEFAULT_SEED, *, force: bool = False, progress: Progress | None = None
) -> None:
    """Fill the database with the demo company and ``size`` customers, the same for the same seed on the same day.

    Raises:
        DemoProblem: somebody works here already (unless ``force``), or the demo company is here.
    """
    if size < 1:
        raise DemoProblem(_("至少要有一位客户。"))
    if is_loaded():
        raise DemoProblem(_("这里已经有演示公司了。"))
    if User.objects.exists() and not force:
        raise DemoProblem(_("这里已经有用户，不会再载入演示公司。确实要加进来请用 --force。"))
    # In one piece: of a load that was broken off nothing stays, and the next start loads it anew.
    with override("zh-hans"), transaction.atomic(), epochs.snapshot():
        _load(size, Random(seed), progress or (lambda _done, _all: None))  # noqa: S311 - nothing secret
    with connection.cursor() as cursor:
        # The planner knows nothing yet about tables that were empty a moment ago.
        cursor.execute("ANALYZE")


def begin_rules() -> None:
    """Let what happened in the last days set off its rules as of now: nobody kept them waiting."""
    seal_all()
    with transaction.atomic():
        RuleRun.objects.filter(happened_at__lt=F("started_at")).update(happened_at=F("started_at"))


def _load(size: int, rng: Random, progress: Progress) -> None:
    end = now()
    sessions = sessions_until(end, rng)
    actor = demo_actor()
    with clock_at(sessions.moments[0] - dt.timedelta(hours=9)):
        fill_calendar()
        install_lists()
        install_defaults(actor=actor)
        set_figure(COMPANY_NAME.key, people.DEPARTMENTS[0].zh, actor_ref=actor.ref)
        set_figure(FIRST_STEPS_SHOWN.key, False, actor_ref=actor.ref)
        users = set_up_people(actor=actor, day_ends=end)
        area, backup = add_custom_fields(actor)
    fill_calendar()
    actors: dict[str, Actor] = {username: user_actor(pk) for username, pk in users.items()}
    teller = Storyteller(sessions, rng)
    player = Player(sessions, users, actors, Profiles(teller.names, rng, area=area, backup=backup), rng)
    stories: list[Story] = []
    for story in teller.tell(size):
        player.cast(story)
        if len(stories) < DEFAULT_SIZE:
            stories.append(story)
    for twin in teller.twins(stories):
        player.cast(twin)
        stories.append(twin)
    extras = Extras(sessions, users, actors, stories, player, rng)
    set_up_offers(actors, users, sessions.moments[0] - dt.timedelta(hours=8))
    agenda = Agenda()
    sources = plan_sources(actors, end, agenda)
    Inquiries(sessions, users, actors, rng, agenda).plan(sources)
    past = PastLeads(sessions, users, sources, Random(size))  # noqa: S311 - of its own: all else stays as it was
    past.plan(stories)
    agenda.at(end - dt.timedelta(days=80), lambda: set_up_targets(actors, users, end))
    selling = Selling(sessions, users, actors, rng)
    selling.plan(stories)
    Pool(users, actors, rng, agenda).plan(end)
    done = 0
    for session in range(len(sessions)):
        agenda.until(sessions.moments[session] - dt.timedelta(minutes=5))
        extras.before(session)
        done += player.play(session)
        extras.after(session)
        past.after(session)
        selling.after(session)
        progress(session + 1, len(sessions))
    with transaction.atomic():
        for model in (Customer, Contact, FollowUp, Task):
            # Records entered together were stored in one go; each was made, and so far changed, by its own author.
            model.objects.ungated("demo company").filter(version=1).update(changed_by=F("created_by"))
    agenda.until(end)
    # Time alone makes customers dormant; a running house sees to it every night.
    refresh_cadence(list(Customer.objects.ungated("demo company").values_list("pk", flat=True)))
    extras.finish()
    past.finish()
