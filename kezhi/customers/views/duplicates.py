"""Duplicates: the list of pairs the model found, merging two field by field, taking a merge apart (CUS-12)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kezhi.access.actors import Actor
from kezhi.access.policies import require_area
from kezhi.core.clock import now
from kezhi.core.jobs import enqueue
from kezhi.customers.jobs import find_duplicates
from kezhi.customers.match_keys import MAIL, PHONE
from kezhi.customers.merging import differing_fields, merge_customers, unmerge_customers
from kezhi.customers.models import Customer, MatchCandidate, Merge
from kezhi.records.guessing import is_masked_somewhere
from kezhi.records.operations import InvalidRecord
from kezhi.records.presenting import CLEAR, Presented, Presenter, present
from kezhi.records.registry import record_type
from kezhi.records.views.answers import signed_in
from kezhi.ui.toasts import toast

_PAGE = 50
_MERGES = 20


@dataclass(frozen=True, slots=True)
class PairRow:
    """A pair as the list shows it."""

    candidate: MatchCandidate
    first: Presented
    second: Presented
    reasons: Sequence[str]

    @property
    def percent(self) -> int:
        """How probable the model thinks it."""
        return round(self.candidate.probability * 100)


@require_GET
@signed_in
def duplicates(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """GET /customers/duplicates/: pairs that wait for a decision, both of which the actor may merge.

    Below them the latest merges, or with ``?of=12`` all those into that customer, to be taken apart.
    """
    require_area(actor, "customer", "merge")
    mine = Customer.objects.visible_to(actor, "merge").values("pk")
    rows = MatchCandidate.objects.filter(
        state=MatchCandidate.State.OPEN,
        first_id__in=mine,
        second_id__in=mine,
        first__deleted_at__isnull=True,
        second__deleted_at__isnull=True,
    ).select_related("first", "second")
    presenter = Presenter(record_type("customer"), actor)
    # That phones agree tells one to whoever reads the other, and both to whoever may change one.
    is_masked = any(is_masked_somewhere(record_type(key), actor) for key in ("customer", "contact"))
    untold = {PHONE, MAIL} if is_masked else set()
    found = [
        PairRow(
            row,
            Presented(row.first, presenter),
            Presented(row.second, presenter),
            [reason for reason in row.reasons if reason not in untold],
        )
        for row in rows.order_by("-probability", "pk")[: _PAGE + 1]
    ]
    merges = Merge.objects.filter(undone_at__isnull=True, kept_id__in=mine).select_related("kept", "gone", "merged_by")
    of = request.GET.get("of", "")
    merges = merges.filter(kept_id=int(of)) if of.isascii() and of.isdigit() and len(of) < 19 else merges[:_MERGES]
    shown = [(row, Presented(row.gone, presenter), Presented(row.kept, presenter)) for row in merges]
    context = {"pairs": found[:_PAGE], "more": len(found) > _PAGE, "merges": shown}
    return render(request, "customers/duplicates.html", context)


@require_POST
@signed_in
def look_again(request: HttpRequest, actor: Actor) -> HttpResponse:
    """POST /customers/duplicates/search/: look through the whole register in the background."""
    require_area(actor, "customer", "merge")
    enqueue(find_duplicates, unique_key="customers.find_duplicates", actor=actor.ref)
    toast(request, _("正在查找重复客户，稍后刷新本页"))
    return redirect("customers:duplicates")


@require_POST
@signed_in
def different(request: HttpRequest, actor: Actor, candidate_id: int) -> HttpResponse:
    """POST /customers/duplicates/5/different/: these two are not the same."""
    _decide(candidate_id, MatchCandidate.State.OPEN, MatchCandidate.State.DIFFERENT, actor)
    undo = reverse("customers:undecided", args=[candidate_id])
    toast(request, _("已记下：不是同一客户"), undo_url=undo)
    return redirect("customers:duplicates")


@require_POST
@signed_in
def undecided(request: HttpRequest, actor: Actor, candidate_id: int) -> HttpResponse:
    """POST /customers/duplicates/5/undecided/: they may be the same after all; the pair waits again."""
    _decide(candidate_id, MatchCandidate.State.DIFFERENT, MatchCandidate.State.OPEN, actor)
    toast(request, _("这一对又回到列表里了"))
    return redirect("customers:duplicates")


def _decide(candidate_id: int, before: MatchCandidate.State, after: MatchCandidate.State, actor: Actor) -> None:
    mine = Customer.objects.visible_to(actor, "merge").values("pk")
    rows = MatchCandidate.objects.filter(pk=candidate_id, first_id__in=mine, second_id__in=mine, state=before)
    if not rows.update(state=after, decided_by=actor.user_id, decided_at=now()):
        raise Http404


@require_http_methods(["GET", "POST"])
@signed_in
def merge(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """GET/POST /customers/merge/?first=1&second=2: side by side, whose value stays per field; the first one stays."""
    require_area(actor, "customer", "merge")
    data = request.POST if request.method == "POST" else request.GET
    named = data.getlist("id") or data.getlist("ids") or [data.get("first", ""), data.get("second", "")]
    chosen = [text for text in named if text]
    if len(chosen) != 2 or not all(text.isascii() and text.isdigit() and len(text) < 19 for text in chosen):
        toast(request, _("请选择两位客户来合并"))
        return redirect("customers:duplicates")
    kept, gone = (_customer(int(text), actor) for text in chosen)
    if request.method == "POST":
        choices = {key[2:]: str(value) for key, value in request.POST.items() if key.startswith("f-")}
        try:
            done = merge_customers(kept.pk, gone.pk, choices, actor=actor)
        except InvalidRecord as error:
            return _side_by_side(request, actor, kept, gone, error.problems, 422)
        words = _("已把“%(gone)s”合并到“%(kept)s”") % {
            "gone": present(gone, actor).title,
            "kept": present(kept, actor).title,
        }
        toast(request, words, undo_url=reverse("customers:unmerge", args=[done.pk]))
        return redirect(f"/customers/{kept.pk}/")
    return _side_by_side(request, actor, kept, gone, {}, 200)


@require_POST
@signed_in
def unmerge(request: HttpRequest, actor: Actor, merge_id: int) -> HttpResponse:
    """POST /customers/merges/5/undo/: take a merge apart."""
    found = Merge.objects.filter(pk=merge_id, kept_id__in=Customer.objects.visible_to(actor, "merge").values("pk"))
    held = found.first()
    if held is None:
        raise Http404
    try:
        result = unmerge_customers(held, actor=actor)
    except InvalidRecord as error:
        toast(request, str(next(iter(error.problems.values()))), tone="danger")
        return redirect("customers:duplicates")
    words = _("已拆开，“%(name)s”恢复为单独的客户") % {"name": present(result.customer, actor).title}
    if result.stayed:
        words += _("。之后改过的字段没有退回：%(fields)s") % {"fields": _("、").join(result.stayed)}
    toast(request, words)
    return redirect(f"/customers/{held.kept_id}/")


def _customer(pk: int, actor: Actor) -> Customer:
    try:
        found: Customer = Customer.objects.visible_to(actor, "merge").get(pk=pk)
    except ObjectDoesNotExist:
        raise Http404 from None
    return found


def _side_by_side(
    request: HttpRequest, actor: Actor, kept: Customer, gone: Customer, problems: Any, status: int
) -> HttpResponse:
    presenter = Presenter(record_type("customer"), actor)
    unread = {key for key in presenter.fields for row in (kept, gone) if presenter.state(row, key) != CLEAR}
    rows = [
        {
            "key": choice.field.key,
            "label": choice.field.label,
            "kept": presenter.html(kept, choice.field.key),
            "gone": presenter.html(gone, choice.field.key),
            "chosen": request.POST.get(f"f-{choice.field.key}", choice.suggested),
        }
        for choice in differing_fields(kept, gone, unread=unread)
        if presenter.state(kept, choice.field.key) != "hidden"
    ]
    context = {
        "kept": Presented(kept, presenter),
        "gone": Presented(gone, presenter),
        "rows": rows,
        "problems": [str(text) for text in problems.values()],
        "swap": f"{reverse('customers:merge')}?first={gone.pk}&second={kept.pk}",
    }
    return render(request, "customers/merge.html", context, status=status)
