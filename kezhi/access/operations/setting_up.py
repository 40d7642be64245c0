"""Making an empty installation a company's own: its name, its departments, the first administrator (ORG-1, ORG-7)."""

import base64
import hmac
from collections.abc import Collection
from dataclasses import dataclass

from django.db import transaction
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from kezhi.access.actors import Actor, system_actor
from kezhi.access.defaults.departments import ADMINISTRATORS_DEPARTMENT, DEPARTMENTS
from kezhi.access.figures import COMPANY_NAME
from kezhi.access.models import Department, Role, User
from kezhi.access.operations.departments import add_department
from kezhi.access.operations.installing import install_defaults
from kezhi.access.operations.problems import Refused
from kezhi.access.operations.users import UserDetails, add_user
from kezhi.core.figures import set_figure
from kezhi.core.values.problem import ValueProblem

_ROOT = "company"


@dataclass(frozen=True, slots=True)
class NewCompany:
    """What the first page asks for; ``departments`` are keys of shipped ones, their parents come along."""

    company: str
    name: str
    username: str
    password: str
    email: str = ""
    language: str = "zh-hans"
    departments: Collection[str] = ()


def needs_set_up() -> bool:
    """Whether nobody was ever added here, so that nobody can sign in."""
    return not User.objects.exists()


def set_up_code() -> str:
    """The code that proves that somebody may read what the server prints, "K7QD-M2XA"; the same until it is used.

    It comes from the installation's secret key, so that every process and machine of it knows the same one.
    """
    digest = salted_hmac("kezhi.access.set_up", "first administrator", algorithm="sha256").digest()
    letters = base64.b32encode(digest).decode()[:8]
    return f"{letters[:4]}-{letters[4:]}"


def is_set_up_code(text: str) -> bool:
    """Whether somebody typed the code, in whatever case and with or without the dash."""
    typed = "".join(text.split()).replace("-", "").upper()
    return hmac.compare_digest(typed.encode(), set_up_code().replace("-", "").encode())


@transaction.atomic
def set_up_company(wanted: NewCompany) -> User:
    """Name the company, make its departments, add its first administrator.

    Raises:
        Refused: with a sentence per field; also when somebody else was quicker.
    """
    actor = system_actor("kezhi", door="page")
    install_defaults(actor=actor)
    # Two who send the page at the same moment take turns here; the second finds the first one's administrator.
    administrator = Role.objects.select_for_update().get(key="administrator")
    if not needs_set_up():
        raise Refused({"": _("已经有人设置好了，请直接登录。")})
    company = wanted.company.strip()
    if not company:
        raise Refused({"company": _("请填写公司名称。")})
    try:
        set_figure(COMPANY_NAME.key, company, actor_ref=actor.ref)
    except ValueProblem as problem:
        raise Refused({"company": problem.message}) from None
    departments = _add_departments(company, wanted.departments, actor)
    home = departments.get(ADMINISTRATORS_DEPARTMENT, departments[_ROOT])
    details = UserDetails(wanted.username, wanted.name, email=wanted.email, department=home)
    user = add_user(details, actor=actor, roles=[administrator], password=wanted.password, must_change_password=False)
    user.language = wanted.language
    user.save(update_fields=["language"])
    return user


def _add_departments(company: str, keys: Collection[str], actor: Actor) -> dict[str, Department]:
    parents = {shipped.key: shipped.parent for shipped in DEPARTMENTS}
    wanted = set(keys) | {parents[key] for key in keys if key in parents}
    made = {_ROOT: add_department(company, actor=actor, key=_ROOT)}
    for shipped in DEPARTMENTS:
        if shipped.key in wanted:
            parent = made[shipped.parent or _ROOT]
            made[shipped.key] = add_department(
                shipped.zh, name_en=shipped.en, actor=actor, parent=parent, key=shipped.key
            )
    return made
