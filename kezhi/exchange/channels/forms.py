"""The shape of what an administrator types about each channel."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from kezhi.core.events import Json
from kezhi.core.values.email import parse_email
from kezhi.core.values.problem import ValueProblem
from kezhi.exchange.channels import mail
from kezhi.exchange.channels.robots import PLATFORMS, check_robot
from kezhi.exchange.channels.setups import Setup
from kezhi.exchange.channels.sms import GATEWAYS
from kezhi.exchange.faults import Fault
from kezhi.exchange.outgoing import check_address

_KEPT = _("已保存，不再显示。留空则不变。")


class SetupForm(forms.Form):
    """What all channels have: the switch, and secrets that are never shown again."""

    secret_names: ClassVar[tuple[str, ...]] = ()

    is_on = forms.BooleanField(label=_("启用"), required=False)

    def __init__(self, setup: Setup, data: Mapping[str, Any] | None = None) -> None:
        self.setup = setup
        super().__init__(data, initial={**setup.options, "is_on": setup.is_on})
        for name in self.secret_names:
            if name in self.fields and setup.secrets.get(name):
                self.fields[name].help_text = _KEPT

    @property
    def options(self) -> dict[str, Json]:
        """What may be shown."""
        names = [name for name in self.cleaned_data if name not in (*self.secret_names, "is_on")]
        return {name: self.cleaned_data[name] for name in names}

    @property
    def secrets(self) -> dict[str, str]:
        """What was typed anew."""
        return {name: self.cleaned_data[name] for name in self.secret_names if self.cleaned_data.get(name)}

    def holds(self, name: str) -> bool:
        """Whether a value was typed or, for a secret, is kept."""
        return bool(self.cleaned_data.get(name) or (name in self.secret_names and self.setup.secrets.get(name)))

    def must_have(self, *names: str) -> None:
        """A channel that is switched on needs these."""
        if self.cleaned_data.get("is_on"):
            for name in names:
                if name not in self.errors and not self.holds(name):
                    self.add_error(name, _("启用前请填写。"))


def _secret(label: Any) -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": "new-password"})
    return forms.CharField(label=label, required=False, max_length=500, strip=True, widget=widget)


class MailForm(SetupForm):
    """The company's mail server."""

    secret_names = ("password",)

    host = forms.CharField(
        label=_("SMTP 服务器"), required=False, max_length=200, help_text=_("例如 smtp.exmail.qq.com")
    )
    security = forms.ChoiceField(
        label=_("加密"),
        choices=[("ssl", "SSL/TLS"), ("starttls", "STARTTLS"), ("none", _("不加密（仅限内部网络）"))],
        initial="ssl",
    )
    port = forms.IntegerField(
        label=_("端口"),
        required=False,
        min_value=1,
        max_value=65535,
        help_text=_("SSL 通常是 465，STARTTLS 通常是 587。"),
    )
    user = forms.CharField(label=_("用户名"), required=False, max_length=200)
    password = _secret(_("密码或授权码"))
    sender = forms.CharField(label=_("发件地址"), required=False, max_length=254)
    sender_name = forms.CharField(label=_("发件人名称"), required=False, max_length=80)

    def clean_host(self) -> str:
        host: str = self.cleaned_data["host"].strip()
        if not all(character.isalnum() or character in ".-:[]" for character in host):
            raise forms.ValidationError(_("主机名不正确，只填名称，不带 http:// 和斜杠。"))
        return host

    def clean_sender(self) -> str:
        text: str = self.cleaned_data["sender"]
        try:
            return parse_email(text) if text else ""
        except ValueProblem as problem:
            raise forms.ValidationError(problem.message) from problem

    def clean(self) -> None:
        super().clean()
        data = self.cleaned_data
        if "port" in data and not data["port"]:
            data["port"] = {"ssl": 465, "starttls": 587}.get(data.get("security", ""), 25)
        self.must_have("host", "sender", *(("password",) if data.get("user") else ()))


class RobotForm(SetupForm):
    """The robot of the company's group."""

    secret_names = ("robot", "secret")

    robot = _secret(_("机器人 Webhook 地址"))
    secret = _secret(_("加签密钥"))

    def __init__(self, setup: Setup, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(setup, data)
        self.platform = PLATFORMS[setup.key]
        if not self.platform.signs:
            del self.fields["secret"]
        elif not setup.secrets.get("secret"):
            self.fields["secret"].help_text = _("机器人的安全设置选“加签”（签名校验）时填写。")
        if not setup.secrets.get("robot"):
            self.fields["robot"].help_text = _("公司群的机器人。不填时，只发给自己设了机器人的人。")

    def clean_robot(self) -> str:
        text: str = self.cleaned_data["robot"]
        try:
            return check_robot(self.platform, text) if text else ""
        except Fault as fault:
            raise forms.ValidationError(fault.message) from fault


class SmsForm(SetupForm):
    """The SMS gateway."""

    secret_names = ("access_secret",)

    gateway = forms.ChoiceField(
        label=_("短信网关"), choices=[(key, gateway.label) for key, gateway in GATEWAYS.items()]
    )
    access_key = forms.CharField(label="AccessKey ID", required=False, max_length=100)
    access_secret = _secret("AccessKey Secret")
    sign_name = forms.CharField(label=_("短信签名"), required=False, max_length=40)
    template = forms.CharField(label=_("模板编号"), required=False, max_length=40, help_text=_("例如 SMS_154950909"))
    parameter = forms.CharField(
        label=_("模板变量名"),
        required=False,
        max_length=30,
        initial="title",
        help_text=_("提醒的标题放进模板的这个变量。"),
    )
    endpoint = forms.CharField(
        label=_("网关地址"), required=False, max_length=300, help_text=_("留空用 https://dysmsapi.aliyuncs.com/")
    )

    def clean_endpoint(self) -> str:
        text: str = self.cleaned_data["endpoint"]
        try:
            return check_address(text) if text else ""
        except Fault as fault:
            raise forms.ValidationError(fault.message) from fault

    def clean(self) -> None:
        super().clean()
        gateway = GATEWAYS.get(self.cleaned_data.get("gateway", ""))
        self.must_have(*(gateway.needs if gateway else ("gateway",)))


def form_for(setup: Setup, data: Mapping[str, Any] | None = None) -> SetupForm:
    """The form of a channel."""
    if setup.key == mail.KEY:
        return MailForm(setup, data)
    return SmsForm(setup, data) if setup.key == "sms" else RobotForm(setup, data)
