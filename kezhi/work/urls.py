"""Addresses of work."""

from django.urls import path

from kezhi.work.views import tasks, today

app_name = "work"

urlpatterns = [
    path("", today.show, name="today"),
    path("work/counts/", today.counts, name="counts"),
    path("tasks/<int:task_id>/done/", tasks.done, name="task_done"),
    path("tasks/<int:task_id>/drop/", tasks.drop, name="task_drop"),
    path("tasks/<int:task_id>/postpone/", tasks.postpone, name="task_postpone"),
    path("tasks/<int:task_id>/reopening/", tasks.reopen, name="task_reopen"),
]
