# zh-data: what the demo company's people did besides calling customers
"""What makes the demo company a company: a leaver, an absence, reviews, consents, files, saved views, pins."""

import datetime as dt
from collections.abc import Mapping, Sequence
from random import Random

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction

from kezhi.access.actors import Actor
from kezhi.access.handover import handovers
from kezhi.access.models import Department, User
from kezhi.access.operations import deactivate_user, hand_over, mark_away
from kezhi.core.clock import clock_at, local, today
from kezhi.core.conditions import parse
from kezhi.core.figures import set_figure
from kezhi.customers.linkage import find_and_store
from kezhi.customers.models import Consent, Contact, Customer
from kezhi.customers.operations import record_consent, review_customer
from kezhi.process.demo import people
from kezhi.process.demo.calendar import Sessions, due_today, work_time, worked_before
from kezhi.process.demo.playing import Player
from kezhi.process.demo.stories import Story
from kezhi.process.demo.words import REVIEW_NOTES
from kezhi.records.models import SavedView, Tag
from kezhi.records.operations import change_record
from kezhi.records.operations.custom_fields import Choice, FieldDraft, add_field
from kezhi.records.operations.files import add_file
from kezhi.records.operations.saved_views import pin, save_view
from kezhi.records.registry import TypeCatalogue, record_type
from kezhi.work.operations import plan_task
from kezhi.work.operations.tasks import About

_LEFT_DAYS_AGO = 63
_REVIEWED_DAYS_AGO = 17
# Comparing every pair takes its time; a large register is compared by the nightly job.
_MOST_COMPARED = 3_000
# Who else has something to do, and when (in days from today): by whom it was given, what, and about whom.
_TASKS = (
    ("qiuzhengyan", "wanglei", "审灾备二期合同的违约条款", 0, "杭州滨江医疗器械股份有限公司"),
    ("qiuzhengyan", "wenjing", "续约合同改用新模板，给出修改意见", 2, "徐州云龙工程机械有限公司"),
    ("wurong", "wanglei", "核对第三期回款 96,000 元是否到账", 0, "苏州澜图科技有限公司"),
    ("wurong", "zhaomin", "开首款发票并寄给采购部", 1, "无锡锡东精密机械有限公司"),
    ("hejianguo", "wenjing", "安排季度满意度回访，低于 80 分的给出改进办法", 0, "嘉兴南湖医药有限公司"),
    ("hejianguo", "zhengduo", "整理上月投诉前三类问题", -1, ""),
    ("zhouqian", "hejianguo", "回访：恢复失败的问题是否解决", 0, "苏州澜图科技有限公司"),
    ("zhouqian", "hejianguo", "给客户发操作手册新版", 1, "舟山普陀船舶修造有限公司"),
    ("maxiao", "wanglei", "出两地三中心的书面恢复方案", 0, "苏州澜图科技有限公司"),
    ("hanxue", "hejianguo", "评估“手机上的告警”这条建议", 3, ""),
    ("luhang", "zhengduo", "把完整度提到 95%：列出缺行业和缺电话的客户", 0, ""),
    ("tangwei", "luoqiming", "算一算工博会线索的转化，准备下一届展位", 4, ""),
    ("wenjing", "luoqiming", "和赵敏谈一谈两周没联系的 A 类客户", 0, "无锡锡东精密机械有限公司"),
    ("wenjing", "luoqiming", "把宁波海曙冷链分给手上最闲的人", 0, "宁波海曙冷链有限公司"),
    ("luoqiming", "zhengduo", "复核本季预测", 1, ""),
)
_MAIN = ("name", "number", "level", "next_follow_at", "last_followed_at", "primary_contact_name", "owner", "industry")


def add_custom_fields(actor: Actor) -> tuple[str, str]:
    """Two fields of the company's own; gives their keys."""
    known = record_type("customer")
    area = add_field(
        known,
        "number",
        FieldDraft(
            "机房面积（平方米）",
            "Machine room (m²)",
            group="need",
            help_zh="机柜所在房间，不含办公区。",
            help_en="The room with the racks, without offices.",
            shown_in_list=True,
            options={"minimum": "0", "maximum": "100000"},
        ),
        actor=actor,
    )
    backup = add_field(
        known,
        "choice",
        FieldDraft(
            "现有备份",
            "Present backup",
            group="need",
            choices=(
                Choice("", "磁带", "Tape"),
                Choice("", "移动硬盘", "Portable disk"),
                Choice("", "本地磁盘", "Local disk"),
                Choice("", "没有备份", "None"),
            ),
        ),
        actor=actor,
    )
    return area.key, backup.key


