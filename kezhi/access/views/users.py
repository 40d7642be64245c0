"""People: list, add, edit, roles, password, sessions, absence, deactivation, hand-over."""

from collections.abc import Callable

from django import forms
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kezhi.access.actors import Actor
from kezhi.access.factors import factors_of, method_words
from kezhi.access.handover import handovers
from kezhi.access.models import Absence, Department, Position, Role, Session, User
from kezhi.access.operations.absences import remove_absence
from kezhi.access.operations.handing_over import hand_over
from kezhi.access.operations.problems import Refused
from kezhi.access.operations.second_factor import reset_second_factor
from kezhi.access.operations.sign_in import end_sessions
from kezhi.access.operations.users import (
    UserDetails,
    add_user,
    change_user,
    deactivate_user,
    give_roles,
    reactivate_user,
    reset_password,
)
from kezhi.access.policies import require_area
from kezhi.access.rights import organisation, stand_ins
from kezhi.access.tree import department_choices
from kezhi.access.user_links import user_links
from kezhi.access.views.asking import actor_of, asked, put_problems
from kezhi.access.views.me import AbsenceForm, save_absence
from kezhi.core.clock import now, today
from kezhi.core.values.phone import format_phone
from kezhi.ui.toasts import toast

_PAGE = 50
_ID_DIGITS = 19  # a longer number is no row of any table


