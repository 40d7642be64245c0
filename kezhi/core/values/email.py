"""E-mail addresses: one lower-case form, or a reason why not (CUS-7).

Codes: ``email.syntax``, ``email.domain``, ``email.several``, ``email.length``.
"""

import re

from django.utils.translation import gettext_lazy as _

from kezhi.core.values.dirt import half_width
from kezhi.core.values.problem import ValueProblem

_LOCAL = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL = re.compile(r"[a-z0-9\u4e00-\u9fff](?:[a-z0-9\u4e00-\u9fff-]{0,61}[a-z0-9\u4e00-\u9fff])?")
_TOP = re.compile(r"[a-z]{2,24}|xn--[a-z0-9-]{2,58}|[\u4e00-\u9fff]{2,10}")
_NAMED = re.compile(r"^[^<>]*<([^<>]+)>$")


def parse_email(text: str) -> str:
    """The address in the one form it is stored in: plain characters, lower case, no name, no ``mailto:``.

    The part before the @ is lowered too: no mail system in use tells ``Li@`` from ``li@``, and people type both.

    Raises:
        ValueProblem: see the codes above.
    """
    plain = half_width(text)
    if len(plain) > 320:
        raise ValueProblem("email.length", _("邮箱地址太长。"))
    if named := _NAMED.match(plain):
        plain = named[1].strip()
    plain = plain.lower().removeprefix("mailto:").strip().rstrip(".,;。、")
    if plain.count("@") > 1 and re.search(r"[,;、\s/]", plain):
        raise ValueProblem("email.several", _("这里只能填一个邮箱地址。"))
    local, at, domain = plain.partition("@")
    if not at:
        raise ValueProblem("email.syntax", _("邮箱地址缺少 @，例如 name@example.com。"))
    if not _LOCAL.fullmatch(local):
        raise ValueProblem("email.syntax", _("@ 前面的部分不正确，请核对。"))
    labels = domain.split(".")
    if len(labels) < 2 or not all(_LABEL.fullmatch(label) for label in labels) or not _TOP.fullmatch(labels[-1]):
        raise ValueProblem("email.domain", _("@ 后面的域名不正确，请核对，例如 example.com。"))
    if len(local) > 64 or len(plain) > 254:
        raise ValueProblem("email.length", _("邮箱地址太长。"))
    return plain


def mask_email(email: str) -> str:
    """An address for those who may not read it: ``z***@example.com``."""
    local, _at, domain = email.partition("@")
    return f"{local[:1]}***@{domain}"
