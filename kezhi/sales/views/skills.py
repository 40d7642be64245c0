"""Settings › Skills: what colleagues are good at, which assignment looks at (LEAD-3)."""

import re
from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from kezhi.access.actors import Actor
from kezhi.access.directory import people_options, person_name
from kezhi.access.models import User
from kezhi.access.policies import require_area
from kezhi.records.lists import list_choices
from kezhi.records.views.answers import signed_in
from kezhi.sales.models import UserSkill
from kezhi.sales.skills import Skill, set_skills, skills_by_user
from kezhi.ui.toasts import toast

_PARTS = re.compile(r"[,，、;；\n]+")
_LISTS = {UserSkill.Kind.LANGUAGE: "language", UserSkill.Kind.INDUSTRY: "industry"}


@require_safe
@signed_in
def show_skills(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Everybody with what they are good at."""
    require_area(actor, "automation", "view")
    known = skills_by_user()
    rows = [(int(key), name, _words(known.get(int(key), frozenset()))) for key, name in people_options()]
    rows.sort(key=lambda row: not any(row[2].values()))
    context = {"rows": rows, "may_edit": actor.allows("automation", "edit")}
    return render(request, "sales/leads/skills.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def edit_skills(request: HttpRequest, actor: Actor, user_id: int) -> HttpResponse:
    """What one colleague is good at."""
    require_area(actor, "automation", "edit")
    user = User.objects.get(pk=user_id)
    if request.method != "POST":
        return _form(request, user, _words(skills_by_user().get(user.pk, frozenset())), {})
    typed = {kind: request.POST.get(kind, "") for kind in UserSkill.Kind.values}
    skills, problems = _read(typed)
    if problems:
        return _form(request, user, typed, problems)
    set_skills(user.pk, skills, actor=actor)
    toast(request, gettext("已记下%(name)s擅长的事") % {"name": person_name(user.pk)})
    address = reverse("sales:skills")
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return HttpResponseRedirect(address)


def _form(request: HttpRequest, user: User, typed: Mapping[str, str], problems: Mapping[str, str]) -> HttpResponse:
    rows = [
        {
            "key": kind.value,
            "label": kind.label,
            "value": typed.get(kind.value, ""),
            "problem": problems.get(kind.value, ""),
            "known": list_choices(_LISTS[kind]).summary() if kind in _LISTS else "",
        }
        for kind in UserSkill.Kind
    ]
    context = {"name": person_name(user.pk), "action": request.path, "rows": rows}
    return render(request, "sales/leads/skill.html", context, status=422 if problems else 200)


def _read(typed: Mapping[str, str]) -> tuple[list[Skill], dict[str, str]]:
    skills: list[Skill] = []
    problems: dict[str, str] = {}
    for kind in UserSkill.Kind:
        for part in _PARTS.split(typed[kind.value]):
            word = part.strip()
            if not word:
                continue
            known = list_choices(_LISTS[kind]).find(word) if kind in _LISTS else word[:80]
            if known is None:
                problems[kind.value] = gettext("“%(word)s”不在列表里") % {"word": word[:40]}
            else:
                skills.append((kind.value, known))
    return skills, problems


def _words(skills: frozenset[Skill]) -> dict[str, str]:
    found: dict[str, list[str]] = {kind.value: [] for kind in UserSkill.Kind}
    for kind, value in sorted(skills):
        key = _LISTS.get(UserSkill.Kind(kind))
        found[kind].append(list_choices(key).label(value) if key else value)
    return {kind: "、".join(words) for kind, words in found.items()}  # zh-data
