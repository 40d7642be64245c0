import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0001_initial"),
        ("work", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="NoticePreference",
            fields=[
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("channels", models.JSONField(blank=True, default=list)),
                ("kinds", models.JSONField(blank=True, default=dict)),
                ("quiet_from", models.TimeField(blank=True, null=True)),
                ("quiet_to", models.TimeField(blank=True, null=True)),
                ("is_quiet_on_free_days", models.BooleanField(default=False)),
                ("urgent_passes", models.BooleanField(default=True)),
                (
                    "digest",
                    models.CharField(
                        choices=[("at_once", "随到随发"), ("hourly", "每小时合成一封"), ("daily", "每天合成一封")],
                        default="at_once",
                        max_length=10,
                    ),
                ),
                ("digest_at", models.TimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="ChannelOutage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("channel", models.CharField(max_length=20)),
                ("error", models.CharField(blank=True, max_length=500)),
                ("failures", models.PositiveIntegerField(default=0)),
                ("began_at", models.DateTimeField()),
                ("retry_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("alerted_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True)), fields=("channel",), name="outage_open_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Notification",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=40)),
                ("title", models.CharField(max_length=300)),
                ("why", models.CharField(blank=True, max_length=500)),
                ("url", models.CharField(blank=True, max_length=500)),
                ("about_type", models.CharField(blank=True, max_length=40)),
                ("about_id", models.BigIntegerField(blank=True, null=True)),
                ("urgency", models.SmallIntegerField(choices=[(0, "紧急"), (1, "普通"), (2, "不急")], default=1)),
                ("needs_action", models.BooleanField(default=False)),
                ("act_label", models.CharField(blank=True, max_length=60)),
                ("act_url", models.CharField(blank=True, max_length=500)),
                ("act_sheet", models.BooleanField(default=False)),
                ("source_type", models.CharField(blank=True, max_length=40)),
                ("source_id", models.BigIntegerField(blank=True, null=True)),
                ("rule_ref", models.CharField(blank=True, max_length=60)),
                ("teller", models.CharField(blank=True, max_length=80)),
                ("group_key", models.CharField(blank=True, max_length=120)),
                ("count", models.PositiveIntegerField(default=1)),
                ("due_at", models.DateTimeField(blank=True, null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "待处理"), ("postponed", "已推迟"), ("done", "已处理")],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("created_at", models.DateTimeField()),
                ("at", models.DateTimeField()),
                ("read_at", models.DateTimeField(blank=True, null=True)),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                ("postponed_until", models.DateTimeField(blank=True, null=True)),
                ("touched_at", models.DateTimeField(blank=True, null=True)),
                (
                    "stands_in_for",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("channel", models.CharField(max_length=20)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "等待发送"),
                            ("sent", "已发送"),
                            ("failed", "没能送达"),
                            ("skipped", "没有发送"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("error", models.CharField(blank=True, max_length=500)),
                ("key", models.CharField(max_length=40)),
                ("in_digest", models.BooleanField(default=False)),
                ("instead_of", models.CharField(blank=True, max_length=20)),
                ("created_at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "notification",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="deliveries",
                        to="work.notification",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="NoticeOnce",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=120)),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("user", "key"), name="notice_once")],
            },
        ),
        migrations.AddIndex(
            model_name="notification",
            index=models.Index(
                models.F("user"),
                models.F("state"),
                models.F("urgency"),
                models.OrderBy(models.F("at"), descending=True),
                models.OrderBy(models.F("id"), descending=True),
                name="notif_waiting",
            ),
        ),
        migrations.AddIndex(
            model_name="notification",
            index=models.Index(
                models.F("user"),
                models.OrderBy(models.F("at"), descending=True),
                models.OrderBy(models.F("id"), descending=True),
                name="notif_all",
            ),
        ),
        migrations.AddIndex(
            model_name="notification",
            index=models.Index(
                models.F("user"),
                models.F("kind"),
                models.OrderBy(models.F("at"), descending=True),
                models.OrderBy(models.F("id"), descending=True),
                name="notif_kind",
            ),
        ),
        migrations.AddIndex(
            model_name="notification",
            index=models.Index(
                models.F("user"),
                models.OrderBy(models.F("at"), descending=True),
                models.OrderBy(models.F("id"), descending=True),
                condition=models.Q(("read_at__isnull", True)),
                name="notif_unread",
            ),
        ),
        migrations.AddIndex(
            model_name="notification",
            index=models.Index(
                condition=models.Q(("read_at__isnull", True), models.Q(("group_key", ""), _negated=True)),
                fields=["user", "group_key"],
                name="notif_group",
            ),
        ),
        migrations.AddIndex(
            model_name="notification",
            index=models.Index(
                condition=models.Q(("state", "postponed")),
                fields=["postponed_until"],
                name="notif_postponed",
            ),
        ),
        migrations.AddIndex(
            model_name="notification",
            index=models.Index(
                condition=models.Q(("state", "done"), _negated=True),
                fields=["source_type", "source_id"],
                name="notif_source",
            ),
        ),
        migrations.AddIndex(
            model_name="notification",
            index=models.Index(
                condition=models.Q(("state", "done"), _negated=True),
                fields=["about_type", "about_id"],
                name="notif_about",
            ),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("state", "waiting")), fields=["user", "channel", "due_at"], name="delivery_waiting"
            ),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(condition=models.Q(("state", "waiting")), fields=["key"], name="delivery_key"),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(fields=["created_at", "channel", "state"], name="delivery_created"),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.UniqueConstraint(fields=("notification", "channel"), name="delivery_once"),
        ),
    ]
