"""The PDF of a quote, set by typst from JSON: nothing a person typed is ever read as markup (SAL-4)."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import cast

from django.utils.translation import gettext as _

from kezhi.access.actors import Actor
from kezhi.core.clock import now
from kezhi.sales.models import Quote, QuotePaper
from kezhi.sales.quote_paper import content_hash, in_language, paper_of

_TEMPLATE = Path(__file__).resolve().parent / "papers" / "quote.typ"
_KEPT = 32
# A process sets one paper at a time: each takes a core for some 30 ms, and the compiler is one for all.
_setting = threading.Lock()
_made: OrderedDict[str, bytes] = OrderedDict()


def keep_paper(quote: Quote, *, actor: Actor) -> QuotePaper:
    """Keep the paper as it goes to the customer now; inside the transaction that sends it."""
    key, content = _paper(quote, None)
    sent = {"kept_at": now(), "kept_by_id": actor.user_id}
    kept, _is_new = QuotePaper.objects.update_or_create(
        quote_id=quote.pk, content_key=key, defaults=sent, create_defaults={**sent, "content": content}
    )
    return kept


def kept_papers(quote: Quote) -> list[QuotePaper]:
    """What went out, the last sent first, without its bytes."""
    rows = QuotePaper.objects.filter(quote_id=quote.pk).select_related("kept_by").defer("content")
    return list(rows.order_by("-kept_at", "-pk"))


def sent_pdf(quote: Quote) -> bytes:
    """What the customer got last; for quotes sent before papers were kept, what they would get."""
    kept = QuotePaper.objects.filter(quote_id=quote.pk).order_by("-kept_at", "-pk").first()
    return bytes(kept.content) if kept is not None else quote_pdf(quote)


def quote_pdf(quote: Quote, *, reader: Actor | None = None) -> bytes:
    """The paper as PDF, as ``reader`` may see it, or as the customer gets it; the same content is set once."""
    return _paper(quote, reader)[1]


def _paper(quote: Quote, reader: Actor | None) -> tuple[str, bytes]:
    with in_language(quote):
        data = paper_of(quote, reader=reader).as_json()
    key = content_hash(data)
    with _setting:
        known = _made.pop(key, None)
        if known is None:
            known = _compiler()(sys_inputs={"data": data}, timestamp=int(quote.changed_at.timestamp()))
        _made[key] = known
        while len(_made) > _KEPT:
            _made.popitem(last=False)
    return key, known


def file_name(quote: Quote) -> str:
    """What the file is called: "报价单 Q2026110001.pdf"."""
    with in_language(quote):
        return f"{_('报价单')} {quote.number}.pdf"


@cache
def _compiler() -> Callable[..., bytes]:
    # typst and its fonts take 70 ms to load, and most processes never set a paper.
    import noto_cjk_sans_otc  # type: ignore[import-untyped]
    import typst

    fonts = typst.Fonts(include_system_fonts=False, font_paths=[str(Path(str(noto_cjk_sans_otc.FONT_PATH)).parent)])
    compiler = typst.Compiler(str(_TEMPLATE), root=str(_TEMPLATE.parent), font_paths=fonts)

    def compile_paper(*, sys_inputs: dict[str, str], timestamp: int) -> bytes:
        made = compiler.compile(format="pdf", sys_inputs=sys_inputs, timestamp=timestamp)
        return cast("bytes", made)

    return compile_paper
