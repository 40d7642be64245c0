"""The indexes that lists are read by hold no records of the recycle bin."""

from django.db import migrations, models

from kezhi.records.index_migration import HoldLiveRecords

LIVE = models.Q(deleted_at__isnull=True)

INDEXES = {
    "task": {
        "task_own_open": ["owner", "state", "due_at"],
        "task_own_created": ["owner", "created_at", "id"],
        "task_open": ["state", "due_at"],
        "task_created": ["created_at", "id"],
    },
}


class Migration(migrations.Migration):
    dependencies = [("work", "0004_approvals")]

    operations = [
        *(HoldLiveRecords(model, indexes) for model, indexes in INDEXES.items()),
        migrations.AddIndex(
            "task", models.Index(fields=["owner", "due_at", "id"], name="task_own_due", condition=LIVE)
        ),
        migrations.AddIndex("task", models.Index(fields=["due_at", "id"], name="task_due", condition=LIVE)),
    ]
