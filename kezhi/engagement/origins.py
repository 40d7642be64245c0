"""Where tasks of engagement come from beside what follow-ups promise."""

from django.utils.translation import gettext_lazy as _

from kezhi.work.task_origins import register_task_origin

CADENCE = register_task_origin("cadence", _("联系计划"))
