"""Addresses of work."""

from django.urls import path

from kezhi.work import approval_urls, inbox_urls
from kezhi.work.views import deadline_terms, deadlines, tasks, today

app_name = "work"

urlpatterns = [
    *inbox_urls.urlpatterns,
    *approval_urls.urlpatterns,
    path("", today.show, name="today"),
    path("deadlines/", deadlines.deadlines, name="deadlines"),
    path("deadlines/<int:deadline_id>/", deadlines.deadline, name="deadline"),
    path("deadlines/<int:deadline_id>/pause/", deadlines.pause, name="deadline_pause"),
    path("deadlines/<int:deadline_id>/resume/", deadlines.resume, name="deadline_resume"),
    path("deadlines/<int:deadline_id>/meet/", deadlines.meet, name="deadline_meet"),
    path("deadlines/<int:deadline_id>/cancel/", deadlines.cancel, name="deadline_cancel"),
    path("settings/deadlines/", deadline_terms.terms, name="deadline_terms"),
    path("settings/deadlines/<str:key>/", deadline_terms.change, name="deadline_terms_change"),
    path("work/counts/", today.counts, name="counts"),
    path("tasks/<int:task_id>/done/", tasks.done, name="task_done"),
    path("tasks/<int:task_id>/drop/", tasks.drop, name="task_drop"),
    path("tasks/<int:task_id>/postpone/", tasks.postpone, name="task_postpone"),
    path("tasks/<int:task_id>/reopening/", tasks.reopen, name="task_reopen"),
]
