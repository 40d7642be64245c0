"""What scripts need from answers that a plain request does not: where to go next, and the messages."""

import json
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from kezhi.ui.toasts import waiting_toasts


class FragmentMiddleware:
    """Turns answers to scripts into what scripts can use.

    A redirect would be followed unseen and its messages lost: a side sheet and the offline outbox get 204 and the
    address instead. An answer that stays on the page (htmx) carries waiting messages in its ``HX-Trigger`` header.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        headers = request.headers
        if "HX-Request" not in headers and "X-Kezhi-Outbox" not in headers:
            return response
        if response.status_code in (301, 302, 303, 307, 308):
            return _client_redirect(response) if _takes_address(request) else response
        if "HX-Redirect" not in response and "HX-Refresh" not in response and "HX-Boosted" not in headers:
            _add_toasts(request, response)
        return response


def _takes_address(request: HttpRequest) -> bool:
    return request.headers.get("HX-Target") == "sheet" or "X-Kezhi-Outbox" in request.headers


def _client_redirect(response: HttpResponse) -> HttpResponse:
    answer = HttpResponse(status=204)
    answer["HX-Redirect"] = response["Location"]
    answer.cookies = response.cookies
    return answer


def _add_toasts(request: HttpRequest, response: HttpResponse) -> None:
    toasts = [toast.as_dict() for toast in waiting_toasts(request)]
    if not toasts:
        return
    before = response.get("HX-Trigger", "")
    events = json.loads(before) if before.startswith("{") else dict.fromkeys(filter(None, before.split(",")), "")
    response["HX-Trigger"] = json.dumps(events | {"kezhi:toasts": toasts})
