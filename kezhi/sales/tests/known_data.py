"""A sales history in the form other systems give it away: accounts, products, and a pipeline with dates and values.

Values follow a fixed pattern, so that every total can be worked out beside Kezhi.
"""

import csv
import io
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

SERIES = {
    "GTX Basic": 550,
    "GTX Pro": 4821,
    "MG Special": 55,
    "MG Advanced": 3393,
    "GTX Plus Pro": 5482,
    "GTK 500": 26768,
}
STAGES = ("Won", "Lost", "Won", "Engaging", "Won", "Lost", "Prospecting", "Won")
WORDS = {
    "Won": "project.paid",
    "Lost": "project.lost",
    "Engaging": "project.needs",
    "Prospecting": "project.contact",
}


@dataclass(frozen=True)
class Deal:
    """One row of the pipeline."""

    number: str
    agent: str
    product: str
    account: str
    stage: str
    engaged: date | None
    closed: date | None
    value: int | None


def deals(count, agents, accounts):
    """So many deals from 2016-10-20 on, in a fixed pattern."""
    found = []
    names = list(SERIES)
    for number in range(count):
        stage = STAGES[(number * 5 + number // 7) % len(STAGES)]
        engaged = date(2016, 10, 20) + timedelta(days=number * 13 % 400)
        days = 1 + number * 31 % 138
        product = names[number * 7 % len(names)]
        is_closed = stage in ("Won", "Lost")
        value = {"Won": SERIES[product] + number % 97, "Lost": 0}.get(stage)
        account = "" if not is_closed and number % 3 == 0 else accounts[number * 11 % len(accounts)]
        found.append(
            Deal(
                f"{number:04d}XQ7P",
                agents[number % len(agents)],
                product,
                account,
                stage,
                None if stage == "Prospecting" else engaged,
                engaged + timedelta(days=days) if is_closed else None,
                value,
            )
        )
    return found


def pipeline_csv(rows):
    """The pipeline as a file; one product is written without its space, as such files have it."""
    lines = [
        [
            "opportunity_id",
            "sales_agent",
            "product",
            "account",
            "deal_stage",
            "engage_date",
            "close_date",
            "close_value",
        ]
    ]
    for row in rows:
        product = "GTXPro" if row.product == "GTX Pro" else row.product
        dates = [day.isoformat() if day else "" for day in (row.engaged, row.closed)]
        value = "" if row.value is None else row.value
        lines.append([row.number, row.agent, product, row.account, row.stage, *dates, value])
    return _csv(lines)


def products_csv():
    """The products as a file."""
    return _csv([["product", "series", "sales_price"], *([name, name[:3], price] for name, price in SERIES.items())])


def accounts_csv(accounts):
    """The accounts as a file."""
    head = ["account", "sector", "year_established", "revenue", "employees", "office_location", "subsidiary_of"]
    sectors = ("technolgy", "medical", "retail", "software")
    rows = [
        [name, sectors[place % 4], 1979 + place % 30, f"{place * 37.5:.2f}", 100 + place, "United States", ""]
        for place, name in enumerate(accounts)
    ]
    return _csv([head, *rows])


@dataclass(frozen=True)
class Published:
    """What the rows themselves say."""

    won: int
    lost: int
    days: Decimal
    quarters: dict[str, Decimal]
    products: dict[str, Decimal]


def published(rows):
    """Win and loss counts, average days to the win, won value by quarter of closing and by product."""
    won = [row for row in rows if row.stage == "Won"]
    quarters, products = defaultdict(Decimal), defaultdict(Decimal)
    for row in won:
        quarters[f"{row.closed.year}-Q{(row.closed.month + 2) // 3}"] += row.value
        products[row.product] += row.value
    days = Decimal(sum((row.closed - row.engaged).days for row in won)) / len(won)
    lost = sum(row.stage == "Lost" for row in rows)
    return Published(len(won), lost, days.quantize(Decimal("0.1")), dict(quarters), dict(products))


def _csv(lines):
    text = io.StringIO()
    csv.writer(text).writerows(lines)
    return text.getvalue().encode()
