from typing import Any, ClassVar

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.migrations.operations.base import Operation


def tags_for_leads(apps: Any, schema_editor: Any) -> None:
    """The shipped tags of demand are for leads too, also where they were there before leads were."""
    for group in apps.get_model("records", "TagGroup").objects.filter(key__in=["demand", "buying-time"]):
        if group.record_types and "lead" not in group.record_types:
            group.record_types = [*group.record_types, "lead"]
            group.save(update_fields=["record_types"])


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("sales", "0001_initial"),
        ("records", "0002_search"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations: ClassVar[list[Operation]] = [
        migrations.CreateModel(
            name="EntryForm",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("token", models.CharField(max_length=32, unique=True)),
                ("name", models.CharField(max_length=80, verbose_name="名称")),
                ("title_zh", models.CharField(max_length=120, verbose_name="标题")),
                ("title_en", models.CharField(blank=True, max_length=120, verbose_name="标题（英文）")),
                ("intro_zh", models.TextField(blank=True, verbose_name="开头的话")),
                ("intro_en", models.TextField(blank=True, verbose_name="开头的话（英文）")),
                ("thanks_zh", models.TextField(blank=True, verbose_name="感谢的话")),
                ("thanks_en", models.TextField(blank=True, verbose_name="感谢的话（英文）")),
                ("consent_zh", models.TextField(blank=True, verbose_name="同意的内容")),
                ("consent_en", models.TextField(blank=True, verbose_name="同意的内容（英文）")),
                ("fields", models.JSONField(default=list)),
                ("channel", models.CharField(max_length=60, verbose_name="来源渠道")),
                ("source_detail", models.CharField(blank=True, max_length=200, verbose_name="具体来源")),
                ("sites", models.JSONField(blank=True, default=list)),
                ("is_active", models.BooleanField(default=True, verbose_name="在用")),
                ("created_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
                (
                    "changed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entry_forms",
                        to="sales.leadsource",
                    ),
                ),
            ],
            options={"ordering": ["-is_active", "-id"]},
        ),
        migrations.CreateModel(
            name="UserSkill",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("language", "语言"), ("industry", "行业"), ("product", "产品")],
                        max_length=10,
                        verbose_name="类别",
                    ),
                ),
                ("value", models.CharField(max_length=80, verbose_name="擅长什么")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="skills",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="userskill",
            constraint=models.UniqueConstraint(fields=("user", "kind", "value"), name="user_skill_once"),
        ),
        migrations.AddField(
            model_name="lead",
            name="known_customer",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="customers.customer",
            ),
        ),
        migrations.AddField(
            model_name="lead",
            name="entry_form",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="leads",
                to="sales.entryform",
            ),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(condition=models.Q(("state", "new")), fields=["assigned_at"], name="lead_assigned"),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(
                condition=models.Q(("known_customer__isnull", False)),
                fields=["known_customer"],
                name="lead_known_customer",
            ),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(
                condition=models.Q(("entry_form__isnull", False)), fields=["entry_form"], name="lead_entry_form"
            ),
        ),
        # Nothing to go back to: an administrator may have given leads these tags meanwhile.
        migrations.RunPython(tags_for_leads, migrations.RunPython.noop),
    ]
