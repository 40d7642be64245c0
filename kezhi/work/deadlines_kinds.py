"""Kinds of promises and their terms: how long, in which time, when to warn, when to tell those above (SVC-3).

Each kind registers its terms as figures, so that an administrator changes them for the company or a department.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise

from django.utils.functional import Promise, lazy
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from kezhi.access.figure_areas import register_figure_area
from kezhi.core import epochs
from kezhi.core.figures import (
    Figure,
    FigureKind,
    Scalar,
    boolean_figure,
    integer_figure,
    register_figure,
    text_figure,
)
from kezhi.core.values.problem import ValueProblem

AREA = "deadlines"
WARN_PERCENTS = "deadlines.warn_percents"
ESCALATION_MINUTES = "deadlines.escalation_minutes"
LONGEST_MINUTES = 60 * 24 * 366
_MOST_STEPS = 6


@dataclass(frozen=True, slots=True)
class DeadlineKind:
    """A kind of promise.

    ``minutes`` is the shipped length; None where each promise says itself when it is due. ``starts`` and ``ends`` tell
    in words what starts the clock and what meets it. ``percents`` and ``steps`` are its own warnings and escalation
    steps where they differ from everybody's.
    """

    key: str
    label: str | Promise
    minutes: int | None = None
    business_time: bool = True
    starts: str | Promise = ""
    ends: str | Promise = ""
    source: str = ""
    order: int = 50
    percents: tuple[int, ...] = ()
    steps: tuple[int, ...] = ()

    def figure(self, name: str) -> str:
        """The key of one of its figures: on, minutes, business_time, warn_percents, escalation_minutes."""
        return f"{AREA}.{self.key}_{name}"


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for a kind of promise in one department.

    ``percents`` of the time are when to warn; ``steps`` are how long after the end the next one above is told.
    """

    is_on: bool
    length: timedelta | None
    business_time: bool
    percents: tuple[int, ...]
    steps: tuple[timedelta, ...]


OFF = Terms(False, None, False, (), ())

_kinds: dict[str, DeadlineKind] = {}


def register_deadline_kind(kind: DeadlineKind) -> DeadlineKind:
    """Make a kind of promise known, with its figures; the same declaration again is harmless.

    Raises:
        ValueError: another kind has this key.
    """
    known = _kinds.get(kind.key)
    if known is not None and known != kind:
        raise ValueError(f"two kinds of deadlines are called {kind.key}")
    if known is not None:
        return known
    _kinds[kind.key] = kind
    _register_figures(kind)
    return kind


def deadline_kinds() -> list[DeadlineKind]:
    """All kinds in their order."""
    return sorted(_kinds.values(), key=lambda kind: (kind.order, kind.key))


def deadline_kind(key: str) -> DeadlineKind | None:
    """The kind of this key, or None when no installed code knows it."""
    return _kinds.get(key)


def terms_of(key: str, department_id: int | None = None) -> Terms:
    """What holds for a kind in a department; a kind nobody knows is off."""
    kind = _kinds.get(key)
    if kind is None:
        return OFF
    return epochs.cached("figures", ("deadline terms", key, department_id), lambda: _terms(kind, department_id))


def read_numbers(text: str) -> tuple[int, ...]:
    """The whole numbers of a text such as "50 75 90", which spaces or commas may part.

    Raises:
        ValueError: something in it is no number, they do not rise, or there are too many.
    """
    plain = text.translate(str.maketrans("，、,;；%", "      "))
    numbers = tuple(int(part) for part in plain.split())
    if len(numbers) > _MOST_STEPS or any(later <= earlier for earlier, later in pairwise(numbers)):
        raise ValueError("numbers must rise, and be few")
    return numbers


