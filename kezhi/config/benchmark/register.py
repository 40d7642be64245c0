# zh-data: parts of made-up company and person names
"""A register to measure on: rows go in by the batch, past the operations, as operations would have left them.

The first 100,000 customers are made one by one; further ones repeat them with new numbers, owners and days.
"""

import datetime as dt
import json
from collections.abc import Callable
from random import Random

from django.core.management.color import no_style
from django.db import connection, transaction
from django.db.models import Max

from kezhi.config.benchmark.organisation import People
from kezhi.core import epochs
from kezhi.core.bulk_insert import insert_many
from kezhi.core.clock import now
from kezhi.core.models import Event, EventSubject
from kezhi.core.values.names import company_core, company_key
from kezhi.customers.match_keys import keys_of
from kezhi.customers.models import Contact, Customer, MatchKey
from kezhi.engagement.models import FollowUp
from kezhi.records.fields import Field
from kezhi.records.models import SearchEntry
from kezhi.records.registry import RecordType, record_type
from kezhi.records.search.index import index_records

Say = Callable[[str], None]

_BATCH = 2_000
LARGEST_MADE = 100_000


def _words(text: str) -> list[str]:
    return text.split()


_PLACES = _words("北京 上海 广州 深圳 杭州 苏州 南京 成都 重庆 武汉 西安 长沙 厦门 青岛 天津 合肥 郑州 宁波 佛山 东莞")
_FIRST = _words("远 华 金 瑞 恒 盛 嘉 明 宏 鼎 启 元 博 安 润 天 中 新 创 卓 和 正 万 德 海 龙 凯 云 长 兴 泰 汇")
_SECOND = _words("庆 通 达 腾 信 诚 科 宇 诺 智 联 川 源 丰 利 图 泽 航 峰 景 拓 维 晟 邦 锐 驰 悦 朗 森 辉 林 格")
_TRADES = _words(
    "科技 信息技术 电子 机械设备 贸易 医疗器械 物流 新材料 食品 建筑工程 自动化 软件 能源 环保科技 文化传媒"
)
_FORMS = _words("有限公司 股份有限公司 有限责任公司")
_FAMILY = _words("王 李 张 刘 陈 杨 黄 赵 周 吴 徐 孙 马 朱 胡 郭 何 高 林 罗")
_GIVEN = _words("伟 芳 娜 敏 静 磊 洋 勇 艳 杰 涛 明 超 霞 平 刚 桂英 建华 文博 思远 雨桐 子涵 志强 晓东")
_LEVELS = _words("A B B C C C")


def fill_register(people: People, wanted: int, say: Say) -> None:
    """Make customers with contacts, keys, follow-ups, events and search entries until there are ``wanted``."""
    have = Customer.objects.ungated("bench").count()
    rng = Random(20_260_101 + have)  # noqa: S311 - nothing secret
    while have < min(wanted, LARGEST_MADE):
        count = min(_BATCH, min(wanted, LARGEST_MADE) - have)
        with epochs.snapshot(), transaction.atomic():
            _Batch(people, rng, have).make(count)
        have += count
        if have % 20_000 == 0:
            say(f"{have:,} customers")
    if have < wanted:
        _repeat(have, wanted, say)
        _reset_sequences()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


class _Batch:
    """One batch of customers and everything that hangs on them."""

    def __init__(self, people: People, rng: Random, start: int) -> None:
        self.people, self.rng, self.start = people, rng, start
        self.now = now()
        self.customer, self.contact = record_type("customer"), record_type("contact")
        self.follow_up = record_type("follow_up")
        self.industries = _choices(self.customer, "industry")
        self.methods = _choices(self.follow_up, "method")

    def make(self, count: int) -> None:
        rng = self.rng
        customers = [self._customer(self.start + place) for place in range(count)]
        insert_many(customers)
        contacts = [self._contact(row, number) for row in customers for number in range(1 + (rng.random() < 0.2))]
        insert_many(contacts)
        insert_many([self._follow_up(row, row.last_followed_at) for row in customers if row.last_followed_at])
        reach: dict[int, set[tuple[str, str]]] = {}
        for row in contacts:
            reach.setdefault(row.customer_id, set()).update({("phone", row.phone_index), ("mail", row.email_index)})
        insert_many(
            MatchKey(customer_id=row.pk, kind=kind, value=value)
            for row in customers
            for kind, value in keys_of(row, reach.get(row.pk, ()))
        )
        index_records(self.customer, customers, new=True)
        index_records(self.contact, contacts, new=True)
        self._events(customers)

    def _customer(self, place: int) -> Customer:
        rng = self.rng
        city = rng.choice(_PLACES)
        middle = rng.choice(_FIRST) + rng.choice(_SECOND) + (rng.choice(_SECOND) if rng.random() < 0.5 else "")
        name = f"{city}{middle}{rng.choice(_TRADES)}{rng.choice(_FORMS)}"
        made = self.now - dt.timedelta(minutes=rng.randrange(60, 700_000))
        followed = made + (self.now - made) * rng.random() if rng.random() < 0.5 else None
        row = Customer(
            number=f"C{place + 1:08d}",
            owner_id=rng.choice(self.people.own if rng.random() < 0.5 else self.people.elsewhere),
            created_at=made,
            changed_at=followed or made,
            name=name,
            name_key=company_key(name)[:200],
            name_core=company_core(name)[:200],
            industry=rng.choice(self.industries),
            province="广东省",
            city=f"{city}市",
            level=rng.choice(_LEVELS),
            lifecycle=rng.choice(["lead", "opportunity", "won", "after_sale"]),
            budget_high=rng.randrange(1, 500) * 10_000,
            completeness=rng.randrange(30, 100),
            first_followed_at=followed,
            last_followed_at=followed,
            next_follow_at=self.now + dt.timedelta(hours=rng.randrange(1, 900)) if followed else None,
            primary_contact_name=rng.choice(_FAMILY) + rng.choice(_GIVEN),
            tag_ids=[],
            custom={},
        )
        _set(self.customer, row, "phone", f"+861{rng.choice('3578')}{rng.randrange(10**8, 10**9)}")
        _set(self.customer, row, "email", f"info{place}@example.com")
        return row

    def _contact(self, customer: Customer, number: int) -> Contact:
        rng = self.rng
        name = customer.primary_contact_name if number == 0 else rng.choice(_FAMILY) + rng.choice(_GIVEN)
        row = Contact(
            number=f"P{customer.number[1:]}{number}",
            customer=customer,
            created_at=customer.created_at,
            changed_at=customer.created_at,
            name=name,
            is_primary=number == 0,
            tag_ids=[],
            custom={},
        )
        _set(self.contact, row, "phone", f"+861{rng.choice('3578')}{rng.randrange(10**8, 10**9)}")
        return row

    def _follow_up(self, customer: Customer, moment: dt.datetime) -> FollowUp:
        return FollowUp(
            number=f"F{customer.number[1:]}",
            owner_id=customer.owner_id,
            created_at=moment,
            changed_at=moment,
            happened_at=moment,
            customer=customer,
            method=self.rng.choice(self.methods),
            summary="谈了方案和交付时间，客户想先看报价。",
            next_action="发送书面报价",
            next_person_id=customer.owner_id,
            next_due_at=customer.next_follow_at,
            tag_ids=[],
            custom={},
        )

    def _events(self, customers: list[Customer]) -> None:
        events = [
            Event(
                at=row.created_at,
                kind="record.created",
                record_type="customer",
                record_id=row.pk,
                actor_kind="user",
                actor_id=row.owner_id,
                actor_label="测量",
                door="page",
                operation=f"bench{row.pk}",
                changes=json.dumps({"name": [None, row.name], "level": [None, row.level]}, ensure_ascii=False),
            )
            for row in customers
        ]
        insert_many(events)
        insert_many(
            EventSubject(event_id=event.pk, record_type="customer", record_id=event.record_id) for event in events
        )


