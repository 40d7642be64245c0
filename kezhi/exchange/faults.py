"""What can go wrong between Kezhi and another server, as a code that is stored and a sentence in the reader's language.

A fault met in the night by a job is read in the morning by somebody who may read another language: so rows keep code
and values, and :func:`say` makes the sentence when it is shown.
"""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kezhi.core.events import Json

_sentences: dict[str, str | Promise] = {
    "address.syntax": _("地址不正确，应以 https:// 或 http:// 开头，不含空格和中文，例如 https://example.com/hook。"),
    "address.password": _("地址里不能带用户名和密码。"),
    "address.internal": _(
        "%(host)s 是内部网络的地址，不能发送到那里。确需发送时，请管理员把它加入参数“允许访问的内部主机”。"
    ),
    "reach.name": _("找不到主机 %(host)s，请核对地址。"),
    "reach.refused": _("连不上 %(host)s。"),
    "reach.broken": _("%(host)s 没有给出完整的回答。"),
    "reach.certificate": _("%(host)s 的证书不被信任（%(reason)s）。"),
    "reach.slow": _("对方在 %(seconds)s 秒内没有答完。"),
    "reach.redirects": _("对方转来转去，没有给出回答。"),
}


def add_sentences(sentences: Mapping[str, str | Promise]) -> None:
    """Make the sentences of further codes known."""
    _sentences.update(sentences)


def say(code: str, values: Mapping[str, object]) -> str:
    """The sentence for a code; the code itself where no installed code knows it or a value is missing."""
    sentence = _sentences.get(code)
    if sentence is None:
        return code
    try:
        return str(sentence) % values
    except (KeyError, TypeError, ValueError):
        return str(sentence)


class Fault(Exception):
    """Something between Kezhi and another server went wrong; ``code`` is stable, ``values`` stand in its sentence."""

    def __init__(self, code: str, **values: Json) -> None:
        super().__init__(code, values)
        self.code = code
        self.values = values

    @property
    def message(self) -> str:
        """The sentence, in the language in force."""
        return say(self.code, self.values)

    def __str__(self) -> str:
        return self.message
