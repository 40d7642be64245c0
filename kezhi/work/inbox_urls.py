"""Addresses of the inbox, of how somebody wants to be told, and of handing over a task."""

from django.urls import URLPattern, path, register_converter

from kezhi.work.views import deliveries, inbox, notice_line, notice_settings, pulse, task_handover


class ActConverter:
    """What can be done with lines of the inbox."""

    regex = "read|unread|done"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(ActConverter, "inbox_act")

urlpatterns: list[URLPattern] = [
    path("inbox/", inbox.show, name="inbox"),
    path("inbox/settings/", notice_settings.show, name="notice_settings"),
    path("inbox/postpone/", inbox.postpone, name="inbox_postpone"),
    path("inbox/<inbox_act:act>/", inbox.act_on_many, name="inbox_acts"),
    path("inbox/<int:notice_id>/", notice_line.show, name="notice"),
    path("inbox/<int:notice_id>/hand-over/", notice_line.hand_over, name="notice_hand_over"),
    path("inbox/<int:notice_id>/open/", inbox.open_one, name="inbox_open"),
    path("inbox/<int:notice_id>/<inbox_act:act>/", inbox.act_on_one, name="inbox_act"),
    path("inbox/undo/<slug:act>/<int:key>/", inbox.undo, name="inbox_undo"),
    path("work/pulse/", pulse.pulse, name="pulse"),
    path("settings/deliveries/", deliveries.show, name="deliveries"),
    path("settings/deliveries/<int:delivery_id>/again/", deliveries.again, name="delivery_again"),
    path("tasks/<int:task_id>/hand-over/", task_handover.hand_over, name="task_hand_over"),
]
