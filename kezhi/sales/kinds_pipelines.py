"""Events of pipelines: what timelines say and rules hear (SAL-1 … SAL-3)."""

from django.utils.translation import gettext_lazy as _

from kezhi.core.events import EventKind, register_event_kind

# Facts: pipeline, stage, kind, left ("" at the beginning), days (whole days in the stage that was left), reason,
# how (import: a list was brought in; settings: the stage was taken out; else work).
STAGE_ENTERED = EventKind("opportunity.stage_entered", _("进入新阶段"), icon="arrow")
PIPELINE_CHANGED = EventKind("pipeline.changed", _("修改销售流程"), icon="rows", family="settings")

register_event_kind(STAGE_ENTERED, PIPELINE_CHANGED)
