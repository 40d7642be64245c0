"""Roles: their rights as sentences, their view of each field."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django import forms
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kezhi.access.models import FieldLevel, FieldRule, Grant, Role, Scope
from kezhi.access.operations.problems import Refused
from kezhi.access.operations.roles import add_role, change_role, remove_role, set_field_rules, set_grants
from kezhi.access.policies import require_area
from kezhi.access.subjects import Subject, Text, all_subjects, find_subject, record_subjects, verb
from kezhi.access.views.asking import actor_of, put_problems
from kezhi.ui.toasts import toast

SCOPE_WORDS: dict[str, Text] = {
    Scope.OWN: gettext_lazy("本人负责的"),
    Scope.DEPARTMENT: gettext_lazy("本部门的"),
    Scope.BELOW: gettext_lazy("本部门及下级的"),
    Scope.ALL: gettext_lazy("全公司的"),
}


class RoleForm(forms.Form):
    """A role's names and what it is for."""

    name_zh = forms.CharField(label=gettext_lazy("名称"), max_length=120)
    name_en = forms.CharField(label=gettext_lazy("英文名称"), max_length=120, required=False)
    description_zh = forms.CharField(label=gettext_lazy("说明"), max_length=255, required=False)
    description_en = forms.CharField(label=gettext_lazy("英文说明"), max_length=255, required=False)


@dataclass(frozen=True, slots=True)
class Right:
    """One action of one subject as the page shows it: the present scope ("" for none) and those to choose from."""

    name: str
    verb: Text
    scope: str
    words: Text
    choices: Sequence[tuple[str, Text]]

    @property
    def is_given(self) -> bool:
        return bool(self.scope)


@dataclass(frozen=True, slots=True)
class SubjectRights:
    """What a role may do with one subject."""

    subject: Subject
    rights: Sequence[Right]
    ruled_fields: int

    @property
    def given(self) -> int:
        """How many of the actions the role may do."""
        return sum(right.is_given for right in self.rights)


@require_GET
def roles(request: HttpRequest) -> HttpResponse:
    """All roles with how many people have them."""
    require_area(actor_of(request), "settings", "roles")
    people = Count("users", filter=Q(users__is_active=True), distinct=True)
    rows = Role.objects.annotate(people=people, rights=Count("grants", distinct=True)).order_by("order", "pk")
    return render(request, "access/roles.html", {"roles": rows})


