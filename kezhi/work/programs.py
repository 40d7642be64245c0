"""What the programs of this app are called where they acted."""

from django.utils.translation import gettext_lazy as _

from kezhi.records.actor_names import register_program

register_program("approvals", _("审批流程"))
register_program("deadlines", _("期限时钟"))
register_program("stand-ins", _("代理人"))