def _set(known: RecordType, row: Customer | Contact, key: str, value: str) -> None:
    field: Field | None = known.field(key)
    if field is not None:
        field.set(row, value)


def _choices(known: RecordType, key: str) -> list[str]:
    field = known.field(key)
    options = getattr(field, "options", None)
    found = [str(option.value) for option in options()] if callable(options) else []
    return found or [""]


def _repeat(have: int, wanted: int, say: Say) -> None:
    """Copy rows inside the database, shifted in id; numbers and days differ, names repeat."""
    step = have
    while have < wanted:
        count = min(step, wanted - have)
        with transaction.atomic():
            _copy(Customer._meta.db_table, "id", count, have, {"number": _numbered("C", have)})
            contacts = _copy(
                Contact._meta.db_table,
                "customer_id",
                count,
                have,
                {"number": _numbered("P", have), "customer_id": f"customer_id + {have}"},
            )
            _copy(MatchKey._meta.db_table, "customer_id", count, have, {"customer_id": f"customer_id + {have}"})
            _copy_entries("customer", count, have)
            _copy_entries("contact", _last_contact(count), contacts)
        have += count
        say(f"{have:,} customers")


def _numbered(letter: str, shift: int) -> str:
    return f"'{letter}{shift // 1000}-' || number"


def _copy(table: str, by: str, count: int, shift: int, changed: dict[str, str]) -> int:
    """Copy the rows of the first ``count`` customers; gives by how much ids were shifted."""
    with connection.cursor() as cursor:
        columns = [column.name for column in connection.introspection.get_table_description(cursor, table)]
        cursor.execute(f"SELECT MAX(id) FROM {table}")  # noqa: S608 - names come from models
        moved = shift if by == "id" else int(cursor.fetchone()[0])
        values = {name: name for name in columns} | {"id": f"id + {moved}"} | changed
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(values)}) "  # noqa: S608
            f"SELECT {', '.join(values.values())} FROM {table} WHERE {by} <= {count}"
        )
    return moved


def _reset_sequences() -> None:
    """Ids were given by hand; PostgreSQL must be told."""
    if connection.vendor == "sqlite":
        return
    models = [Customer, Contact, MatchKey, SearchEntry]
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), models):
            cursor.execute(statement)


def _last_contact(count: int) -> int:
    """The last contact of the first ``count`` customers."""
    found = Contact.objects.ungated("bench").filter(customer_id__lte=count).aggregate(last=Max("id"))["last"]
    return int(found or 0)


def _copy_entries(key: str, limit: int, moved: int) -> None:
    """Copy the search entries of the first records of a type, up to this id, for the copies of these records."""
    with connection.cursor() as cursor:
        table = SearchEntry._meta.db_table
        cursor.execute(f"SELECT MAX(id) FROM {table}")  # noqa: S608
        last = int(cursor.fetchone()[0])
        cursor.execute(
            f"INSERT INTO {table} (id, record_type, record_id, words) "  # noqa: S608
            f"SELECT id + {last}, record_type, record_id + {moved}, words FROM {table} "
            f"WHERE record_type = '{key}' AND record_id <= {limit} AND id <= {last}"
        )
        if connection.vendor == "sqlite":
            cursor.execute(
                f"INSERT INTO records_search (rowid, words) SELECT id, words FROM {table} WHERE id > {last}"  # noqa: S608
            )
