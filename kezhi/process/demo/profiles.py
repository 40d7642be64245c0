# zh-data: what is known of the demo company's customers
"""What is entered about a customer at first, what is learnt later, and about its contacts."""

import datetime as dt
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from kezhi.core.clock import today
from kezhi.process.demo.names import Names, Person, latin
from kezhi.process.demo.needs import CLOUDS, NEEDS
from kezhi.process.demo.stories import Story

_SIZES = (("1-20", 18), ("21-99", 30), ("100-499", 32), ("500-999", 13), ("1000+", 7))
_LEARNT_TAGS = (("产品咨询", 30), ("服务器采购", 26), ("技术支持", 14), ("价格敏感", 22), ("长期合作", 12), ("急购", 7))
_TIMES = (("本季采购", 30), ("年内采购", 40), ("明年再看", 30))
_NOTES = (
    "上午十点到十一点好找人。",
    "不喜欢电话，先发微信。",
    "财务每月二十五号以后不走付款。",
    "去现场要提前一天登记车牌。",
    "有自己的机房，晚上不能进。",
    "集团有统一的采购名录，签约要走集团。",
    "对恢复速度最看重，价格其次。",
    "上一家供应商服务跟不上才来找我们。",
)
_CHAINS = (
    "{first} 提需求，{last} 拍板，财务看付款方式。",
    "{first} 做技术评审，{last} 最后定，三家比价。",
    "信息部门立项，{last} 审批，采购走招标。",
)
_RAISES = ("近一年采购超过 50 万", "连续三年续签运维", "今年转介绍了两家客户", "集团重点项目")


class Profiles:
    """Raw values as people type them. ``area`` and ``backup`` are the keys of the custom fields."""

    def __init__(self, names: Names, rng: Random, *, area: str, backup: str) -> None:
        self._names = names
        self._rng = rng
        self._area, self._backup = area, backup

    def at_entry(self, story: Story, users: Mapping[str, int]) -> dict[str, Any]:
        """What is entered when the customer is new."""
        rng = self._rng
        values: dict[str, Any] = {"name": story.name, "kind": story.kind, "source": story.source}
        if story.owner and (story.source not in ("visit", "phone", "partner") or story.twin_of):
            values["owner"] = str(users[story.owner])
        if story.source_detail:
            values["source_detail"] = story.source_detail
        if story.source == "exhibition":
            values["tags"] = ["合作洽谈"]
        if story.is_sparse:
            return {**values, "phone": story.phone} if rng.random() < 0.7 else values
        values |= {
            "phone": story.phone,
            "industry": story.industry,
            "level": story.level,
            "province": story.place.province,
            "city": story.place.city,
        }
        chances: dict[str, tuple[float, Any]] = {
            "district": (0.8, story.place.district),
            "address": (0.75, story.place.address),
            "email": (0.62, f"{'info' if story.kind == 'company' else latin(story.name)}@{self._domain(story)}"),
            "note": (0.22, rng.choice(_NOTES)),
            "customer_type": (0.7, "trial"),
        }
        if story.kind == "company":
            year = today().year - rng.randint(2, 26)
            chances |= {
                "size": (0.7, _pick(rng, _SIZES)),
                "website": (0.4, f"https://{self._domain(story)}"),
                "founded_on": (0.5, dt.date(year, rng.randint(1, 12), rng.randint(1, 28)).isoformat()),
            }
        return values | {key: value for key, (chance, value) in chances.items() if value and rng.random() < chance}

    def contact(self, story: Story, person: Person, *, is_first: bool) -> dict[str, Any]:
        """What is entered about a contact."""
        rng = self._rng
        values: dict[str, Any] = {"name": person.name, "is_primary": "是" if is_first else ""}
        if person.position:
            values |= {"position": person.position, "role": person.role}
        if is_first and story.phone.startswith("1"):
            values["phone"] = story.phone
        elif rng.random() < 0.82:
            values["phone"] = self._names.mobile()
        account = latin(person.name)
        if person.position and rng.random() < 0.6:
            values["email"] = f"{account}@{self._domain(story)}"
        if person.position and rng.random() < 0.4:
            values["wechat"] = f"wx_{account}{rng.randrange(100):02d}"
        return values

    def learnt(self, story: Story, place: int, customer: Any) -> dict[str, Any]:
        """What a follow-up taught about the customer, the first time it reaches a stage."""
        rng = self._rng
        visit = story.visits[place]
        if any(earlier.stage == visit.stage for earlier in story.visits[:place]):
            if visit.stage == "care" and story.level == "B" and rng.random() < 0.07:
                return {"level": "A", "level_reason": rng.choice(_RAISES)}
            return {}
        if visit.stage == "need" or (visit.stage == "care" and place == 0):
            return self._need(story, customer)
        if visit.stage == "proposal":
            return {"intention": "strong"}
        if visit.stage == "signed":
            kind = "strategic" if story.budget >= 100 else "key" if story.budget >= 40 else "regular"
            return {"customer_type": kind, "tags": self._tags(customer, "长期合作")}
        if visit.stage == "lost":
            return {"intention": "none"}
        return {}

    def _need(self, story: Story, customer: Any) -> dict[str, Any]:
        rng = self._rng
        names = [person.called for person in story.people if person.title] or [story.name]
        tags = [_pick(rng, _LEARNT_TAGS) for _time in range(rng.choice((1, 1, 2)))]
        expected = today() + dt.timedelta(days=rng.randint(30, 240))
        values: dict[str, Any] = {
            "intention": rng.choices(("strong", "medium", "weak"), (25, 55, 20))[0],
            "preference": story.product,
            "budget_low": f"{max(1, round(story.budget * 0.7))}万",
            "budget_high": f"{story.budget}万",
            "expected_purchase_on": expected.isoformat(),
            "tags": self._tags(customer, *tags, _pick(rng, _TIMES)),
        }
        if len(names) > 1 and rng.random() < 0.6:
            values["decision_chain"] = rng.choice(_CHAINS).format(first=names[0], last=names[-1])
        if not customer.size and story.kind == "company":
            values["size"] = _pick(rng, _SIZES)
        if rng.random() < 0.55:
            values[self._area] = str(rng.choice((12, 18, 20, 26, 30, 40, 55, 60, 80, 120, 160, 240)))
        if rng.random() < 0.65:
            values[self._backup] = rng.choice(CLOUDS)
        if not customer.note and rng.random() < 0.3:
            values["note"] = f"最担心：{rng.choice(NEEDS[story.industry].pains)}。"
        return values

    def _tags(self, customer: Any, *wanted: str) -> list[str]:
        return list(dict.fromkeys([*(str(tag) for tag in customer.tag_ids), *wanted]))

    def _domain(self, story: Story) -> str:
        if story.kind == "person":
            return "mail.example.com"
        short = story.name.removeprefix(story.place.city.removesuffix("市"))
        return f"{latin(short[:2])}{story.index % 97}.example.com"


def _pick(rng: Random, shares: Sequence[tuple[str, int]]) -> str:
    return rng.choices([key for key, _share in shares], [share for _key, share in shares])[0]
