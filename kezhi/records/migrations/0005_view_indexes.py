"""Indexes made for saved views, and how each view's records are found."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("records", "0004_personal_outside")]

    operations = [
        migrations.CreateModel(
            name="ViewIndex",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=30, unique=True)),
                ("table", models.CharField(max_length=63)),
                ("columns", models.JSONField(default=list)),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "等待建立"), ("ready", "可用"), ("failed", "没有建成")],
                        default="waiting",
                        max_length=12,
                    ),
                ),
                ("problem", models.CharField(blank=True, max_length=200)),
                ("changed_at", models.DateTimeField(auto_now=True)),
            ],
        ),
        migrations.AddField(
            model_name="savedview",
            name="reading",
            field=models.CharField(
                blank=True,
                choices=[
                    ("small", "记录不多，不需要索引"),
                    ("served", "由自带的索引读取"),
                    ("walked", "符合的记录多，按顺序很快就能找到"),
                    ("made", "由为它建的索引读取"),
                    ("waiting", "正在后台建索引"),
                    ("none", "没有索引"),
                ],
                default="",
                max_length=12,
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="savedview",
            name="reading_note",
            field=models.CharField(blank=True, default="", max_length=200),
            preserve_default=False,
        ),
    ]