@require_http_methods(["GET", "POST"])
def role_new(request: HttpRequest) -> HttpResponse:
    """Add a role, which can do nothing yet."""
    actor = actor_of(request)
    require_area(actor, "settings", "roles")
    form = RoleForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            role = add_role(actor=actor, **form.cleaned_data)
        except Refused as refused:
            put_problems(form, refused.problems)
        else:
            toast(request, _("角色已添加，它现在什么也不能做，请逐项开通。"))
            return redirect("access:role", pk=role.pk)
    context = {"form": form, "title": _("新建角色"), "role": None}
    return render(request, "access/role_form.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def role_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Rename or describe a role."""
    actor = actor_of(request)
    require_area(actor, "settings", "roles")
    role = get_object_or_404(Role, pk=pk)
    names = ("name_zh", "name_en", "description_zh", "description_en")
    form = RoleForm(request.POST or None, initial={name: getattr(role, name) for name in names})
    if request.method == "POST" and form.is_valid():
        try:
            change_role(role, actor=actor, **form.cleaned_data)
        except Refused as refused:
            put_problems(form, refused.problems)
        else:
            toast(request, _("角色已保存。"))
            return redirect("access:role", pk=pk)
    context = {"form": form, "title": role.label, "role": role}
    return render(request, "access/role_form.html", context, status=422 if form.errors else 200)


@require_POST
def role_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove a role nobody has."""
    actor = actor_of(request)
    require_area(actor, "settings", "roles")
    try:
        remove_role(get_object_or_404(Role, pk=pk), actor=actor)
    except Refused as refused:
        toast(request, refused.problems[""], tone="danger")
        return redirect("access:role", pk=pk)
    toast(request, _("角色已删除。"))
    return redirect("access:roles")


@require_http_methods(["GET", "POST"])
def role_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything a role may do, as sentences whose values can be changed."""
    actor = actor_of(request)
    require_area(actor, "settings", "roles")
    role = get_object_or_404(Role, pk=pk)
    problem = ""
    if request.method == "POST":
        try:
            changed = set_grants(role, _posted_grants(request), actor=actor)
        except Refused as refused:
            problem = str(refused.problems[""])
        else:
            words = ngettext("改了 %(count)s 项权限，立即生效。", "改了 %(count)s 项权限，立即生效。", changed)
            toast(
                request, words % {"count": changed} if changed else _("没有改动。"), tone="done" if changed else "info"
            )
            return redirect("access:role", pk=pk)
    context = {
        "role": role,
        "records": _rights(role, record_subjects()),
        "areas": _rights(role, [subject for subject in all_subjects() if subject.is_area]),
        "people": role.users.filter(is_active=True).order_by("name"),
        "problem": problem,
    }
    return render(request, "access/role.html", context, status=422 if problem else 200)


@require_http_methods(["GET", "POST"])
def role_fields(request: HttpRequest, pk: int, subject: str) -> HttpResponse:
    """How a role sees each field of one type of record."""
    actor = actor_of(request)
    require_area(actor, "settings", "roles")
    role = get_object_or_404(Role, pk=pk)
    known = find_subject(subject)
    if known is None or known.is_area:
        raise Http404
    fields = list(known.fields())
    if request.method == "POST":
        levels = {field.key: request.POST.get(f"field-{field.key}") or None for field in fields}
        try:
            changed = set_field_rules(role, subject, levels, actor=actor)
        except Refused as refused:
            toast(request, refused.problems[""], tone="danger")
        else:
            words = ngettext("改了 %(count)s 个字段，立即生效。", "改了 %(count)s 个字段，立即生效。", changed)
            toast(
                request, words % {"count": changed} if changed else _("没有改动。"), tone="done" if changed else "info"
            )
        return redirect("access:role_fields", pk=pk, subject=subject)
    rules = dict(FieldRule.objects.filter(role=role, record_type=subject).values_list("field", "level"))
    rows = [
        {"field": field, "level": rules.get(field.key, ""), "default": FieldLevel(field.level).label}
        for field in fields
    ]
    context = {
        "role": role,
        "subject": known,
        "rows": rows,
        "levels": FieldLevel.choices,
        "subjects": record_subjects(),
    }
    return render(request, "access/role_fields.html", context)


def _posted_grants(request: HttpRequest) -> dict[tuple[str, str], str | None]:
    return {
        (subject.key, action): request.POST.get(f"{subject.key}.{action}") or None
        for subject in all_subjects()
        for action in subject.actions
        # A subject that was registered after the page was opened is left as it is.
        if f"has-{subject.key}" in request.POST
    }


def _rights(role: Role, subjects: Iterable[Subject]) -> list[SubjectRights]:
    held = {
        (subject, action): scope
        for subject, action, scope in Grant.objects.filter(role=role).values_list("subject", "action", "scope")
    }
    ruled: dict[str, int] = {}
    for record_type in FieldRule.objects.filter(role=role).values_list("record_type", flat=True):
        ruled[record_type] = ruled.get(record_type, 0) + 1
    result = []
    for subject in subjects:
        rights = []
        for action in subject.actions:
            scope = held.get((subject.key, action), "")
            choices: list[tuple[str, Text]] = [("", _("不可以"))]
            choices += [(Scope.ALL, _("可以"))] if subject.is_area else list(SCOPE_WORDS.items())
            words = dict(choices).get(scope, scope)
            rights.append(Right(f"{subject.key}.{action}", verb(subject, action), scope, words, choices))
        result.append(SubjectRights(subject, rights, ruled.get(subject.key, 0)))
    return result
