"""The gallery: every component in all its states, in both languages and themes. Nothing in it is real."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import wraps

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kezhi.core.clock import now
from kezhi.ui.assets import STATIC
from kezhi.ui.conditions import EditorField, editor_schema
from kezhi.ui.html import Step, Tab
from kezhi.ui.toasts import toast

RAMPS = ("paper", "ink", "pine", "seal", "amber", "celadon")
ICONS = re.findall(r'id="i-([a-z-]+)"', (STATIC / "src" / "icons.svg").read_text())


class SpecimenForm(forms.Form):
    """A form with every kind of control."""

    name = forms.CharField(label=_("客户全称"), max_length=60, help_text=_("写营业执照上的全称。"))
    phone = forms.RegexField(
        r"^1\d{10}$", label=_("手机"), error_messages={"invalid": _("大陆手机是 11 位，请检查有没有少写。")}
    )
    number = forms.CharField(label=_("编号"), disabled=True, required=False, initial="C2026030118")
    source = forms.ChoiceField(
        label=_("来源渠道"),
        choices=[("", _("请选择")), ("fair", _("展会")), ("ad", _("在线广告")), ("friend", _("老客户介绍"))],
    )
    tags = forms.MultipleChoiceField(
        label=_("标签"),
        required=False,
        choices=[("speed", _("看重恢复速度")), ("budget", _("年底预算")), ("price", _("价格敏感"))],
    )
    when = forms.DateField(
        label=_("预计采购"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    kind = forms.ChoiceField(
        label=_("审批方式"), choices=[("all", _("会签")), ("any", _("或签"))], widget=forms.RadioSelect, initial="all"
    )
    need = forms.CharField(label=_("想解决什么"), widget=forms.Textarea(attrs={"rows": 2}), required=False)
    file = forms.FileField(label=_("附件"), required=False)
    agreed = forms.BooleanField(label=_("已同意电话联系"), required=False)


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the specimen table."""

    name: str
    level: tuple[str, str]
    clock: tuple[str, str]
    phone: str
    owner: str
    amount: int | None
    complete: int


def for_builders(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Open a view without sign-in only where somebody builds or tests; elsewhere strangers sign in first."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if not (settings.DEBUG or settings.TESTING or request.user.is_authenticated):
            return redirect_to_login(request.get_full_path())
        return view(request, *args, **kwargs)

    return login_not_required(guarded)


@for_builders
@require_GET
def gallery(request: HttpRequest) -> HttpResponse:
    """Every component in all states."""
    wrong = SpecimenForm({"name": "", "phone": "158057433", "source": "fair", "kind": "all"}, auto_id="bad_%s")
    context = {
        "ramps": [(ramp, [f"--{ramp}-{step}" for step in range(1, 13)]) for ramp in RAMPS],
        "icons": ICONS,
        "sentence_days": SafeString('<button type="button" class="sentence__value">7</button>'),
        "kinds": ("action", "", "plain", "danger"),
        "form": SpecimenForm(auto_id="ok_%s"),
        "wrong": wrong,
        "rows": _rows(),
        "moment": now() - timedelta(minutes=12),
        "yesterday": now() - timedelta(days=1),
        "tabs": [
            Tab(_("全部客户"), "#", 3482),
            Tab(_("华东一部在跟"), "#", 126, current=True),
            Tab(_("待核实"), "#", 9),
        ],
        "steps": [
            Step(_("受理与安抚"), "done", "10:31"),
            Step(_("执行"), "now", _("今天 17:00 前"), _("与客户核对三张产线表。")),
            Step(_("回访"), "ahead", _("解决后 3 天内")),
        ],
        "methods": [("call", _("电话"), "phone"), ("visit", _("拜访"), "visit"), ("wechat", _("微信"), "wechat")],
        "columns": [("quote", _("方案报价")), ("talk", _("谈判中")), ("contract", _("合同签订"))],
        "cards": [{"key": "1"}, {"key": "2"}],
        "columns_offered": [_("等级"), _("负责人"), _("下次跟进")],
        "schema": _schema(),
        "tree": {
            "all": [
                {"field": "level", "op": "is", "value": ["a", "b"]},
                {
                    "any": [
                        {"field": "followed", "op": "older_than_days", "value": 7},
                        {"field": "amount", "op": "ge", "value": "500000"},
                    ]
                },
            ]
        },
    }
    return render(request, "ui/gallery.html", context)


@for_builders
@require_http_methods(["GET", "POST"])
def gallery_form(request: HttpRequest) -> HttpResponse:
    """The specimen form as a page and in the side sheet."""
    form = SpecimenForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        toast(request, gettext("已保存。这里只是样品，没有写入任何数据。"))
        return redirect("ui:gallery")
    status = 422 if request.method == "POST" else 200
    return render(request, "ui/gallery_form.html", {"form": form}, status=status)


@for_builders
@require_POST
def gallery_taken(request: HttpRequest) -> HttpResponse:
    """Takes what the specimens post (offline composer, undo, uploads)."""
    toast(request, gettext("收到了。这里只是样品，没有写入任何数据。"))
    return redirect("ui:gallery")


def _rows() -> list[Row]:
    return [
        Row(
            gettext("无锡锡东精密机械"),
            ("A", "a"),
            ("overdue", gettext("逾期 12 天")),
            "139****0417",
            gettext("赵敏"),
            640000,
            95,
        ),
        Row(
            gettext("常州天宁纺织"),
            ("C", "c"),
            ("today", gettext("今天 12:50")),
            "186****7723",
            gettext("王磊"),
            None,
            61,
        ),
        Row(
            gettext("杭州滨江医疗器械"),
            ("VIP", "vip"),
            ("planned", gettext("3 天后")),
            "136****2290",
            gettext("王磊"),
            1286000,
            100,
        ),
    ]


def _schema() -> dict[str, object]:
    return editor_schema(
        [
            EditorField("name", _("客户名称"), "text"),
            EditorField("level", _("等级"), "choice", choices=[("vip", "VIP"), ("a", "A"), ("b", "B"), ("c", "C")]),
            EditorField("followed", _("最近跟进"), "datetime"),
            EditorField("amount", _("在谈金额"), "number", unit=_("元")),
            EditorField("owner", _("负责人"), "user", choices=[("me", _("我自己")), (1, _("王磊")), (2, _("赵敏"))]),
            EditorField("agreed", _("同意联系"), "yesno"),
        ]
    )
