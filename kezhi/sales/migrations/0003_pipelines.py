from typing import ClassVar

from django.db import migrations, models
from django.db.migrations.operations.base import Operation
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies: ClassVar = [("sales", "0002_leads")]

    operations: ClassVar[list[Operation]] = [
        migrations.AddField(
            model_name="opportunity",
            name="stage_due_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="阶段期限"),
        ),
        migrations.AddIndex(
            model_name="opportunity",
            index=models.Index(fields=["stage_due_at", "id"], name="opportunity_stage_due"),
        ),
        migrations.AddIndex(
            model_name="opportunity",
            index=models.Index(
                condition=Q(("state", "open")),
                fields=["owner", "next_activity_at", "id"],
                name="opportunity_own_next",
            ),
        ),
    ]
