"""Figures: defaults, changes, checks."""

import datetime as dt
import json
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from kezhi.core import epochs, figures
from kezhi.core.events import ActorRef, read_changes, read_facts
from kezhi.core.figures import (
    Figure,
    FigureKind,
    boolean_figure,
    decimal_figure,
    figure_value,
    forget_figure,
    integer_figure,
    register_figure,
    set_figure,
    text_figure,
    time_figure,
)
from kezhi.core.models import Event, FigureValue
from kezhi.core.values.problem import ValueProblem

pytestmark = pytest.mark.django_db
ADMINISTRATOR = ActorRef(kind="user", label="管理员", door="page", user_id=1)


@pytest.fixture(autouse=True)
def own_figures(monkeypatch):
    monkeypatch.setattr(figures, "_registry", dict(figures._registry))
    epochs.forget_all()
    integer, text = FigureKind.INTEGER, FigureKind.TEXT
    register_figure(Figure("fake.days", 7, integer, "天数", minimum=1, maximum=365, per_department=True))
    register_figure(Figure("fake.limit", Decimal("500"), FigureKind.MONEY, "限额", minimum=0))
    register_figure(Figure("fake.rate", Decimal("0.95"), FigureKind.RATE, "比例"))
    register_figure(Figure("fake.at", dt.time(9), FigureKind.TIME, "时间", minimum=dt.time(6), maximum=dt.time(22)))
    register_figure(Figure("fake.on", True, FigureKind.BOOLEAN, "开关"))
    register_figure(Figure("fake.word", "甲", text, "词", minimum=1, maximum=5))
    yield
    epochs.forget_all()


def test_the_default_holds_until_somebody_changes_it():
    assert integer_figure("fake.days") == 7
    assert decimal_figure("fake.limit") == Decimal("500")
    assert decimal_figure("fake.rate") == Decimal("0.95")
    assert time_figure("fake.at") == dt.time(9)
    assert boolean_figure("fake.on") is True
    assert text_figure("fake.word") == "甲"


@pytest.mark.parametrize(
    ("key", "typed", "value"),
    [
        ("fake.days", "14", 14),
        ("fake.days", 14, 14),
        ("fake.days", "14.0", 14),
        ("fake.limit", "1000.50", Decimal("1000.50")),
        ("fake.rate", "0.8", Decimal("0.8")),
        ("fake.at", "8:30", dt.time(8, 30)),
        ("fake.at", "08：30", dt.time(8, 30)),
        ("fake.at", dt.time(8, 30), dt.time(8, 30)),
        ("fake.on", "false", False),
        ("fake.on", False, False),
        ("fake.word", " 乙丙 ", "乙丙"),
    ],
)
def test_a_change_is_stored_and_in_force_at_once(key, typed, value):
    before = figure_value(key)
    assert set_figure(key, typed, actor_ref=ADMINISTRATOR) == value
    assert figure_value(key) == value
    epochs.forget_all()
    assert figure_value(key) == value
    event = Event.objects.get()
    assert (event.kind, event.actor_id, read_facts(event)["key"]) == ("core.figure_changed", 1, key)
    assert read_changes(event)["value"][0] == figures._as_json(before)


@pytest.mark.parametrize(
    ("key", "typed", "code"),
    [
        ("fake.days", "0", "figure.minimum"),
        ("fake.days", 366, "figure.maximum"),
        ("fake.days", "7.5", "figure.type"),
        ("fake.days", "七", "figure.type"),
        ("fake.days", "", "figure.type"),
        ("fake.days", None, "figure.type"),
        ("fake.days", True, "figure.type"),
        ("fake.days", "9" * 500, "figure.type"),
        ("fake.limit", "-1", "figure.minimum"),
        ("fake.limit", "NaN", "figure.type"),
        ("fake.limit", "Infinity", "figure.type"),
        ("fake.rate", "95", "figure.type"),
        ("fake.at", "25:00", "figure.type"),
        ("fake.at", "05:59", "figure.minimum"),
        ("fake.at", "22:01", "figure.maximum"),
        ("fake.on", "maybe", "figure.type"),
        ("fake.word", "", "figure.minimum"),
        ("fake.word", "甲乙丙丁戊己", "figure.maximum"),
        ("fake.word", 5, "figure.type"),
        ("fake.word", ["甲"], "figure.type"),
    ],
)
def test_a_wrong_value_is_refused_and_nothing_changes(key, typed, code):
    before = figure_value(key)
    with pytest.raises(ValueProblem) as refused:
        set_figure(key, typed, actor_ref=ADMINISTRATOR)
    assert refused.value.code == code
    assert figure_value(key) == before
    assert (FigureValue.objects.count(), Event.objects.count()) == (0, 0)


