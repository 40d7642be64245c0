"""What rules tell their administrators by themselves: reports, what fails, what needs a fresh look (AUTO-6)."""

from collections.abc import Callable, Iterable
from datetime import date, timedelta

from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor, system_actor
from kezhi.access.models import Grant, UserRole
from kezhi.automation.models import Rule
from kezhi.automation.monitoring import due_for_review, failing_rules
from kezhi.automation.month import month_report
from kezhi.core.clock import today
from kezhi.core.jobs import schedule
from kezhi.work.notices import Notice, NoticeKind, languages_of, notify, register_notice_kind

REPORT = register_notice_kind(NoticeKind("rule_report", _("规则运行报告"), channels=("app", "mail")))


@schedule("automation.month", cron="30 8 1 * *")
def report_month() -> None:
    """The first of each month: how the rules did in the month before."""
    report = month_report((today().replace(day=1) - timedelta(days=1)).replace(day=1))
    failing = len(report.failing)

    def words() -> tuple[str, str]:
        numbers = {"runs": report.runs, "failed": report.failed}
        title = gettext("上月规则共运行 %(runs)s 次，失败 %(failed)s 次") % numbers
        why = gettext("%(count)s 条规则失败偏多。") % {"count": failing} if failing else gettext("没有失败偏多的规则。")
        return title, why

    _tell(words, f"rules-month:{_month(today())}", f"{reverse('automation:month')}?month={_month(report.first)}")


@schedule("automation.failing", cron="20 9 * * *")
def report_failing() -> None:
    """Each day: rules that fail more often than the figure allows, each once a day."""
    for rule in failing_rules(1):

        def words(rule: Rule = rule) -> tuple[str, str]:
            title = gettext("规则“%(name)s”失败偏多") % {"name": rule.label}
            return title, gettext("看看失败的原因，改好后可以再运行。")

        url = f"{reverse('automation:runs')}?rule={rule.pk}&state=failed"
        _tell(words, f"rule-failing:{rule.pk}:{today()}", url, urgency="high")


@schedule("automation.review", cron="40 8 1 * *")
def report_review() -> None:
    """The first of each month: rules nobody has looked at for the figure's days."""
    count = len(due_for_review())
    if not count:
        return

    def words() -> tuple[str, str]:
        return gettext("%(count)s 条规则该复核了") % {"count": count}, gettext("看看每条是否还合适，记为复核过。")

    _tell(words, f"rules-review:{_month(today())}", reverse("automation:runs"))


def keepers() -> list[int]:
    """Everybody who looks after rules."""
    roles = Grant.objects.filter(subject="automation", action="edit").values("role_id")
    return sorted(set(UserRole.objects.filter(role_id__in=roles).values_list("user_id", flat=True)))


def _tell(words: Callable[[], tuple[str, str]], once_key: str, url: str, *, urgency: str = "normal") -> None:
    people = keepers()
    notices = list(_notices(words, once_key, url, urgency, people))
    if notices:
        notify(notices, actor=_reporter())


def _notices(
    words: Callable[[], tuple[str, str]], once_key: str, url: str, urgency: str, people: Iterable[int]
) -> Iterable[Notice]:
    languages = languages_of(list(people))
    for user_id in people:
        with translation.override(languages.get(user_id, "zh-hans")):
            title, why = words()
        yield Notice(
            kind=REPORT.key, user_id=user_id, title=title, why=why, url=url, urgency=urgency, once_key=once_key
        )


def _reporter() -> Actor:
    return system_actor(str(_("规则")), door="job")


def _month(day: date) -> str:
    return f"{day:%Y-%m}"
