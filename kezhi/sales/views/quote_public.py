"""What the customer sees and answers behind a private link; nobody is signed in here (SAL-4)."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from kezhi.access.actors import Actor
from kezhi.access.rights import system_rights
from kezhi.core.events import ActorRef
from kezhi.records.operations import InvalidRecord
from kezhi.sales.models import PrivateLink, Quote
from kezhi.sales.operations.quotes import NotOpen, accept_quote, decline_quote, is_open
from kezhi.sales.private_links import PrivatePage, register_private_page
from kezhi.sales.quote_paper import paper_of
from kezhi.sales.quote_pdf import sent_pdf
from kezhi.sales.quote_sending import PURPOSE
from kezhi.sales.views.quote_sending import pdf_answer


@sensitive_variables("token")
def show(request: HttpRequest, link: PrivateLink, quote: Quote, token: str) -> HttpResponseBase:
    """GET the quote, POST ``answer`` accept or decline with ``name``, ``note`` and the ``edition`` that was seen."""
    if request.method != "POST":
        return _page(request, link, quote, token)
    typed = {key: request.POST.get(key, "").strip()[:500] for key in ("name", "note", "answer")}
    edition = request.POST.get("edition", "")
    seen = int(edition) if edition.isascii() and edition.isdecimal() and len(edition) < 6 else 0
    try:
        if typed["answer"] == "decline":
            decline_quote(quote.pk, seen, name=typed["name"], reason=typed["note"], actor=_customer(link))
        elif request.POST.get("agreed") != "on":
            raise InvalidRecord({"agreed": _("接受前请勾选同意")})
        else:
            accept_quote(quote.pk, seen, name=typed["name"], note=typed["note"], actor=_customer(link))
    except InvalidRecord as refused:
        return _page(request, link, quote, token, typed=typed, problems=refused.problems, status=422)
    except NotOpen:
        fresh = Quote.objects.ungated("private link").select_related("customer", "contact", "owner").get(pk=quote.pk)
        return _page(request, link, fresh, token, is_late=True, status=409)
    return redirect(reverse("sales:private", args=[token]))


@sensitive_variables("token")
def pdf(request: HttpRequest, link: PrivateLink, quote: Quote, token: str) -> HttpResponseBase:
    """GET /p/<token>/pdf/: the paper as it was sent, whatever letterhead and names say by now."""
    return pdf_answer(sent_pdf(quote), quote, save=True)


@sensitive_variables("token")
def _page(
    request: HttpRequest,
    link: PrivateLink,
    quote: Quote,
    token: str,
    *,
    typed: dict[str, str] | None = None,
    problems: Any = None,
    is_late: bool = False,
    status: int = 200,
) -> HttpResponse:
    shown = {key: str(text) for key, text in (problems or {}).items()}
    context = {
        "is_locked": bool(link.locked_to),
        "paper": paper_of(quote),
        "quote": quote,
        "is_open": is_open(quote),
        "is_late": is_late,
        "typed": typed or {},
        "problems": shown,
        "pdf_url": reverse("sales:private_part", args=[token, "pdf"]),
    }
    return render(request, "sales/private/quote.html", context, status=status)


def _customer(link: PrivateLink) -> Actor:
    """Whoever holds the link: nobody we know, so named after the link; all they can do is answer this quote."""
    ref = ActorRef("system", str(_("客户")), "link", door_ref=f"link {link.pk}")
    return Actor(ref, system_rights("private link"))


register_private_page(PrivatePage(PURPOSE, show=show, parts={"pdf": pdf}))
