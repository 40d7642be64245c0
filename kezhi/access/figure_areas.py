"""The groups of figures on their page: the part of a key before the dot, and what it is called."""

from collections.abc import Iterable

from django.utils.functional import Promise

Text = str | Promise

_areas: dict[str, tuple[int, Text]] = {}


def register_figure_area(area: str, label: Text, *, order: int = 50) -> None:
    """Name a group of figures (the part of their keys before the dot) on the figures page."""
    _areas[area] = (order, label)


def figure_areas(areas: Iterable[str]) -> list[tuple[str, Text]]:
    """These areas with their names, in the order of the page; one nobody named comes last under its key."""
    known = sorted(set(areas), key=lambda area: (_areas.get(area, (999, ""))[0], area))
    return [(area, _areas.get(area, (999, area))[1]) for area in known]
