"""What every form asks that records a contact: how it was made, and who does what by when next (FUP-2)."""

from collections.abc import Mapping
from datetime import datetime, time

from kezhi.access.actors import Actor
from kezhi.access.directory import people_options
from kezhi.core.clock import company_zone, local, now
from kezhi.core.workdays import add_workdays
from kezhi.records.lists import list_choices

_END_OF_DAY = time(17, 0)


class ContactAsked:
    """Parts of a form for its template; ``values`` are what was typed so far, by the name of the control."""

    actor: Actor
    values: Mapping[str, str]

    @property
    def methods(self) -> list[tuple[str, str, str]]:
        """(key, name, icon) of the ways to get in touch."""
        rows = list_choices("follow_up_method").options()
        return [(row.value, row.label, row.tone or "followup") for row in rows if row.is_active]

    @property
    def method(self) -> str:
        """The chosen method, the first one at the start."""
        return self.values.get("method") or next((key for key, _label, _icon in self.methods), "")

    @property
    def people(self) -> list[tuple[str, str]]:
        """Who can do the next step, the writer first."""
        own = str(self.actor.user_id)
        return sorted(people_options(), key=lambda row: row[0] != own)

    @property
    def next_person(self) -> str:
        """Whoever was chosen, else the writer."""
        return self.values.get("next_person") or str(self.actor.user_id or "")

    @property
    def next_due_at(self) -> str:
        """What was typed, else the end of the next working day."""
        if "next_due_at" in self.values:
            return self.values["next_due_at"]
        day = add_workdays(local(now()).date(), 1)
        return datetime.combine(day, _END_OF_DAY, company_zone()).strftime("%Y-%m-%dT%H:%M")