def test_the_message_names_the_figure_and_the_bound():
    with pytest.raises(ValueProblem) as refused:
        set_figure("fake.days", 0, actor_ref=ADMINISTRATOR)
    assert refused.value.message == "“天数”不能小于 1。"


def test_a_department_has_its_own_value_and_falls_back_to_the_companys():
    set_figure("fake.days", 10, actor_ref=ADMINISTRATOR)
    set_figure("fake.days", 3, department_id=5, actor_ref=ADMINISTRATOR)
    assert [integer_figure("fake.days", d) for d in (None, 5, 6)] == [10, 3, 10]
    assert forget_figure("fake.days", department_id=5, actor_ref=ADMINISTRATOR) == 10
    assert forget_figure("fake.days", actor_ref=ADMINISTRATOR) == 7
    assert forget_figure("fake.days", actor_ref=ADMINISTRATOR) == 7
    assert Event.objects.count() == 4


def test_a_company_wide_figure_cannot_be_set_for_a_department():
    with pytest.raises(ValueProblem) as refused:
        set_figure("fake.limit", 1, department_id=5, actor_ref=ADMINISTRATOR)
    assert refused.value.code == "figure.scope"


def test_a_figures_own_check_sees_the_value_and_may_refuse_it():
    def check(value, department_id):
        if value == 13:
            raise ValueProblem("fake.unlucky", "不吉利")

    register_figure(Figure("fake.lucky", 8, FigureKind.INTEGER, "数", check=check))
    with pytest.raises(ValueProblem) as refused:
        set_figure("fake.lucky", 13, actor_ref=ADMINISTRATOR)
    assert refused.value.code == "fake.unlucky"


def test_a_stored_value_that_no_longer_fits_gives_way_to_the_default():
    FigureValue.objects.create(key="fake.days", value=json.dumps(9_999))
    FigureValue.objects.create(key="fake.limit", value="{broken")
    FigureValue.objects.create(key="gone.figure", value="1")
    assert (integer_figure("fake.days"), decimal_figure("fake.limit")) == (7, Decimal("500"))


def test_a_rolled_back_change_is_forgotten():
    with transaction.atomic():
        set_figure("fake.days", 14, actor_ref=ADMINISTRATOR)
        assert integer_figure("fake.days") == 14
        transaction.set_rollback(True)
    assert integer_figure("fake.days") == 7


def test_one_key_has_one_declaration_and_a_valid_default():
    same = Figure("fake.days", 7, FigureKind.INTEGER, "天数", minimum=1, maximum=365, per_department=True)
    register_figure(same)
    with pytest.raises(ValueError, match="two figures"):
        register_figure(Figure("fake.days", 8, FigureKind.INTEGER, "天数"))
    with pytest.raises(ValueError, match="default"):
        register_figure(Figure("fake.wrong", 0, FigureKind.INTEGER, "数", minimum=1))
    with pytest.raises(ValueError, match="area"):
        register_figure(Figure("wrong", 0, FigureKind.INTEGER, "数"))
    with pytest.raises(KeyError):
        figure_value("fake.unknown")


def test_asking_for_the_wrong_type_is_a_fault_of_the_code():
    with pytest.raises(TypeError):
        integer_figure("fake.on")
    with pytest.raises(TypeError):
        time_figure("fake.days")


def test_the_company_has_one_value_per_key_in_the_database():
    FigureValue.objects.create(key="fake.days", value="1")
    with pytest.raises(IntegrityError), transaction.atomic():
        FigureValue.objects.create(key="fake.days", value="2")
    FigureValue.objects.create(key="fake.days", department_id=1, value="2")
    with pytest.raises(IntegrityError), transaction.atomic():
        FigureValue.objects.create(key="fake.days", department_id=1, value="3")


def test_a_choice_is_one_of_those_listed():
    register_figure(
        Figure("fake.which", "off", FigureKind.CHOICE, "哪些", choices=(("off", "不审核"), ("all", "都审")))
    )
    assert set_figure("fake.which", " all ", actor_ref=ADMINISTRATOR) == "all"
    for wrong in ("ALL", "", "都审", True):
        with pytest.raises(ValueProblem) as refused:
            set_figure("fake.which", wrong, actor_ref=ADMINISTRATOR)
        assert refused.value.code == "figure.type"

    assert text_figure("fake.which") == "all"
    assert figures.figure("fake.which").choice_label("all") == "都审"
    with pytest.raises(ValueError, match="default"):
        register_figure(Figure("fake.other", "maybe", FigureKind.CHOICE, "哪些", choices=(("off", "不审核"),)))
