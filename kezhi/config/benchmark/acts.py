# zh-data: what is typed into the search box while measuring
"""What is measured, and what each may take (architecture, budgets)."""

import json
import secrets
from dataclasses import dataclass
from urllib.parse import quote

from kezhi.config.benchmark.client import Request, get, patch, post


@dataclass(frozen=True, slots=True)
class Act:
    """Something a person or a program does again and again.

    ``most_ms`` and ``least_rate`` are the budget: server time of the median, answers a second with 8 clients.
    """

    name: str
    request: Request
    most_ms: float
    least_rate: float
    expected: int = 200


@dataclass(frozen=True, slots=True)
class Caller:
    """What the requests need: the manager's cookie, a token, and what was found in the register."""

    cookie: str
    token: str
    customer_id: int
    phone_tail: str
    opportunity_ids: tuple[int, ...]


def bare_act() -> Act:
    """The bare view."""
    message = get("/bare/", {})
    return Act("bare Django view, 50 rows as JSON", lambda _number: message, 0.0, 0.0)


def acts(caller: Caller) -> list[Act]:
    """Everything measured over HTTP."""
    page = {"Cookie": caller.cookie, "Accept-Encoding": "gzip, br", "Accept-Language": "zh-CN"}
    palette = {**page, "X-Kezhi-Palette": "1"}
    api = {"Authorization": f"Bearer {caller.token}"}
    condition = json.dumps({"all": [{"field": "level", "op": "is", "value": ["A"]}]}, separators=(",", ":"))
    wanted = f"filter={quote(condition)}&sort=-created_at"
    name = secrets.token_hex(4)

    def create(number: int) -> bytes:
        body = {"name": f"新建{name}{number}科技有限公司", "phone": f"139{number % 10**8:08d}", "level": "B"}
        content = json.dumps(body, ensure_ascii=False).encode()
        return post("/api/v1/customers/", {**api, "Content-Type": "application/json"}, content)

    def move(number: int) -> bytes:
        turn, place = divmod(number, len(caller.opportunity_ids))
        body = {"stage": ("project.needs", "project.contact")[turn % 2]}
        headers = {**api, "Content-Type": "application/json"}
        return patch(f"/api/v1/opportunities/{caller.opportunity_ids[place]}/", headers, json.dumps(body).encode())

    return [
        _get("list page, 50 rows, filtered and sorted", f"/customers/?{wanted}&size=50", page, 6, 300),
        _get("API list, 50 rows", f"/api/v1/customers/?{wanted}&limit=50", api, 3, 600),
        _get("search, two characters", f"/search/?q={quote('元庆')}", palette, 5, 400),
        _get("search, initials", "/search/?q=bjyq", palette, 5, 400),
        _get("search, end of a phone", f"/search/?q={caller.phone_tail}", palette, 5, 400),
        _get("360° page", f"/customers/{caller.customer_id}/", page, 15, 120),
        _get("board", "/customers/board/?by=lifecycle", page, 20, 100),
        Act("create through the API", create, 4, 400, expected=201),
        _get("list of opportunities, 50 rows", "/opportunities/?size=50", page, 6, 300),
        _get("board of opportunities by stage", "/opportunities/board/", page, 20, 100),
        _get("list of leads, 50 rows", "/leads/?size=50", page, 6, 300),
        _get("forecast of a quarter", "/forecast/", page, 60, 30),
        Act("stage move with conditions and event", move, 15, 100),
    ]


def _get(name: str, path: str, headers: dict[str, str], most_ms: float, least_rate: float) -> Act:
    message = get(path, headers)
    return Act(name, lambda _number: message, most_ms, least_rate)
