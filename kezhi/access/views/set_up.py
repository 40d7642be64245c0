"""The first page of an empty installation: whose it is, and who looks after it."""

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from kezhi.access.callers import caller_of
from kezhi.access.defaults.departments import DEPARTMENTS
from kezhi.access.figures import ADDRESS_PER_MINUTE
from kezhi.access.operations.problems import Refused, SignInRefused
from kezhi.access.operations.setting_up import NewCompany, is_set_up_code, needs_set_up, set_up_company
from kezhi.access.operations.sign_in import check_sign_in
from kezhi.access.throttling import ADDRESSES
from kezhi.access.views.asking import put_problems
from kezhi.access.views.sign_in import SignInForm, go_on, sign_in_page
from kezhi.core.figures import integer_figure


class SetUpForm(forms.Form):
    """The company, its departments and the first administrator."""

    code = forms.CharField(
        label=gettext_lazy("安装码"),
        max_length=40,
        help_text=gettext_lazy("启动客至的窗口里印着；也可以在那台机器上运行 kezhi user code 查看。"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "class": "input--code"}),
    )
    company = forms.CharField(
        label=gettext_lazy("公司名称"),
        max_length=20,
        help_text=gettext_lazy("显示在每一页左上角。用简称，不超过 20 个字。"),
    )
    departments = forms.MultipleChoiceField(
        label=gettext_lazy("部门"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("没有的去掉，名称以后随时可以改。"),
    )
    name = forms.CharField(
        label=gettext_lazy("您的姓名"), max_length=80, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    username = forms.CharField(
        label=gettext_lazy("登录名"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )
    email = forms.CharField(
        label=gettext_lazy("邮箱"),
        max_length=254,
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    password = forms.CharField(
        label=gettext_lazy("密码"),
        strip=False,
        max_length=256,
        help_text=gettext_lazy("至少 10 个字符。"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=gettext_lazy("再输一次密码"),
        strip=False,
        max_length=256,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        departments = self.fields["departments"]
        assert isinstance(departments, forms.MultipleChoiceField)
        english = (get_language() or "").startswith("en")
        departments.choices = [(shipped.key, shipped.en if english else shipped.zh) for shipped in DEPARTMENTS]
        departments.initial = [shipped.key for shipped in DEPARTMENTS]

    def clean_code(self) -> str:
        """Only whoever can read what the server prints may go on."""
        code = str(self.cleaned_data["code"])
        if not is_set_up_code(code):
            raise forms.ValidationError(_("安装码不对，请照着启动窗口里印的再输一次。"))
        return code

    def clean(self) -> dict[str, object] | None:
        """The password was typed twice alike."""
        cleaned = super().clean()
        if "password" in self.cleaned_data and self.cleaned_data.get("again") not in (
            None,
            self.cleaned_data["password"],
        ):
            self.add_error("again", _("两次输入的密码不一样。"))
        return cleaned


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def set_up(request: HttpRequest) -> HttpResponse:
    """Make an empty installation a company's own; once somebody can sign in, this page is over."""
    if not needs_set_up():
        return redirect("access:sign_in")
    if request.method == "GET":
        return render(request, "access/set_up.html", {"form": SetUpForm(initial={"code": request.GET.get("code", "")})})
    form = SetUpForm(request.POST)
    if not ADDRESSES.take(caller_of(request).address, amount=integer_figure(ADDRESS_PER_MINUTE.key), seconds=60):
        form = SetUpForm(initial=request.POST.dict())
        response = render(
            request, "access/set_up.html", {"form": form, "problem": _("试得太快了，请稍等一会儿再试。")}, status=429
        )
        response["Retry-After"] = "5"
        return response
    if form.is_valid():
        try:
            values = {key: value for key, value in form.cleaned_data.items() if key not in ("code", "again")}
            set_up_company(NewCompany(**values, language=get_language() or "zh-hans"))
        except Refused as refused:
            if not needs_set_up():
                return sign_in_page(request, SignInForm(), status=409, notice=str(refused.problems.get("", "")))
            put_problems(form, refused.problems)
        else:
            return _sign_in(request, str(values["username"]), str(values["password"]))
    return render(request, "access/set_up.html", {"form": form}, status=422)


def _sign_in(request: HttpRequest, username: str, password: str) -> HttpResponse:
    try:
        accepted = check_sign_in(username, password, caller=caller_of(request))
    except SignInRefused:  # The server is busy with other passwords; the person simply signs in.
        return redirect("access:sign_in")
    return go_on(request, accepted, "access:settings")
