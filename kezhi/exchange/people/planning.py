"""What a list of people says, and what would become of each row (ORG-1)."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from django.utils.translation import gettext as _

from kezhi.access.models import Department, Position, Role, User
from kezhi.core.chinese import pinyin
from kezhi.core.values.email import parse_email
from kezhi.core.values.phone import parse_phone
from kezhi.core.values.problem import ValueProblem
from kezhi.exchange.reading import is_blank, is_footer, open_list

MOST_PEOPLE = 300
_NEW, _KNOWN, _BAD = "new", "known", "bad"
# zh-data: words of headings
_HEADINGS = {
    "name": {
        "姓名",
        "名字",
        "员工",
        "员工姓名",
        "销售",
        "销售员",
        "业务员",
        "销售代表",
        "salesperson",
        "name",
        "fullname",
        "salesagent",
        "salesrep",
        "employee",
    },
    "username": {"登录名", "用户名", "账号", "帐号", "login", "username", "account"},
    "department": {"部门", "团队", "区域", "大区", "department", "team", "regionaloffice", "office", "region"},
    "position": {"职位", "岗位", "职务", "position", "title", "jobtitle"},
    "manager": {"上级", "主管", "经理", "直属上级", "manager", "supervisor", "reportsto"},
    "email": {"邮箱", "电子邮箱", "邮件", "email", "mail"},
    "mobile": {"手机", "手机号", "电话", "mobile", "phone"},
    "roles": {"角色", "权限", "role", "roles"},
}
# zh-data: words of headings above people who sell
_SALES = {"销售", "销售员", "业务员", "销售代表", "salesagent", "salesrep", "salesperson"}
FIELDS = tuple(_HEADINGS)


@dataclass(slots=True)
class Line:
    """One person of the list; ``fate`` is new, known or bad, ``words`` says why it is bad."""

    number: int
    values: dict[str, str]
    fate: str = _NEW
    words: str = ""
    role_keys: list[int] = field(default_factory=list)

    @property
    def name(self) -> str:
        """What the person is called."""
        return self.values.get("name", "")

    def refuse(self, words: str) -> None:
        """Note why this person cannot be added; the first reason stays."""
        if self.fate == _NEW:
            self.fate, self.words = _BAD, words


@dataclass(slots=True)
class Plan:
    """What would become of the rows, and which departments and positions are missing."""

    lines: list[Line]
    departments: list[str]
    positions: list[str]

    def managers(self) -> set[str]:
        """Names and sign-in names of those whom others of the list report to, folded."""
        return {line.values.get("manager", "").casefold() for line in self.lines} - {""}

    def of(self, fate: str) -> list[Line]:
        """The rows of one fate."""
        return [line for line in self.lines if line.fate == fate]


def read_people(content: bytes, file_name: str) -> list[list[str]]:
    """The rows of a file, its heading first; empty rows and totals are left out.

    Raises:
        ReadingProblem: it cannot be read as a list.
    """
    sheets = open_list(content, file_name)
    rows = (row.cells for row in sheets.rows(sheets.first, 0) if not is_blank(row.cells) and not is_footer(row.cells))
    return [[cell.strip()[:254] for cell in cells] for cells in islice(rows, MOST_PEOPLE + 2)]


def guess_columns(heading: Sequence[str]) -> dict[int, str]:
    """Which column says what, each field once."""
    found: dict[int, str] = {}
    for place, cell in enumerate(heading):
        plain = re.sub(r"[\s_\-]+", "", cell.casefold())
        name = next((key for key, words in _HEADINGS.items() if plain in words), "")
        if name and name not in found.values():
            found[place] = name
    return found


def guess_roles(heading: Sequence[str], columns: Mapping[int, str]) -> tuple[str, str]:
    """The keys of the roles that people of the list and their managers most likely have; "" where nothing says it."""
    names = [re.sub(r"[\s_\-]+", "", heading[place].casefold()) for place, key in columns.items() if key == "name"]
    return ("sales_rep", "sales_manager") if names and names[0] in _SALES else ("", "")


def plan_people(
    rows: Sequence[Sequence[str]], columns: Mapping[int, str], *, make_missing: bool, may_give_roles: bool
) -> Plan:
    """What would become of each row after the heading; somebody who is only named as a manager is a person too."""
    lines = [
        Line(number, {key: cells[place] for place, key in columns.items() if place < len(cells)})
        for number, cells in enumerate(rows[1:], start=2)
    ]
    _add_managers(lines)
    _find_known(lines)
    _find_doubles(lines)
    departments = _missing(lines, "department", Department.objects.all(), make_missing)
    positions = _missing(lines, "position", Position.objects.all(), make_missing)
    for line in lines:
        _check(line)
        _find_roles(line, may_give_roles)
    _name_logins(lines)
    _check_managers(lines)
    return Plan(lines, departments, positions)


def named(rows: Sequence[Department | Position | Role]) -> dict[str, list[int]]:
    """The ids of rows by either of their names, without case."""
    found: dict[str, list[int]] = {}
    for row in rows:
        for name in {row.name_zh.casefold(), row.name_en.casefold()} - {""}:
            found.setdefault(name, []).append(row.pk)
    return found


def _add_managers(lines: list[Line]) -> None:
    known = {line.name.casefold() for line in lines}
    known |= {name.casefold() for name in User.objects.values_list("name", flat=True)}
    known |= {name.casefold() for name in User.objects.values_list("username", flat=True)}
    known |= {line.values.get("username", "").casefold() for line in lines}
    for line in list(lines):
        manager = line.values.get("manager", "")
        if manager and manager.casefold() not in known:
            known.add(manager.casefold())
            lines.append(Line(line.number, {"name": manager, "department": line.values.get("department", "")}))


def _find_known(lines: list[Line]) -> None:
    people = list(User.objects.values_list("username", "name"))
    logins = {username.casefold() for username, _name in people}
    names = {name.casefold() for _username, name in people}
    for line in lines:
        login = line.values.get("username", "").casefold()
        if login in logins if login else line.name.casefold() in names:
            line.fate = _KNOWN


def _find_doubles(lines: list[Line]) -> None:
    seen: set[str] = set()
    for line in lines:
        key = (line.values.get("username") or line.name).casefold()
        if not line.name:
            line.refuse(_("没有写姓名"))
        elif key in seen:
            line.refuse(_("“%(name)s”在文件里出现了两次") % {"name": line.values.get("username") or line.name})
        seen.add(key)


def _missing(lines: list[Line], key: str, stored: Iterable[Department | Position], make_missing: bool) -> list[str]:
    known = named(list(stored))
    missing: dict[str, str] = {}
    for line in lines:
        name = line.values.get(key, "")
        if not name or line.fate != _NEW:
            continue
        count = len(known.get(name.casefold(), ()))
        if count > 1:
            line.refuse(_("“%(name)s”有 %(count)s 个，分不清是哪一个") % {"name": name, "count": count})
        elif not count:
            missing.setdefault(name.casefold(), name)
            if not make_missing:
                line.refuse(_("还没有“%(name)s”，请先建立，或勾选“一并建立”") % {"name": name})
    return list(missing.values())


def _check(line: Line) -> None:
    login = line.values.get("username", "")
    if len(line.name) > 80:
        line.refuse(_("姓名太长"))
    if len(login) > 60 or not all(char.isalnum() or char in "._-@" for char in login):
        line.refuse(_("登录名只能用文字、数字和 . _ - @。"))
    if max(len(line.values.get("department", "")), len(line.values.get("position", ""))) > 60:
        line.refuse(_("部门或职位的名称太长"))
    for key, parse in (("email", parse_email), ("mobile", parse_phone)):
        if text := line.values.get(key, ""):
            try:
                parse(text)
            except ValueProblem as problem:
                line.refuse(str(problem.message))


def _find_roles(line: Line, may_give_roles: bool) -> None:
    known = named(list(Role.objects.all())) if line.values.get("roles") else {}
    # zh-data: signs between names
    for name in filter(None, re.split(r"\s*[、，,;；/]\s*", line.values.get("roles", ""))):
        found = known.get(name.casefold(), [])
        if not may_give_roles:
            line.refuse(_("您没有给角色的权限，请去掉“角色”这一列"))
        elif len(found) != 1:
            line.refuse(_("没有“%(name)s”这个角色") % {"name": name})
        else:
            line.role_keys.append(found[0])


def _name_logins(lines: list[Line]) -> None:
    taken = {name.casefold() for name in User.objects.values_list("username", flat=True)}
    taken |= {line.values.get("username", "").casefold() for line in lines}
    for line in lines:
        if line.fate != _NEW or line.values.get("username"):
            continue
        base = "".join(char for char in pinyin(line.name) if char.isalnum())[:50] or "user"
        number, login = 1, base
        while login in taken:
            number += 1
            login = f"{base}{number}"
        taken.add(login)
        line.values["username"] = login


def _check_managers(lines: list[Line]) -> None:
    stored = [name.casefold() for name in User.objects.values_list("name", flat=True)]
    logins = {name.casefold() for name in User.objects.values_list("username", flat=True)}
    while True:
        fresh = [line for line in lines if line.fate == _NEW]
        names = Counter([*stored, *(line.name.casefold() for line in fresh)])
        new = {key: line for line in fresh for key in _keys(line)}
        bad = [(line, words) for line in fresh if (words := _manager_problem(line, new, names, logins))]
        if not bad:
            return
        for line, words in bad:
            line.refuse(words)


def _manager_problem(line: Line, new: Mapping[str, Line], names: Mapping[str, int], logins: set[str]) -> str:
    walked: set[int] = set()
    present = line
    while manager := present.values.get("manager", "").casefold():
        if id(present) in walked:
            return _("上级绕成了一个圈")
        walked.add(id(present))
        if manager in logins:
            return ""
        if names.get(manager, 0) > 1:
            return _("叫这个名字的上级不止一位，请写登录名")
        if manager not in new:
            known = names.get(manager, 0)
            return "" if known else _("上级“%(name)s”加不进来") % {"name": present.values["manager"]}
        present = new[manager]
    return ""


def _keys(line: Line) -> tuple[str, str]:
    return line.values["username"].casefold(), line.name.casefold()
