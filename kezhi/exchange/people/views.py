"""People from a list: a file, what would become of its rows, the people added (ORG-1)."""

import json

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from kezhi.access.actors import Actor
from kezhi.access.models import Role
from kezhi.access.operations.problems import Refused
from kezhi.access.policies import require_area
from kezhi.access.views.asking import actor_of
from kezhi.exchange.people.bringing_in import bring_in_people
from kezhi.exchange.people.planning import FIELDS, MOST_PEOPLE, guess_columns, guess_roles, plan_people, read_people
from kezhi.exchange.reading import ReadingProblem

_PAGE = "exchange/people/file.html"
_MOST_BYTES = 2_000_000
_ID_DIGITS = 19  # a longer number is no row of any table


@never_cache
@require_http_methods(["GET", "POST"])
def people_file(request: HttpRequest) -> HttpResponse:
    """GET, POST /settings/people-file/: nothing is stored before somebody confirms what the page shows."""
    actor = actor_of(request)
    require_area(actor, "settings", "organisation")
    if request.method != "POST":
        return _asking(request)
    if "rows" in request.POST:
        rows = _sent_rows(request.POST["rows"])
        if rows is None:
            return _asking(request, _("名单没有完整传回来，请重新选文件。"))
        places = range(len(rows[0]))
        columns = {place: name for place in places if (name := request.POST.get(f"column-{place}", "")) in FIELDS}
        return _planned(request, actor, rows, columns)
    sent = request.FILES.get("file")
    if sent is None:
        return _asking(request, _("请选一个文件。"))
    if (sent.size or 0) > _MOST_BYTES:
        return _asking(request, _("文件太大，人员名单最多 2 MB。"))
    try:
        rows = read_people(sent.read(), sent.name or "")
    except ReadingProblem as problem:
        return _asking(request, str(problem.message))
    if len(rows) < 2:
        return _asking(request, _("文件里没有人：第一行是列名，下面一行一人。"))
    if len(rows) > MOST_PEOPLE + 1:
        return _asking(request, _("一次最多 %(count)s 人，请分成几个文件。") % {"count": MOST_PEOPLE})
    return _planned(request, actor, rows, guess_columns(rows[0]))


def _planned(request: HttpRequest, actor: Actor, rows: list[list[str]], columns: dict[int, str]) -> HttpResponse:
    may_give_roles = actor.allows("settings", "roles")
    again = "rows" in request.POST
    make_missing = "make_missing" in request.POST if again else True
    plan = plan_people(rows, columns, make_missing=make_missing, may_give_roles=may_give_roles)
    role, manager_role = (None, None)
    if may_give_roles and again:
        role, manager_role = (_role(request.POST.get(name, "")) for name in ("role", "manager_role"))
    elif may_give_roles and "roles" not in columns.values():
        role, manager_role = (Role.objects.filter(key=key).first() for key in guess_roles(rows[0], columns))
    notice = ""
    if len(set(columns.values())) < len(columns):
        notice = _("两列选成了同一项，请改一列。")
    elif "name" not in columns.values():
        notice = _("请选出哪一列是姓名。")
    elif "confirm" in request.POST and plan.of("new"):
        try:
            added = bring_in_people(plan, actor=actor, role=role, manager_role=manager_role)
        except Refused as refused:
            notice = " ".join(str(text) for text in refused.problems.values())
        else:
            return render(request, "exchange/people/added.html", {"added": added})
    labels = _labels()
    context = {
        "plan": plan,
        "counts": {fate: len(plan.of(fate)) for fate in ("new", "known", "bad")},
        "columns": [(place, cell, columns.get(place, "")) for place, cell in enumerate(rows[0])],
        "fields": labels.items(),
        "rows": json.dumps(rows, ensure_ascii=False),
        "roles": Role.objects.all() if may_give_roles else [],
        "role": role,
        "manager_role": manager_role,
        "has_managers": bool(plan.managers()),
        "make_missing": make_missing,
        "missing": [*plan.departments, *plan.positions],
        "notice": notice,
    }
    return render(request, _PAGE, context, status=422 if notice else 200)


def _role(asked: str) -> Role | None:
    return Role.objects.filter(pk=int(asked)).first() if asked.isdecimal() and len(asked) < _ID_DIGITS else None


def _asking(request: HttpRequest, notice: str = "") -> HttpResponse:
    return render(request, _PAGE, {"notice": notice}, status=422 if notice else 200)


def _sent_rows(text: str) -> list[list[str]] | None:
    try:
        rows = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(rows, list) or not 2 <= len(rows) <= MOST_PEOPLE + 1:
        return None
    if not all(isinstance(row, list) and all(isinstance(cell, str) for cell in row) for row in rows):
        return None
    return [[cell.replace("\x00", "").strip()[:254] for cell in row] for row in rows]


def _labels() -> dict[str, str]:
    return {
        "name": _("姓名"),
        "username": _("登录名"),
        "department": _("部门"),
        "position": _("职位"),
        "manager": _("上级"),
        "email": _("邮箱"),
        "mobile": _("手机"),
        "roles": _("角色"),
    }
