"""Days and figures under a rule stand on no page: what :mod:`tests.test_contracts` plants are texts, phones, money.

Most days and figures are worked out, so that no form takes them; here they are put into the rows themselves.
"""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.db.models import DecimalField

from kezhi.access.models import FieldRule, Role
from kezhi.core import epochs
from kezhi.core.values.money import format_wan
from kezhi.records.defaults import install_defaults
from kezhi.records.registry import record_type, record_types
from kezhi.records.testing import DOORS, plant
from kezhi.sales.models import Contract
from tests.scenes import play
from tests.test_contracts import every_type, examples, opened

pytestmark = pytest.mark.django_db

PAGES = ("list", "list parts", "board", "record", "form", "inline", "timeline", "parent", "today", "api record",
         "sales pages", "deadlines")  # fmt: skip
FIRST = dt.date(2031, 3, 4)


def put_facts(planted):
    """Give the record days and figures that stand nowhere else; their field → the forms they must not stand in."""
    known, forms = planted.record_type, {}
    columns = {column.attname: column for column in known.model._meta.concrete_fields}
    for number, (key, field) in enumerate(known.all_fields().items(), start=1):
        column = columns.get(field.attribute)
        if field.custom_id is not None or column is None or key == known.title_field:
            continue
        if isinstance(column, DecimalField) and column.max_digits < 12:
            continue  # a rate
        day = FIRST + dt.timedelta(days=17 * number)
        days = {f"{day:%Y-%m-%d}", f"{day.year}年{day.month}月{day.day}日"}
        money = Decimal(3_456_000 + 7_011 * number)
        value, texts = {
            "DateTimeField": (dt.datetime(day.year, day.month, day.day, 7, 23, tzinfo=dt.UTC), days),
            "DateField": (day, days),
            "DecimalField": (money, {f"{money:,}", f"{money}", format_wan(money)}),
            "IntegerField": (23_457 + 13 * number, {f"{23_457 + 13 * number:,}", f">{23_457 + 13 * number}<"}),
            "PositiveSmallIntegerField": (20_260 + number, {f"{20_260 + number:,}", f">{20_260 + number}<"}),
            "SmallIntegerField": (20_260 + number, {f"{20_260 + number:,}", f">{20_260 + number}<"}),
        }.get(column.get_internal_type(), (None, set()))
        if value is None:
            continue
        try:
            with transaction.atomic():
                known.model.objects.ungated("test").filter(pk=planted.record.pk).update(**{field.attribute: value})
        except IntegrityError:  # a day that must be before another
            continue
        forms[key] = texts
    planted.record.refresh_from_db()
    return forms


@every_type
@pytest.mark.parametrize("level", ["masked", "owner"])
def test_a_day_or_a_figure_under_a_rule_stands_on_no_page(level, known, cast):
    play(install_defaults)
    play(cast.grant, *(each.key for each in record_types()))
    planted = plant(known, cast.rep, examples=examples())
    # The steward sees every record and stands above nobody.
    member, role = (cast.manager, "sales_manager") if level == "masked" else (cast.steward, "data_steward")
    forms = put_facts(planted)
    FieldRule.objects.bulk_create(
        FieldRule(role=Role.objects.get(key=role), record_type=known.key, field=key, level=level) for key in forms
    )
    epochs.bump("access")
    pages = {door: opened(DOORS[door], member, planted) for door in PAGES}
    found = {
        (door, key)
        for door, page in pages.items()
        for key, texts in forms.items()
        if any(text in page for text in texts)
    }

    assert len(forms) >= 2
    assert found == set()


@pytest.mark.parametrize(("level", "shown"), [("owner", False), ("masked", False), ("read", True)])
def test_what_contracts_come_to_is_told_to_who_reads_each_of_them(level, shown, cast):
    play(install_defaults)
    play(cast.grant, *(each.key for each in record_types()))
    planted = plant(record_type("contract"), cast.rep, examples=examples())
    Contract.objects.ungated("test").filter(pk=planted.record.pk).update(
        state=Contract.State.SIGNED, total_amount=Decimal(3_463_011)
    )
    FieldRule.objects.bulk_create(
        FieldRule(role=Role.objects.get(key="data_steward"), record_type="contract", field=key, level=level)
        for key in ("amount", "total_amount", "paid_amount")
    )
    epochs.bump("access")
    page = cast.steward.client().get(f"/customers/{planted.record.customer_id}/").content.decode()

    assert ("3,463,011" in page or format_wan(Decimal(3_463_011)) in page) is shown