def _terms(kind: DeadlineKind, department_id: int | None) -> Terms:
    percents = text_figure(kind.figure("warn_percents"), department_id) or text_figure(WARN_PERCENTS, department_id)
    steps = text_figure(kind.figure("escalation_minutes"), department_id)
    steps = steps or text_figure(ESCALATION_MINUTES, department_id)
    has_length = kind.minutes is not None
    return Terms(
        is_on=boolean_figure(kind.figure("on"), department_id),
        length=timedelta(minutes=integer_figure(kind.figure("minutes"), department_id)) if has_length else None,
        business_time=has_length and boolean_figure(kind.figure("business_time"), department_id),
        percents=read_numbers(percents),
        steps=tuple(timedelta(minutes=minutes) for minutes in read_numbers(steps)),
    )


# --- figures ----------------------------------------------------------------------------------------------------------


def _between(low: int, high: int, sentence: str | Promise) -> Callable[[Scalar, int | None], None]:
    def check(value: Scalar, department_id: int | None) -> None:
        try:
            numbers = read_numbers(str(value))
        except ValueError:
            numbers = (high + 1,)
        if any(not low <= number <= high for number in numbers):
            raise ValueProblem("deadline.numbers", sentence)

    return check


_check_percents = _between(1, 99, _("请填写 1 到 99 之间、由小到大的百分数，用空格隔开，例如“50 75 90”。"))
_check_steps = _between(0, LONGEST_MINUTES, _("请填写由小到大的分钟数，用空格隔开，例如“30 450”。"))


def _words(sentence: str, label: str | Promise) -> str | Promise:
    def say() -> str:
        return gettext(sentence) % {"kind": label}

    return lazy(say, str)()


def _register_figures(kind: DeadlineKind) -> None:
    def add(name: str, default: Scalar, figure_kind: FigureKind, label: str | Promise, **more: object) -> None:
        register_figure(
            Figure(
                kind.figure(name),
                default,
                kind=figure_kind,
                label=label,
                source=kind.source,
                per_department=True,
                **more,  # type: ignore[arg-type]
            )
        )

    add("on", True, FigureKind.BOOLEAN, _words(_IS_ON, kind.label))
    if kind.minutes is not None:
        add(
            "minutes",
            kind.minutes,
            FigureKind.INTEGER,
            _words(_LENGTH, kind.label),
            unit=_("分钟"),
            minimum=1,
            maximum=LONGEST_MINUTES,
        )
        add("business_time", kind.business_time, FigureKind.BOOLEAN, _words(_BUSINESS, kind.label))
    add(
        "warn_percents",
        " ".join(map(str, kind.percents)),
        FigureKind.TEXT,
        _words(_WARN, kind.label),
        maximum=40,
        check=_check_percents,
    )
    add(
        "escalation_minutes",
        " ".join(map(str, kind.steps)),
        FigureKind.TEXT,
        _words(_ESCALATE, kind.label),
        maximum=60,
        check=_check_steps,
    )


_IS_ON = gettext_noop("“%(kind)s”是否计时")
_LENGTH = gettext_noop("“%(kind)s”的时限")
_BUSINESS = gettext_noop("“%(kind)s”只计工作时间")
_WARN = gettext_noop("“%(kind)s”用去百分之多少时提醒（空：同全公司）")
_ESCALATE = gettext_noop("“%(kind)s”逾期多少分钟后逐级上报（空：同全公司）")

register_figure_area(AREA, _("时限"), order=42)
register_figure(
    Figure(
        WARN_PERCENTS,
        "50 75 90",
        kind=FigureKind.TEXT,
        label=_("时限用去百分之多少时提醒"),
        help=_("由小到大，用空格隔开。"),
        maximum=40,
        source="SVC-3",
        per_department=True,
        check=_check_percents,
    )
)
register_figure(
    Figure(
        ESCALATION_MINUTES,
        "30 450",
        kind=FigureKind.TEXT,
        label=_("逾期多少分钟后逐级上报"),
        help=_("第一个数是报给上级，第二个数是报给上级的上级，依此类推；按各时限自己的时间计算。"),
        maximum=60,
        source="SVC-3",
        per_department=True,
        check=_check_steps,
    )
)
