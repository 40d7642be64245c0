"""Settings: tags and their groups (CUS-16)."""

from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from kezhi.access.actors import Actor
from kezhi.access.policies import require_area
from kezhi.records.models import Tag, TagGroup
from kezhi.records.operations.problems import InvalidRecord
from kezhi.records.operations.tags import ACTION, AREA, merge_tags, save_group, save_tag, tags_field
from kezhi.records.registry import record_types
from kezhi.records.views.answers import signed_in
from kezhi.records.views.bulk import undo_url
from kezhi.ui.toasts import toast


@require_safe
@signed_in
def show_tags(request: HttpRequest, actor: Actor) -> HttpResponse:
    """All groups with their tags and how many records have each."""
    require_area(actor, AREA, ACTION)
    tags = Tag.objects.annotate(held=Count("links")).order_by("group_id", "order", "id")
    by_group: dict[int, list[Tag]] = {}
    for tag in tags:
        by_group.setdefault(tag.group_id, []).append(tag)
    groups = [(group, by_group.get(group.pk, [])) for group in TagGroup.objects.order_by("order", "id")]
    types = {known.key: known for known in record_types()}
    context = {
        "groups": [
            (group, rows, [types[key].plural for key in group.record_types if key in types]) for group, rows in groups
        ],
    }
    return render(request, "records/list/tags.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def new_group(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Make a group."""
    return _group_form(request, actor, None)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def edit_group(request: HttpRequest, actor: Actor, group_id: int) -> HttpResponse:
    """Rename a group, make it exclusive, say whose records may have its tags."""
    return _group_form(request, actor, TagGroup.objects.get(pk=group_id))


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def new_tag(request: HttpRequest, actor: Actor, group_id: int) -> HttpResponse:
    """Make a tag."""
    return _tag_form(request, actor, TagGroup.objects.get(pk=group_id), None)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def edit_tag(request: HttpRequest, actor: Actor, tag_id: int) -> HttpResponse:
    """Rename a tag, or switch it off."""
    tag = Tag.objects.select_related("group").get(pk=tag_id)
    return _tag_form(request, actor, tag.group, tag)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def merge_tag(request: HttpRequest, actor: Actor, tag_id: int) -> HttpResponse:
    """Give the records of one tag another instead."""
    require_area(actor, AREA, ACTION)
    tag = Tag.objects.select_related("group").get(pk=tag_id)
    others = list(
        Tag.objects.exclude(pk=tag.pk).filter(is_active=True).select_related("group").order_by("group_id", "order")
    )
    problems: dict[str, object] = {}
    if request.method == "POST":
        into = next((other for other in others if str(other.pk) == request.POST.get("into", "")), None)
        if into is None:
            problems = {"into": gettext("请选择另一个标签")}
        else:
            count = merge_tags(tag, into, actor=actor)
            said = ngettext(
                "“%(one)s”已并入“%(other)s”，改动 %(count)d 条记录",
                "“%(one)s”已并入“%(other)s”，改动 %(count)d 条记录",
                count,
            ) % {"one": tag.label, "other": into.label, "count": count}
            toast(request, said, undo_url=undo_url(actor.ref.operation) if count else "")
            return HttpResponseRedirect(reverse("records:tags"))
    context = {"tag": tag, "others": others, "problems": problems, "held": tag.links.count()}
    return render(request, "records/list/tag_merge.html", context, status=422 if problems else 200)


def _group_form(request: HttpRequest, actor: Actor, group: TagGroup | None) -> HttpResponse:
    require_area(actor, AREA, ACTION)
    problems: dict[str, object] = {}
    types = [known for known in record_types() if tags_field(known) is not None]
    if request.method == "POST":
        given = request.POST
        try:
            saved = save_group(
                group,
                name_zh=given.get("name_zh", ""),
                name_en=given.get("name_en", ""),
                is_exclusive=given.get("is_exclusive") == "1",
                record_types=given.getlist("record_types"),
                actor=actor,
            )
        except InvalidRecord as refused:
            problems = dict(refused.problems)
        else:
            toast(request, gettext("标签组“%(name)s”已保存") % {"name": saved.label})
            return HttpResponseRedirect(reverse("records:tags"))
    shown = {
        "name_zh": request.POST.get("name_zh", group.name_zh if group else ""),
        "name_en": request.POST.get("name_en", group.name_en if group else ""),
        "is_exclusive": request.POST.get("is_exclusive") == "1" if problems else bool(group and group.is_exclusive),
        "record_types": request.POST.getlist("record_types") if problems else (group.record_types if group else []),
    }
    context = {"group": group, "types": types, "shown": shown, "problems": problems}
    return render(request, "records/list/tag_group.html", context, status=422 if problems else 200)


def _tag_form(request: HttpRequest, actor: Actor, group: TagGroup, tag: Tag | None) -> HttpResponse:
    require_area(actor, AREA, ACTION)
    problems: dict[str, object] = {}
    if request.method == "POST":
        given = request.POST
        try:
            saved = save_tag(
                tag,
                group=group,
                name_zh=given.get("name_zh", ""),
                name_en=given.get("name_en", ""),
                is_active=tag is None or given.get("is_active") == "1",
                actor=actor,
            )
        except InvalidRecord as refused:
            problems = dict(refused.problems)
        else:
            toast(request, gettext("标签“%(name)s”已保存") % {"name": saved.label})
            return HttpResponseRedirect(reverse("records:tags"))
    shown = {
        "name_zh": request.POST.get("name_zh", tag.name_zh if tag else ""),
        "name_en": request.POST.get("name_en", tag.name_en if tag else ""),
        "is_active": request.POST.get("is_active") == "1" if problems else tag is None or tag.is_active,
    }
    context = {"group": group, "tag": tag, "shown": shown, "problems": problems}
    return render(request, "records/list/tag.html", context, status=422 if problems else 200)
