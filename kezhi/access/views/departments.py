"""The tree of departments and the list of positions."""

from django import forms
from django.db import transaction
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kezhi.access.models import Department, Position, User
from kezhi.access.operations.departments import (
    add_department,
    add_position,
    change_department,
    change_position,
    move_department,
    remove_department,
    remove_position,
)
from kezhi.access.operations.problems import Refused
from kezhi.access.policies import require_area
from kezhi.access.tree import department_choices, in_tree_order
from kezhi.access.views.asking import actor_of, put_problems
from kezhi.ui.toasts import toast


class DepartmentForm(forms.Form):
    """A department's names, head and place."""

    name_zh = forms.CharField(label=gettext_lazy("名称"), max_length=120)
    name_en = forms.CharField(label=gettext_lazy("英文名称"), max_length=120, required=False)
    parent = forms.ChoiceField(label=gettext_lazy("上级部门"), required=False)
    head = forms.ModelChoiceField(
        label=gettext_lazy("负责人"),
        queryset=User.objects.none(),
        required=False,
        empty_label=gettext_lazy("暂无"),
        help_text=gettext_lazy("负责人看得到本部门及下级的联系方式原文。"),
    )

    def __init__(self, department: Department | None, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        parent, head = self.fields["parent"], self.fields["head"]
        assert isinstance(parent, forms.ChoiceField)
        assert isinstance(head, forms.ModelChoiceField)
        parent.choices = [("", _("没有上级（最高一级）")), *department_choices(without=department)]
        head.queryset = User.objects.filter(is_active=True).order_by("name")

    def chosen_parent(self) -> Department | None:
        """The chosen department, None for the top."""
        value = self.cleaned_data["parent"]
        return Department.objects.get(pk=int(value)) if value else None


class NameForm(forms.Form):
    """A name in both languages."""

    name_zh = forms.CharField(label=gettext_lazy("名称"), max_length=120)
    name_en = forms.CharField(label=gettext_lazy("英文名称"), max_length=120, required=False)


@require_GET
def departments(request: HttpRequest) -> HttpResponse:
    """The tree, with heads and how many people work in each; the positions beside it."""
    require_area(actor_of(request), "settings", "organisation")
    working = Count("users", filter=Q(users__is_active=True))
    rows = Department.objects.select_related("head").annotate(people=working)
    context = {
        "departments": in_tree_order(rows),
        "positions": Position.objects.annotate(people=working).order_by("order", "pk"),
    }
    return render(request, "access/departments.html", context)


@require_http_methods(["GET", "POST"])
def department_new(request: HttpRequest) -> HttpResponse:
    """Add a department."""
    actor = actor_of(request)
    require_area(actor, "settings", "organisation")
    form = DepartmentForm(None, request.POST or None, initial={"parent": request.GET.get("parent", "")})
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            department = add_department(
                values["name_zh"],
                name_en=values["name_en"],
                parent=form.chosen_parent(),
                head=values["head"],
                actor=actor,
            )
        except Refused as refused:
            put_problems(form, refused.problems)
        else:
            toast(request, _("已添加部门“%(name)s”。") % {"name": department.label})
            return redirect("access:departments")
    return _form(request, form, _("新建部门"))


@require_http_methods(["GET", "POST"])
def department_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Rename a department, give it a head, move it."""
    actor = actor_of(request)
    require_area(actor, "settings", "organisation")
    department = get_object_or_404(Department, pk=pk)
    initial = {
        "name_zh": department.name_zh,
        "name_en": department.name_en,
        "parent": str(department.parent_id or ""),
        "head": department.head_id,
    }
    form = DepartmentForm(department, request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            with transaction.atomic():
                move_department(department, form.chosen_parent(), actor=actor)
                names = {"name_zh": values["name_zh"], "name_en": values["name_en"]}
                change_department(department, head=values["head"], actor=actor, **names)
        except Refused as refused:
            put_problems(form, refused.problems)
        else:
            toast(request, _("部门已保存。"))
            return redirect("access:departments")
    return _form(request, form, department.label, removal=("access:department_remove", pk))


@require_POST
def department_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove an empty department."""
    actor = actor_of(request)
    require_area(actor, "settings", "organisation")
    try:
        remove_department(get_object_or_404(Department, pk=pk), actor=actor)
    except Refused as refused:
        toast(request, refused.problems[""], tone="danger")
    else:
        toast(request, _("部门已删除。"))
    return redirect("access:departments")


@require_http_methods(["GET", "POST"])
def position_new(request: HttpRequest) -> HttpResponse:
    """Add a position."""
    actor = actor_of(request)
    require_area(actor, "settings", "organisation")
    form = NameForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            add_position(form.cleaned_data["name_zh"], name_en=form.cleaned_data["name_en"], actor=actor)
        except Refused as refused:
            put_problems(form, refused.problems)
        else:
            toast(request, _("已添加职位。"))
            return redirect("access:departments")
    return _form(request, form, _("新建职位"))


@require_http_methods(["GET", "POST"])
def position_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Rename a position."""
    actor = actor_of(request)
    require_area(actor, "settings", "organisation")
    position = get_object_or_404(Position, pk=pk)
    form = NameForm(request.POST or None, initial={"name_zh": position.name_zh, "name_en": position.name_en})
    if request.method == "POST" and form.is_valid():
        try:
            change_position(
                position, name_zh=form.cleaned_data["name_zh"], name_en=form.cleaned_data["name_en"], actor=actor
            )
        except Refused as refused:
            put_problems(form, refused.problems)
        else:
            toast(request, _("职位已保存。"))
            return redirect("access:departments")
    return _form(request, form, position.label, removal=("access:position_remove", pk))


@require_POST
def position_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove a position nobody holds."""
    actor = actor_of(request)
    require_area(actor, "settings", "organisation")
    try:
        remove_position(get_object_or_404(Position, pk=pk), actor=actor)
    except Refused as refused:
        toast(request, refused.problems[""], tone="danger")
    else:
        toast(request, _("职位已删除。"))
    return redirect("access:departments")


def _form(
    request: HttpRequest, form: forms.Form, title: str, *, removal: tuple[str, int] | None = None
) -> HttpResponse:
    context = {"form": form, "title": title, "removal": removal}
    return render(request, "access/department_form.html", context, status=422 if form.errors else 200)
