# zh-data: what the demo company sells and where its leads come from
"""What the demo company sells, what its fairs cost, and what is to be sold: set up before anything is sold."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from functools import partial
from typing import Any

from django.db import transaction

from kezhi.access.actors import Actor
from kezhi.access.models import Department, User
from kezhi.core.clock import clock_at, local, today
from kezhi.process.demo import people
from kezhi.process.demo.agenda import Agenda
from kezhi.records.operations import create_record
from kezhi.records.registry import record_type
from kezhi.sales.forecast.asked import plus_months
from kezhi.sales.forecast.targets import NewTarget, Whose, set_targets
from kezhi.sales.models import LeadSource, Product
from kezhi.sales.operations.bundles import set_bundle_lines
from kezhi.sales.operations.prices import set_rate

# name, English name, code, category, unit, price, cost, tax
_PRODUCTS = (
    ("备份一体机 B200", "Backup appliance B200", "B200", "hardware", "台", 168_000, 101_000, 13),
    ("备份一体机 B100", "Backup appliance B100", "B100", "hardware", "台", 86_000, 52_000, 13),
    ("机架服务器 S2", "Rack server S2", "S2", "hardware", "台", 42_000, 31_000, 13),
    ("超融合节点 H3", "Hyper-converged node H3", "H3", "hardware", "节点", 96_000, 70_000, 13),
    ("备份软件授权", "Backup software licence", "BK-LIC", "software", "套", 28_000, 4_000, 13),
    ("异地容灾服务", "Remote recovery service", "DR-1Y", "service", "年", 120_000, 66_000, 6),
    ("云备份", "Cloud backup", "CB-1Y", "service", "年", 9_600, 3_900, 6),
    ("年度运维", "Yearly maintenance", "OM-1Y", "service", "年", 36_000, 21_000, 6),
    ("实施与迁移", "Installation and migration", "INST", "service", "人天", 2_400, 1_500, 6),
)
BUNDLE = "服务器加备份组合"
_BUNDLE_PARTS = (("机架服务器 S2", 1), ("备份软件授权", 1))
_BUNDLE_DISCOUNT = 8
# name, channel, stand, cost, days ago
_SOURCES = (
    ("工博会 2026", "exhibition", "A3-117", 186_000, 62),
    ("软博会 2026", "exhibition", "B2-046", 92_000, 130),
    ("搜索推广：异地容灾", "online_ads", "", 48_000, 200),
    ("集成商栖川信息", "partner", "", 20_000, 260),
    ("官网方案咨询", "web_form", "", 6_000, 300),
)
# Yuan a month by position.
_TARGETS = {"team-lead": 700_000, "sales-rep": 450_000, "sales-manager": 300_000}
_TARGET_MONTHS = range(-3, 3)


def set_up_offers(actors: Mapping[str, Actor], users: Mapping[str, int], moment: dt.datetime) -> None:
    """Products with a bundle, a rate, and the sources of leads, each by whom they concern."""
    with transaction.atomic(), clock_at(moment):
        hanxue = actors["hanxue"].fresh()
        made: dict[str, Product] = {}
        for name, english, code, category, unit, price, cost, tax in _PRODUCTS:
            values: dict[str, Any] = {
                "name": name,
                "name_en": english,
                "code": code,
                "kind": "service" if category == "service" else "product",
                "category": category,
                "unit": unit,
                "price": str(price),
                "cost": str(cost),
                "tax_rate": str(tax),
            }
            made[name] = create_record(record_type("product"), values, actor=hanxue)
        bundle = create_record(
            record_type("product"),
            {
                "name": BUNDLE,
                "name_en": "Server and backup bundle",
                "code": "SET-SB",
                "kind": "bundle",
                "category": "hardware",
                "unit": "套",
                "price": "0",
                "bundle_discount": str(_BUNDLE_DISCOUNT),
            },
            actor=hanxue,
        )
        parts = [{"product": made[name].pk, "quantity": str(count)} for name, count in _BUNDLE_PARTS]
        set_bundle_lines(bundle, parts, actor=hanxue)
        set_rate("USD", "7.1", local(moment).date().isoformat(), actor=actors[people.ADMINISTRATOR].fresh())


def plan_sources(actors: Mapping[str, Actor], end: dt.datetime, agenda: Agenda) -> dict[str, LeadSource]:
    """The fairs, advertisements and partners, each when it begins; by name, filled as they come."""
    found: dict[str, LeadSource] = {}

    def begin(name: str, channel: str, place: str, cost: int) -> None:
        day = today()
        values = {"name": name, "channel": channel, "place": place, "cost": str(cost), "starts_on": day.isoformat()}
        # A fair is over in some days; what runs on is paid by the year.
        days = 4 if channel == "exhibition" else 364
        values["ends_on"] = (day + dt.timedelta(days=days)).isoformat()
        found[name] = create_record(record_type("lead_source"), values, actor=actors[people.MARKETER].fresh())

    for name, channel, place, cost, days in _SOURCES:
        agenda.at(end - dt.timedelta(days=days), partial(begin, name, channel, place, cost))
    return found


def set_up_targets(actors: Mapping[str, Actor], users: Mapping[str, int], end: dt.datetime) -> None:
    """What each seller and each sales department is to win, month by month around today."""
    month = local(end).date().replace(day=1)
    changes = []
    sellers = User.objects.filter(pk__in=users.values(), position__key__in=_TARGETS).select_related("position")
    by_department: dict[int, Decimal] = {}
    for user in sellers:
        if user.position is None or not user.is_active or user.username not in people.OWNERS:
            continue
        amount = Decimal(_TARGETS[user.position.key])
        for offset in _TARGET_MONTHS:
            changes.append(NewTarget(Whose("user", user.pk), plus_months(month, offset), None, amount))
        if user.department is not None:
            for key in user.department.path.strip("/").split("/"):
                by_department[int(key)] = by_department.get(int(key), Decimal(0)) + amount
    sales = Department.objects.filter(key__in=("sales", "sales-1", "sales-2")).values_list("pk", flat=True)
    for department in sales:
        for offset in _TARGET_MONTHS:
            wanted = round(by_department.get(department, Decimal(0)) * Decimal("1.1"), -4)
            changes.append(NewTarget(Whose("department", department), plus_months(month, offset), None, wanted))
    set_targets(changes, actor=actors["luoqiming"].fresh())
