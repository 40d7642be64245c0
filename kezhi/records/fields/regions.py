"""Province, city, district: typed with the official names offered, each narrowed by the one before (CUS-1)."""

from dataclasses import dataclass
from typing import ClassVar

from kezhi.records.fields.plain import TextField


@dataclass(frozen=True, kw_only=True)
class RegionField(TextField):
    """A part of an address: ``part`` is province, city or district; ``above`` are the keys of the parts before it.

    Places abroad and old names stay possible: the official list is offered, not enforced.
    """

    part: str
    above: tuple[str, ...] = ()
    max_length: int = 30

    control: ClassVar[str] = "region"
