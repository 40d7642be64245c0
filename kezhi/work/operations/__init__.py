"""What is done with tasks: planned for somebody, finished, postponed, dropped, reopened."""

from kezhi.work.operations.tasks import complete_task, drop_task, plan_task, plan_tasks, postpone_task, reopen_task

__all__ = ["complete_task", "drop_task", "plan_task", "plan_tasks", "postpone_task", "reopen_task"]
