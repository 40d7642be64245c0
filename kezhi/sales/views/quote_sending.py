"""A quote's paper and its way out: PDF, mail, link (SAL-4)."""

import io
import json

import segno
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kezhi.access.actors import Actor
from kezhi.access.policies import require
from kezhi.core.figures import boolean_figure
from kezhi.records.operations import InvalidRecord
from kezhi.records.unkeepable import promises_in, unkeepable_words
from kezhi.records.views.answers import signed_in
from kezhi.sales.models import Quote, QuotePaper
from kezhi.sales.private_links import revoke_private_links
from kezhi.sales.private_locks import locks_by_default, mail_is_on, must_lock, read_lock
from kezhi.sales.quote_paper import may_read_whole
from kezhi.sales.quote_pdf import file_name, quote_pdf
from kezhi.sales.quote_sending import (
    PURPOSE,
    Letter,
    draft_letter,
    letter_templates,
    link_quote,
    mail_quote,
)
from kezhi.sales.views.quotes import find_quote
from kezhi.ui.toasts import toast


@require_GET
@signed_in
def pdf(request: HttpRequest, actor: Actor, quote_id: int) -> HttpResponseBase:
    """GET: the paper as PDF, with names the actor may not read masked; ``?save=1`` downloads it."""
    quote = find_quote(quote_id, actor)
    return pdf_answer(quote_pdf(quote, reader=actor), quote, save=bool(request.GET.get("save")))


@require_GET
@signed_in
def sent_paper(request: HttpRequest, actor: Actor, quote_id: int, paper_id: int) -> HttpResponseBase:
    """GET: what the customer got, byte for byte, for those who may read everything on it."""
    quote = find_quote(quote_id, actor)
    paper = QuotePaper.objects.filter(quote_id=quote.pk, pk=paper_id).first()
    if paper is None or not may_read_whole(quote, actor):
        raise Http404
    return pdf_answer(bytes(paper.content), quote, save=bool(request.GET.get("save")))


def pdf_answer(content: bytes, quote: Quote, *, save: bool) -> FileResponse:
    """An answer with the paper, shown or downloaded."""
    answer = FileResponse(
        io.BytesIO(content), as_attachment=save, filename=file_name(quote), content_type="application/pdf"
    )
    answer.headers["Cache-Control"] = "no-store, private"
    return answer


@require_http_methods(["GET", "POST"])
@signed_in
def sending(request: HttpRequest, actor: Actor, quote_id: int) -> HttpResponseBase:
    """GET the mail as it would go; POST sends it, or with ``way=link`` shows a new link once."""
    quote = find_quote(quote_id, actor)
    require(actor, "edit", quote)
    templates = letter_templates()
    template = request.GET.get("template", "")
    letter = draft_letter(quote, actor=actor, template=template)
    context: dict[str, object] = {
        "quote": quote,
        "letter": letter,
        "mail_is_on": mail_is_on(),
        "problems": {},
        "promises": promises_in(letter.subject, letter.body),
        "promise_words": json.dumps(unkeepable_words(), ensure_ascii=False),
        "must_agree": True,
        "templates": templates,
        "template": template,
        "with_paper": boolean_figure("sales.quote_mail_paper"),
        "is_locked": locks_by_default(),
        "must_lock": must_lock(),
        "lock_to": letter.to,
    }
    if request.method == "GET":
        return render(request, "sales/quotes/send.html", context)
    try:
        if request.POST.get("way") == "link":
            wanted, lock_to = request.POST.get("locked") == "on", request.POST.get("lock_to", "").strip()[:254]
            context |= {"is_locked": wanted or must_lock(), "lock_to": lock_to}
            lock = read_lock(wanted, lock_to, place="lock_to")
            note = request.POST.get("note", "").strip()[:100]
            sent, address = link_quote(quote, actor=actor, note=note, lock=lock)
            return _show_link(request, sent, address, lock)
        with_paper, is_locked = request.POST.get("with_paper") == "on", request.POST.get("locked") == "on"
        context |= {"with_paper": with_paper, "is_locked": is_locked or must_lock()}
        letter = Letter(*(request.POST.get(key, "").strip() for key in ("to", "subject", "body")))
        promised = promises_in(letter.subject, letter.body)
        context["promises"] = promised
        if promised and request.POST.get("anyway") != "1":
            raise InvalidRecord({"": _("邮件里有不该承诺的说法，没有发送。请改掉，或者核对后勾选仍要发送。")})
        mail_quote(quote, letter, actor=actor, with_paper=with_paper, is_locked=is_locked)
    except InvalidRecord as refused:
        problems = {key: str(text) for key, text in refused.problems.items()}
        whole = next((text for key, text in problems.items() if key not in ("to", "subject", "lock_to")), "")
        context |= {"letter": letter, "problems": problems, "problem": whole}
        return render(request, "sales/quotes/send.html", context, status=422)
    toast(request, _("报价已发送"))
    return redirect(f"/quotes/{quote.pk}/")


def _show_link(request: HttpRequest, quote: Quote, address: str, lock: str) -> HttpResponse:
    whole = request.build_absolute_uri(address)
    drawing = segno.make(whole, error="m").svg_inline(scale=4, border=2, dark="#000", light="#fff")
    context = {"quote": quote, "address": whole, "qr": SafeString(drawing), "lock": lock}
    answer = render(request, "sales/quotes/link.html", context)
    answer.headers["Cache-Control"] = "no-store, private"
    return answer


@require_POST
@signed_in
def revocation(request: HttpRequest, actor: Actor, quote_id: int) -> HttpResponseBase:
    """POST: the links to the quote lead nowhere from now on (``link``: one of them)."""
    quote = find_quote(quote_id, actor)
    wanted = request.POST.get("link", "")
    number = int(wanted) if wanted.isascii() and wanted.isdecimal() and len(wanted) < 19 else None
    ended = revoke_private_links(quote, actor=actor, purpose=PURPOSE, link_id=number)
    toast(request, _("链接已收回，客户打不开了") if ended else _("没有能收回的链接"))
    return redirect(f"/quotes/{quote.pk}/")
