"""The shape of what is typed about webhooks."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kezhi.exchange.models import Subscription
from kezhi.exchange.webhooks.operations import offered_kinds
from kezhi.exchange.webhooks.payloads import personal_fields
from kezhi.records.registry import find_record_type, record_types


class SubscriptionForm(forms.Form):
    """Where to send and what."""

    name = forms.CharField(label=_("名称"), max_length=80)
    url = forms.CharField(
        label=_("发送地址"),
        max_length=2000,
        help_text=_("以 https:// 开头。内部网络的地址要先列入参数“允许访问的内部主机”。"),
    )
    record_types = forms.MultipleChoiceField(
        label=_("记录类型"), required=False, widget=forms.CheckboxSelectMultiple, help_text=_("一个都不选表示全部。")
    )
    kinds = forms.MultipleChoiceField(
        label=_("事件"), required=False, widget=forms.CheckboxSelectMultiple, help_text=_("一个都不选表示全部。")
    )

    def __init__(self, *args: Any, subscription: Subscription | None = None, **kwargs: Any) -> None:
        if subscription is not None:
            names = ("name", "url", "record_types", "kinds")
            kwargs["initial"] = {name: getattr(subscription, name) for name in names}
        super().__init__(*args, **kwargs)
        types, events = self.fields["record_types"], self.fields["kinds"]
        if isinstance(types, forms.MultipleChoiceField):
            types.choices = [(known.key, known.label) for known in record_types()]
        if isinstance(events, forms.MultipleChoiceField):
            events.choices = [(kind.key, f"{kind.label} ({kind.key})") for kind in offered_kinds()]


class EndpointForm(forms.Form):
    """A new address to post to."""

    name = forms.CharField(label=_("名称"), max_length=80, help_text=_("谁会发来，例如“官网表单”。"))
    is_signed = forms.BooleanField(
        label=_("消息必须签名"), required=False, help_text=_("按 Standard Webhooks 签名。对方能签名时请勾选。")
    )


class OutflowForm(forms.Form):
    """Which personal fields are to leave, and what for; where to is given unless ``destination`` is None."""

    destination = forms.CharField(
        label=_("发往"), max_length=255, help_text=_("主机名或邮箱的域名，例如 erp.example.com。每个地方要分别批准。")
    )
    fields_wanted = forms.MultipleChoiceField(label=_("要发送的个人信息"), widget=forms.CheckboxSelectMultiple)
    purpose = forms.CharField(label=_("用途"), max_length=200, help_text=_("审批人会看到，也会留在记录里。"))

    def __init__(self, *args: Any, type_keys: Sequence[str], destination: str | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if destination is not None:
            del self.fields["destination"]
        wanted = [find_record_type(key) for key in type_keys]
        types = [known for known in wanted if known is not None] or list(record_types())
        choices = self.fields["fields_wanted"]
        if isinstance(choices, forms.MultipleChoiceField):
            choices.choices = personal_fields(types)

    def clean_destination(self) -> str:
        host = str(self.cleaned_data["destination"]).strip().lower().rpartition("@")[2]
        if not host.isascii() or "." not in host or not all(mark.isalnum() or mark in ".-" for mark in host):
            raise forms.ValidationError(_("请填写主机名或域名，不带 https:// 和路径。"))
        return host
