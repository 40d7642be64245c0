"""What the settings home lists: every app registers its pages here, in ``AppConfig.ready`` or at import."""

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
