"""The shape of what an administrator types about a mailbox."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kezhi.access.models import User
from kezhi.exchange.mailboxes.operations import MailboxPlan
from kezhi.exchange.mailboxes.sorting import split_blocked
from kezhi.exchange.models import Mailbox
from kezhi.records.lists import list_choices

_DEFAULT_CHANNEL = "mail"
_PORTS = {Mailbox.Security.SSL: 993, Mailbox.Security.STARTTLS: 143, Mailbox.Security.NONE: 143}


class MailboxForm(forms.Form):
    """Where to read, and what becomes of it."""

    name = forms.CharField(label=_("名称"), max_length=80, help_text=_("例如“询盘邮箱”。"))
    host = forms.CharField(label=_("IMAP 服务器"), max_length=200, help_text=_("例如 imap.exmail.qq.com"))
    security = forms.ChoiceField(label=_("加密"), choices=Mailbox.Security.choices, initial=Mailbox.Security.SSL)
    port = forms.IntegerField(
        label=_("端口"),
        required=False,
        min_value=1,
        max_value=65535,
        help_text=_("SSL/TLS 通常是 993，STARTTLS 通常是 143。"),
    )
    user = forms.CharField(label=_("用户名"), max_length=200, help_text=_("通常是完整的邮箱地址。"))
    password = forms.CharField(
        label=_("密码或授权码"),
        required=False,
        max_length=500,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    folder = forms.CharField(label=_("文件夹"), max_length=120, initial="INBOX", help_text=_("收件箱是 INBOX。"))
    takes_old = forms.BooleanField(
        label=_("已有的邮件也收"), required=False, help_text=_("不勾选时，只收设好以后新到的邮件。")
    )
    purpose = forms.ChoiceField(
        label=_("来信怎么处理"),
        choices=Mailbox.Purpose.choices,
        initial=Mailbox.Purpose.LEADS,
        help_text=_("已有客户、联系人和线索的来信，总是归到他们的记录。"),
    )
    channel = forms.ChoiceField(label=_("新线索的来源渠道"), required=False)
    source_detail = forms.CharField(
        label=_("新线索的具体来源"), required=False, max_length=200, help_text=_("留空用收件箱的名称。")
    )
    owner = forms.ModelChoiceField(
        label=_("新线索的负责人"),
        required=False,
        queryset=User.objects.none(),
        empty_label=_("按分配规则"),
    )
    blocked = forms.CharField(
        label=_("不收谁的信"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("一行一个邮箱地址，或 @example.com 表示整个域名。"),
    )
    is_active = forms.BooleanField(label=_("启用"), required=False, initial=True)

    def __init__(self, row: Mailbox | None = None, data: Mapping[str, Any] | None = None) -> None:
        self.row = row
        initial: dict[str, Any] = {"channel": _DEFAULT_CHANNEL}
        if row is not None:
            initial = {name: getattr(row, name) for name in self.base_fields if name != "password"}
        super().__init__(data, initial=initial)
        people, channel = self.fields["owner"], self.fields["channel"]
        if isinstance(people, forms.ModelChoiceField):
            people.queryset = User.objects.filter(is_active=True).order_by("name", "pk")
        if isinstance(channel, forms.ChoiceField):
            offered = list_choices("source").options()
            channel.choices = [("", "—"), *((each.value, each.label) for each in offered if each.is_active)]
        if row is not None and row.password:
            self.fields["password"].help_text = _("已保存，不再显示。留空则不变。")

    def clean_host(self) -> str:
        host: str = self.cleaned_data["host"].strip().lower()
        if not all((character.isalnum() and character.isascii()) or character in ".-:" for character in host):
            raise forms.ValidationError(_("主机名不正确，只填名称，不带 http:// 和斜杠。"))
        return host

    def clean_blocked(self) -> str:
        entries = split_blocked(self.cleaned_data["blocked"])
        for entry in entries:
            if "@" not in entry or entry.endswith("@"):
                raise forms.ValidationError(_("“%(entry)s”不是邮箱地址，也不是 @ 开头的域名。") % {"entry": entry[:80]})
        return "\n".join(dict.fromkeys(entries))

    def clean(self) -> None:
        super().clean()
        data = self.cleaned_data
        if "port" in data and not data["port"]:
            data["port"] = _PORTS.get(data.get("security", ""), 993)
        moved = self.row is not None and "host" in data and data["host"] != self.row.host
        if not data.get("password") and (self.row is None or not self.row.password or moved) and "host" in data:
            # A kept password must not travel to another server.
            self.add_error("password", _("请填写密码或授权码。"))

    def plan(self) -> MailboxPlan:
        """What was typed, checked."""
        data = dict(self.cleaned_data)
        owner = data.pop("owner")
        return MailboxPlan(**data, owner_id=owner.pk if owner else None)