class UserForm(forms.Form):
    """Who somebody is and where they belong."""

    name = forms.CharField(label=gettext_lazy("姓名"), max_length=80)
    username = forms.CharField(
        label=gettext_lazy("登录名"), max_length=60, widget=forms.TextInput(attrs={"autocapitalize": "none"})
    )
    email = forms.CharField(label=gettext_lazy("邮箱"), max_length=254, required=False)
    mobile = forms.CharField(label=gettext_lazy("手机"), max_length=30, required=False)
    department = forms.ChoiceField(label=gettext_lazy("部门"), required=False)
    position = forms.ModelChoiceField(
        label=gettext_lazy("职位"), queryset=Position.objects.all(), required=False, empty_label=gettext_lazy("暂无")
    )
    manager = forms.ModelChoiceField(
        label=gettext_lazy("上级"), queryset=User.objects.none(), required=False, empty_label=gettext_lazy("暂无")
    )

    def __init__(self, user: User | None, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        department, manager = self.fields["department"], self.fields["manager"]
        assert isinstance(department, forms.ChoiceField)
        assert isinstance(manager, forms.ModelChoiceField)
        department.choices = [("", _("暂无")), *department_choices()]
        people = User.objects.filter(is_active=True)
        manager.queryset = (people.exclude(pk=user.pk) if user else people).order_by("name")

    def details(self) -> UserDetails:
        """The cleaned form as the operation takes it."""
        values = dict(self.cleaned_data)
        department = values.pop("department")
        values = {key: value for key, value in values.items() if key not in ("password", "roles")}
        return UserDetails(**values, department=Department.objects.get(pk=int(department)) if department else None)


class NewUserForm(UserForm):
    """A new user has a first password and roles as well."""

    password = forms.CharField(
        label=gettext_lazy("初始密码"),
        strip=False,
        max_length=256,
        help_text=gettext_lazy("至少 10 个字符。本人第一次登录时必须改掉。"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    roles = forms.ModelMultipleChoiceField(
        label=gettext_lazy("角色"),
        queryset=Role.objects.all(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("没有角色的用户什么也做不了。"),
    )


@require_GET
def users(request: HttpRequest) -> HttpResponse:
    """Everybody, searchable; leavers on their own tab."""
    require_area(actor_of(request), "settings", "organisation")
    rows = User.objects.select_related("department", "position").prefetch_related("roles").order_by("name", "pk")
    wanted = asked(request, "q", 60)
    gone = request.GET.get("show") == "gone"
    rows = rows.filter(is_active=not gone)
    if wanted:
        rows = rows.filter(
            Q(name__icontains=wanted)
            | Q(username__icontains=wanted)
            | Q(email__icontains=wanted)
            | Q(department__name_zh__icontains=wanted)
            | Q(department__name_en__icontains=wanted)
        )
    page = Paginator(rows, _PAGE).get_page(request.GET.get("page"))
    names = organisation().user_names
    away = {user: names.get(stand_in, "") for user, stand_in in stand_ins().items()}
    context = {
        "page": page,
        "rows": [(row, away.get(row.pk, "")) for row in page],
        "asked": wanted,
        "gone": gone,
        "links": user_links(),
    }
    return render(request, "access/users.html", context)


@require_http_methods(["GET", "POST"])
def user_new(request: HttpRequest) -> HttpResponse:
    """Add somebody."""
    actor = actor_of(request)
    require_area(actor, "settings", "organisation")
    form = NewUserForm(None, request.POST or None)
    if not actor.allows("settings", "roles"):
        del form.fields["roles"]
    if request.method == "POST" and form.is_valid():
        try:
            user = add_user(
                form.details(),
                actor=actor,
                roles=form.cleaned_data.get("roles", ()),
                password=form.cleaned_data["password"],
            )
        except Refused as refused:
            put_problems(form, refused.problems)
        else:
            toast(request, _("已添加 %(name)s。") % {"name": user.name})
            return redirect("access:user", pk=user.pk)
    context = {"form": form, "title": _("新建用户"), "person": None}
    return render(request, "access/user_form.html", context, status=422 if form.errors else 200)


@require_GET
def user_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One user with everything an administrator may do about them."""
    actor = actor_of(request)
    require_area(actor, "settings", "organisation")
    return render(request, "access/user.html", _user_context(_person(pk), actor))


@require_http_methods(["GET", "POST"])
def user_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change somebody's details."""
    actor = actor_of(request)
    require_area(actor, "settings", "organisation")
    person = _person(pk)
    initial = {key: getattr(person, key) for key in ("name", "username", "email", "mobile")}
    initial |= {
        "department": str(person.department_id or ""),
        "position": person.position_id,
        "manager": person.manager_id,
    }
    form = UserForm(person, request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            change_user(person, form.details(), actor=actor)
        except Refused as refused:
            put_problems(form, refused.problems)
        else:
            toast(request, _("已保存。"))
            return redirect("access:user", pk=pk)
    context = {"form": form, "title": person.name, "person": person}
    return render(request, "access/user_form.html", context, status=422 if form.errors else 200)


@require_POST
def user_roles(request: HttpRequest, pk: int) -> HttpResponse:
    """Give somebody roles."""
    actor = actor_of(request)
    wanted = Role.objects.filter(pk__in=[key for key in request.POST.getlist("roles") if key.isdecimal()])
    return _act(request, pk, lambda: give_roles(_person(pk), wanted, actor=actor), _("角色已保存，立即生效。"))


@never_cache
@require_POST
def user_password(request: HttpRequest, pk: int) -> HttpResponse:
    """Reset somebody's password; the new one is shown on this page only."""
    actor = actor_of(request)
    person = _person(pk)
    password = reset_password(person, actor=actor)
    return render(request, "access/user.html", {**_user_context(person, actor), "new_password": password})


@require_POST
def user_second_factor(request: HttpRequest, pk: int) -> HttpResponse:
    """Help somebody who lost phone and recovery codes."""
    actor = actor_of(request)
    person = _person(pk)
    done = _("已清除，%(name)s 现在只用密码登录，请提醒重新开启。") % {"name": person.name}
    return _act(request, pk, lambda: reset_second_factor(person, actor=actor), done)


@require_POST
def user_sessions_end(request: HttpRequest, pk: int) -> HttpResponse:
    """Sign somebody out everywhere."""
    actor = actor_of(request)
    require_area(actor, "settings", "organisation")
    ended = end_sessions(_person(pk), ref=actor.ref)
    toast(request, ngettext("已结束 %(count)s 处登录。", "已结束 %(count)s 处登录。", ended) % {"count": ended})
    return redirect("access:user", pk=pk)


@require_POST
def user_deactivate(request: HttpRequest, pk: int) -> HttpResponse:
    """Somebody leaves; what they still have can be handed over next."""
    actor = actor_of(request)
    person = _person(pk)
    try:
        deactivate_user(person, actor=actor)
    except Refused as refused:
        toast(request, refused.problems[""], tone="danger")
        return redirect("access:user", pk=pk)
    toast(request, _("%(name)s 已停用，登录已全部结束。") % {"name": person.name})
    has_work = any(handover.count(pk) for handover in handovers())
    return redirect("access:user_handover" if has_work else "access:user", pk=pk)


@require_POST
def user_reactivate(request: HttpRequest, pk: int) -> HttpResponse:
    """Somebody comes back."""
    actor = actor_of(request)
    return _act(request, pk, lambda: reactivate_user(_person(pk), actor=actor), _("已恢复，原来的角色仍然有效。"))


@require_POST
def user_absences(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark somebody away."""
    actor = actor_of(request)
    require_area(actor, "settings", "organisation")
    person = _person(pk)
    back = reverse("access:user", args=[pk])
    return save_absence(request, person, back, "access/user.html", _user_context(person, actor))


@require_POST
def user_absence_end(request: HttpRequest, pk: int, absence: int) -> HttpResponse:
    """Take somebody's absence back."""
    actor = actor_of(request)
    require_area(actor, "settings", "organisation")
    row = get_object_or_404(Absence, pk=absence, user_id=pk)
    return _act(request, pk, lambda: remove_absence(row, actor=actor), _("已取消休假与替班。"))


@require_http_methods(["GET", "POST"])
def user_handover(request: HttpRequest, pk: int) -> HttpResponse:
    """Give somebody's work to others, kind by kind, in one act."""
    actor = actor_of(request)
    require_area(actor, "settings", "organisation")
    person = _person(pk)
    known = [(handover, handover.count(pk)) for handover in handovers()]
    problems: dict[str, object] = {}
    if request.method == "POST":
        everything = request.POST.get("everything", "")
        receivers = {
            handover.name: int(value)
            for handover, count in known
            if (value := request.POST.get(handover.name, "") or (everything if count else "")).isdecimal()
            and len(value) < _ID_DIGITS
        }
        try:
            if not receivers:
                raise Refused({"": _("请至少为一类工作选择接手人。")})
            moved = hand_over(person, receivers, actor=actor)
        except Refused as refused:
            problems = dict(refused.problems)
        else:
            total = sum(moved.values())
            kept = sum(count for each, count in known if each.name in receivers) - total
            gone = {name for name, count in moved.items() if count}
            comes_back = bool(gone) and all(each.comes_back for each, _count in known if each.name in gone)
            undo = reverse("records:undo", args=[actor.ref.operation]) if comes_back else ""
            words = _("已移交 %(count)s 项，历史记录都保留。") % {"count": total}
            if kept > 0:
                words += _("另有 %(count)s 项没有移交：您无权改它们的负责人，或者接手人不能接。") % {"count": kept}
            toast(request, words, undo_url=undo, tone="warning" if kept > 0 else "done")
            return redirect("access:user_handover", pk=pk)
    rows = [
        {
            "handover": handover,
            "count": count,
            "chosen": request.POST.get(handover.name, ""),
            "problem": problems.get(handover.name, ""),
        }
        for handover, count in known
    ]
    context = {
        "person": person,
        "rows": rows,
        "total": sum(count for _handover, count in known),
        "people": User.objects.filter(is_active=True).exclude(pk=pk).order_by("name"),
        "problem": problems.get("", ""),
        "everything": request.POST.get("everything", ""),
    }
    return render(request, "access/handover.html", context, status=422 if problems else 200)


def _person(pk: int) -> User:
    return get_object_or_404(User.objects.select_related("department", "position", "manager"), pk=pk)


def _user_context(person: User, actor: Actor) -> dict[str, object]:
    sessions = Session.objects.filter(user=person, expire_date__gt=now()).order_by("-seen_at")
    held = set(person.roles.values_list("pk", flat=True))
    return {
        "person": person,
        "mobile": format_phone(person.mobile) if person.mobile else "",
        "roles": [(role, role.pk in held) for role in Role.objects.all()],
        "may_give_roles": actor.allows("settings", "roles"),
        "is_self": person.pk == actor.user_id,
        "sessions": [(row, method_words(row.method)) for row in sessions],
        "factors": factors_of(person.pk),
        "identity": person.identities.first(),
        "absences": person.absences.select_related("stand_in").filter(last_day__gte=today()).order_by("first_day"),
        "absence_form": AbsenceForm(person),
        "away_for": stand_ins().get(person.pk),
    }


def _act(request: HttpRequest, pk: int, act: Callable[[], None], done: str) -> HttpResponse:
    try:
        act()
    except Refused as refused:
        toast(request, next(iter(refused.problems.values())), tone="danger")
    else:
        toast(request, done)
    return redirect("access:user", pk=pk)
