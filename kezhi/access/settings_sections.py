"""What the settings home lists: every app registers its pages here, in ``AppConfig.ready`` or at import."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Section:
    """A page of the settings.

    ``area_action`` is the right it needs, "settings.lists" or "audit.view"; empty: everybody who is signed in.
    ``group`` is the heading it stands under.
    """

    key: str
    label: Text
    icon: str
    url_name: str
    area_action: str
    order: int
    group: str = "data"
    help: Text = ""

    def allowed(self, actor: Actor) -> bool:
        """Whether this actor may open it."""
        return not self.area_action or actor.allows(*self.area_action.rsplit(".", 1))


GROUPS: dict[str, Text] = {
    "organisation": _("组织与权限"),
    "data": _("数据与字段"),
    "process": _("流程与参数"),
    "system": _("系统与安全"),
}

_sections: dict[str, Section] = {}
_areas: dict[str, tuple[int, Text]] = {}


def register_section(
    key: str,
    label: Text,
    icon: str,
    url_name: str,
    area_action: str,
    order: int,
    *,
    group: str = "data",
    help: Text = "",
) -> None:
    """Put a page on the settings home (``group``: organisation, data, process, system); a known key is replaced."""
    if group not in GROUPS:
        raise ValueError(f"no such group of settings: {group}")
    _sections[key] = Section(key, label, icon, url_name, area_action, order, group, help)


def sections_for(actor: Actor) -> list[Section]:
    """The pages this actor may open, in order."""
    allowed = [section for section in _sections.values() if section.allowed(actor)]
    return sorted(allowed, key=lambda section: (section.order, section.key))


def register_figure_area(area: str, label: Text, *, order: int = 50) -> None:
    """Name a group of figures (the part of their keys before the dot) on the figures page."""
    _areas[area] = (order, label)


def figure_areas(areas: Iterable[str]) -> list[tuple[str, Text]]:
    """These areas with their names, in the order of the page; one nobody named comes last under its key."""
    known = sorted(set(areas), key=lambda area: (_areas.get(area, (999, ""))[0], area))
    return [(area, _areas.get(area, (999, area))[1]) for area in known]
