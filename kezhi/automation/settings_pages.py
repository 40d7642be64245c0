"""Where rules stand on pages of other apps: the settings home, the menu of records."""

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from kezhi.access.settings_sections import register_section
from kezhi.records.slots import Place, register_slot
from kezhi.ui.templatetags.ui import menu_item

register_section(
    "rules",
    pgettext_lazy("plural", "规则"),
    "bolt",
    "automation:rules",
    "automation.view",
    10,
    group="process",
    help=_("什么时候、什么条件、做什么：公司的流程自己跑。"),
)
register_section(
    "templates",
    _("消息模板"),
    "mail",
    "automation:templates",
    "automation.view",
    12,
    group="process",
    help=_("规则发出的文字，两种语言，可放入记录的字段。"),
)


def rules_line(place: Place) -> SafeString | None:
    """The line of a record's menu that leads to what rules did to it."""
    if place.record is None:
        return None
    url = reverse("automation:record_rules", args=[place.record_type.slug, place.record.pk])
    line = menu_item(gettext("规则对它做了什么"), icon="bolt", href=url, sheet=True)
    if place.actor.allows("automation", "view"):
        trial = f"{reverse('automation:try_chosen', args=[place.record_type.slug])}?ids={place.record.pk}"
        line += menu_item(gettext("试运行规则…"), icon="play", href=trial, sheet=True)
    if place.actor.allows("automation", "edit"):
        begin = f"{reverse('automation:rule_new')}?record_type={place.record_type.key}&on=changed"
        line += menu_item(gettext("为这类记录写一条规则"), icon="plus", href=begin, sheet=True)
    return line


register_slot("record.menu", "*", rules_line, order=80)
