"""What a new installation is given: the shipped roles, lists, tags, views, approval flows, rules and the calendar."""

from kezhi.access.actors import system_actor
from kezhi.access.operations import install_defaults as install_roles
from kezhi.automation.defaults import install_rules
from kezhi.core.workdays import fill_calendar
from kezhi.engagement.defaults.cadence_plans import install_cadence_plans
from kezhi.records.defaults import install_defaults as install_lists
from kezhi.records.jobs import have_indexes_arranged, rebuild_outdated_searches
from kezhi.work.operations.approval_flows import install_flows


def install_shipped() -> None:
    """Bring in shipped rows that were never there; what an administrator changed stays. Harmless to repeat.

    Words to search by that this version makes otherwise are made anew in the background, where indexes for views are
    looked after as well.
    """
    fill_calendar()
    install_lists()
    install_roles(actor=system_actor("kezhi", door="cli"))
    install_flows()
    install_cadence_plans()
    install_rules()
    rebuild_outdated_searches()
    have_indexes_arranged()
