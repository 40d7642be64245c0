"""Tables of work: tasks."""

from kezhi.work.models.tasks import Task

__all__ = ["Task"]