class Extras:
    """Happens beside the follow-ups: some things at a session, the rest at the end."""

    def __init__(
        self,
        sessions: Sessions,
        users: Mapping[str, int],
        actors: Mapping[str, Actor],
        stories: Sequence[Story],
        player: Player,
        rng: Random,
    ) -> None:
        self._sessions, self._users, self._actors = sessions, users, actors
        self._stories, self._player, self._rng = stories, player, rng
        self._leaving = self._session_ago(_LEFT_DAYS_AGO)
        self._reviewing = self._session_ago(_REVIEWED_DAYS_AGO)

    def before(self, session: int) -> None:
        """What is set up before a session's records are entered."""
        if session == self._reviewing:
            with clock_at(self._sessions.moments[session] - dt.timedelta(hours=3)), transaction.atomic():
                for key in people.REVIEWED_TEAMS:
                    set_figure(
                        "customers.review",
                        "new",
                        actor_ref=self._actor(people.ADMINISTRATOR).ref,
                        department_id=Department.objects.get(key=key).pk,
                    )

    def after(self, session: int) -> None:
        """What follows a session's records."""
        moment = self._sessions.moments[session] + dt.timedelta(seconds=30)
        if session == self._leaving:
            with clock_at(moment):
                self._hand_over_leaver()
        if session == len(self._sessions) - 4:
            with clock_at(moment):
                self._review()
                self._take_consents()
                self._replace_contact()
                self._put_files()

    def finish(self) -> None:
        """What stands at the end: an absence, saved views, pins, and pairs that may be one customer."""
        first = today() - dt.timedelta(days=1)
        chenhao, stand_in = (User.objects.get(username=name) for name in (people.AWAY, people.STAND_IN))
        mark_away(chenhao, stand_in, first, first + dt.timedelta(days=4), actor=self._actor("wenjing"), reason="年假")
        with transaction.atomic():
            self._give_tasks()
        self._save_views()
        if Customer.objects.ungated("demo company").count() <= _MOST_COMPARED:
            find_and_store()

    # -- things people did

    def _hand_over_leaver(self) -> None:
        actor = self._actor(people.ADMINISTRATOR)
        leaver, receiver = (User.objects.get(username=name) for name in (people.LEAVER, people.RECEIVER))
        hand_over(leaver, {kind.name: receiver.pk for kind in handovers()}, actor=actor)
        deactivate_user(leaver, actor=actor.fresh())
        self._player.leave(people.LEAVER, people.RECEIVER)

    def _review(self) -> None:
        """The steward looked at some records: most are right, some have to be verified."""
        rows = list(Customer.objects.ungated("demo company").filter(owner__is_active=True).order_by("-pk")[:160])
        self._rng.shuffle(rows)
        doubtful = [row for row in rows if row.completeness < 75][:8]
        passed = [row for row in rows if row.completeness >= 85 and row not in doubtful][:14]
        for row in passed:
            review_customer(row, Customer.Review.PASSED, actor=self._actor(people.STEWARD), note="电话核实")
        for place, row in enumerate(doubtful):
            note = REVIEW_NOTES[place % len(REVIEW_NOTES)]
            review_customer(row, Customer.Review.DOUBTFUL, actor=self._actor(people.STEWARD), note=note)
            # Rules give out such tasks, but not for history.
            plan_task(
                f"核实客户资料：{note}",
                owner_id=row.owner_id,
                due_at=work_time(local(self._sessions.end).date() + dt.timedelta(days=place), self._rng),
                actor=self._actor(people.STEWARD),
                about=About("customer", row.pk, row.name),
                origin="verification",
                origin_id=row.pk,
            )

    def _take_consents(self) -> None:
        rng = self._rng
        spoken = [story for story in self._stories if story.pk and len(story.visits) > 2]
        for story in rng.sample(spoken, min(len(spoken), 30)):
            customer = Customer.objects.ungated("demo company").get(pk=story.pk)
            day = local(self._sessions.moments[story.visits[0].session]).date()
            for purpose in rng.sample([Consent.Purpose.CONTACT_PHONE, Consent.Purpose.CONTACT_MAIL], rng.randint(1, 2)):
                how, evidence = rng.choice(
                    (("签字的登记表", "登记表第 3 页"), ("电话录音", "录音存客服系统"), ("邮件回复", ""))
                )
                record_consent(
                    customer,
                    purpose,
                    given_on=day,
                    how=how,
                    evidence=evidence,
                    actor=self._actor(people.STEWARD),
                )

    def _replace_contact(self) -> None:
        """钱伯言 left 苏州澜图科技, 沈知远 took over (CUS-2)."""
        rows = {row.name: row for row in Contact.objects.ungated("demo company").filter(name__in=("钱伯言", "沈知远"))}
        if len(rows) == 2:
            leaving, successor = rows["钱伯言"], rows["沈知远"]
            actor = self._actor("wanglei")
            change_record(successor, {"is_primary": "是", "phone": "13800005678"}, actor=actor)
            leaving.refresh_from_db()
            values = {"has_left": "是", "is_primary": "否", "successor": successor.number}
            change_record(leaving, values, actor=actor.fresh())

    def _put_files(self) -> None:
        for name, file, content in (
            ("苏州澜图科技有限公司", "两地三中心方案 v3.pdf", _pdf()),
            ("苏州澜图科技有限公司", "恢复演练记录.txt", "三次演练：38 分钟、41 分钟、18 分钟。".encode()),
            (
                "杭州滨江医疗器械股份有限公司",
                "灾备二期需求清单.csv",
                "系统,数据量,恢复时间\nPACS,40 TB,1 小时\n".encode("utf-8-sig"),
            ),
            ("无锡锡东精密机械有限公司", "机房照片说明.txt", "两个机柜位，空调一台，地板承重合格。".encode()),
        ):
            customer = Customer.objects.ungated("demo company").filter(name=name).first()
            if customer is not None:
                add_file(customer, SimpleUploadedFile(file, content), actor=self._actor(people.STEWARD))

    def _give_tasks(self) -> None:
        end = self._sessions.end
        for owner, giver, title, days, name in _TASKS:
            customer = Customer.objects.ungated("demo company").filter(name=name).first() if name else None
            if name and customer is None:
                continue
            day = local(end).date() + dt.timedelta(days=days)
            day = worked_before(day) if days < 0 else day
            plan_task(
                title,
                owner_id=self._users[owner],
                due_at=work_time(day, self._rng) if days else due_today(end, self._rng),
                actor=self._actor(giver),
                about=About("customer", customer.pk, customer.name) if customer is not None else None,
                priority="high" if owner in ("maxiao", "hejianguo") else "normal",
            )

    def _save_views(self) -> None:
        self._view("wenjing", "一部 A 类两周没联系", "A customers quiet for two weeks", "department", {
            "all": [
                {"field": "level", "op": "is", "value": ["VIP", "A"]},
                {"field": "last_followed_at", "op": "older_than_days", "value": 14},
                {"field": "lifecycle", "op": "is_not", "value": ["lost"]},
            ]
        }, "last_followed_at")  # fmt: skip
        quarter = self._view("wenjing", "本季要买的", "Buying this quarter", "private", {
            "all": [{"field": "tags", "op": "has_any", "value": [self._tag("this-quarter")]}]
        }, "-budget_high")  # fmt: skip
        self._view("wanglei", "我的急购客户", "My urgent customers", "private", {
            "all": [
                {"field": "owner", "op": "is", "value": ["me"]},
                {"field": "tags", "op": "has_any", "value": [self._tag("urgent")]},
            ]
        }, "next_follow_at")  # fmt: skip
        self._view("luhang", "资料不到八成的", "Less than 80 % complete", "all", {
            "all": [{"field": "completeness", "op": "lt", "value": 80}]
        }, "completeness")  # fmt: skip
        self._view("wenjing", "按等级看板", "Board by level", "private", {}, "", layout="board")
        quiet = SavedView.objects.get(key="customers-quiet")
        for username in ("wenjing", "wanglei"):
            actor = self._actor(username)
            for name in ("苏州澜图科技有限公司", "杭州滨江医疗器械股份有限公司"):
                customer = Customer.objects.ungated("demo company").filter(name=name).first()
                if customer is not None:
                    pin(actor=actor, record_type="customer", record_id=customer.pk)
            pin(actor=actor, record_type="customer", view_id=quiet.pk)
        pin(actor=self._actor("wenjing"), record_type="customer", view_id=quarter.pk)

    def _view(
        self,
        username: str,
        zh: str,
        en: str,
        sharing: str,
        condition: Mapping[str, object],
        sort: str,
        layout: str = "list",
    ) -> SavedView:
        known, actor = record_type("customer"), self._actor(username)
        return save_view(
            known,
            name_zh=zh,
            name_en=en,
            sharing=sharing,
            condition=parse(dict(condition), TypeCatalogue(known, actor)),
            columns=_MAIN,
            sort=sort,
            layout=layout,
            board_field="level" if layout == "board" else "",
            actor=actor,
        )

    def _tag(self, key: str) -> str:
        return str(Tag.objects.get(key=key).pk)

    def _actor(self, username: str) -> Actor:
        return self._actors[username].fresh()

    def _session_ago(self, days: int) -> int:
        return self._sessions.on_or_after(self._sessions.end - dt.timedelta(days=days))


def _pdf() -> bytes:
    """The smallest page a reader opens."""
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>"
    text = b"BT /F 24 Tf 72 720 Td (Two sites, three centres - v3) Tj ET"
    bodies = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        page,
        b"<</Length %d>>stream\n%s\nendstream" % (len(text), text),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    )
    pdf, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(bodies, start=1):
        offsets.append(len(pdf))
        pdf += b"%d 0 obj%s endobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    start = len(pdf)
    return pdf + b"xref\n0 6\n0000000000 65535 f \n%strailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (
        table,
        start,
    )
