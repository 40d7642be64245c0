"""What the gallery's specimens post to: answers shaped like those of real pages, without any data behind them."""

from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from kezhi.ui.gallery import for_builders
from kezhi.ui.html import money


@for_builders
@require_http_methods(["GET", "POST"])
def specimen(request: HttpRequest, what: str) -> HttpResponse:
    """One of the specimens' acts: edit, move, check or reveal."""
    act = _ACTS.get(what)
    if act is None:
        raise Http404
    return act(request)


def _edit(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return render(request, "ui/gallery/edit.html", {"value": "420000"})
    raw = request.POST.get("amount", "").replace(",", "")
    if not raw.isdecimal():
        problem = gettext("请填写数字，例如 420000。")
        return render(request, "ui/gallery/edit.html", {"value": raw, "problem": problem}, status=422)
    return render(request, "ui/gallery/place.html", {"amount": money(int(raw))})


def _move(request: HttpRequest) -> HttpResponse:
    column, key = request.POST.get("column", ""), request.POST.get("id", "")
    refused = column == "contract"
    card = {"key": key, "refused": refused}
    return render(request, "ui/gallery/card.html", {"card": card}, status=422 if refused else 200)


def _check(request: HttpRequest) -> HttpResponse:
    digits = "".join(char for char in request.POST.get("value", "") if char.isdecimal())
    missing = 11 - len(digits)
    if missing > 0:
        message = gettext("大陆手机是 11 位，还差 %(number)d 位。") % {"number": missing}
        return JsonResponse({"ok": False, "message": message, "value": ""})
    return JsonResponse({"ok": True, "message": "", "value": f"{digits[:3]} {digits[3:7]} {digits[7:11]}"})


def _reveal(request: HttpRequest) -> HttpResponse:
    return HttpResponse("138 0000 5678")


_ACTS: dict[str, Callable[[HttpRequest], HttpResponse]] = {
    "edit": _edit,
    "move": _move,
    "check": _check,
    "reveal": _reveal,
}
