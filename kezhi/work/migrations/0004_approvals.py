import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import kezhi.core.model_fields


class Migration(migrations.Migration):
    dependencies = [("work", "0003_deadlines"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        migrations.CreateModel(
            name="ApprovalFlow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name_zh", models.CharField(max_length=120, verbose_name="中文名称")),
                ("name_en", models.CharField(blank=True, max_length=120, verbose_name="英文名称")),
                ("key", models.SlugField(blank=True, max_length=60, null=True, unique=True)),
                ("act", models.CharField(max_length=60)),
                ("order", models.PositiveIntegerField(default=0)),
                ("is_on", models.BooleanField(default=True)),
                ("created_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
            ],
            options={
                "ordering": ["act", "order", "id"],
            },
        ),
        migrations.CreateModel(
            name="ApprovalFlowVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("definition", models.JSONField(default=dict)),
                ("made_at", models.DateTimeField()),
                ("note", models.CharField(blank=True, max_length=200)),
                (
                    "flow",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="versions", to="work.approvalflow"
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["flow_id", "-number"],
            },
        ),
        migrations.AddField(
            model_name="approvalflow",
            name="version",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="work.approvalflowversion",
            ),
        ),
        migrations.CreateModel(
            name="Approval",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("act", models.CharField(max_length=60)),
                ("title", models.CharField(max_length=200, verbose_name="标题")),
                ("text", kezhi.core.model_fields.EncryptedField(blank=True, default="", purpose="work.approval.text")),
                (
                    "amount",
                    models.DecimalField(blank=True, decimal_places=2, max_digits=16, null=True, verbose_name="金额"),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "审批中"),
                            ("approved", "已同意"),
                            ("refused", "已驳回"),
                            ("withdrawn", "已撤回"),
                            ("failed", "未能执行"),
                        ],
                        default="waiting",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("about_type", models.CharField(blank=True, max_length=40)),
                ("about_id", models.BigIntegerField(blank=True, null=True)),
                ("about_title", models.CharField(blank=True, max_length=200, verbose_name="关于")),
                (
                    "payload",
                    kezhi.core.model_fields.EncryptedField(blank=True, default="", purpose="work.approval.payload"),
                ),
                (
                    "snapshot",
                    kezhi.core.model_fields.EncryptedField(blank=True, default="", purpose="work.approval.snapshot"),
                ),
                ("fingerprint", models.CharField(blank=True, max_length=64)),
                ("stage", models.PositiveIntegerField(default=0)),
                ("door", models.CharField(default="page", max_length=12)),
                ("form_key", models.CharField(blank=True, max_length=64, null=True, unique=True)),
                ("problem", models.TextField(blank=True)),
                ("created_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                ("performed_at", models.DateTimeField(blank=True, null=True)),
                ("reminded_at", models.DateTimeField(blank=True, null=True)),
                (
                    "department",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="access.department",
                        verbose_name="部门",
                    ),
                ),
                (
                    "requester",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="申请人",
                    ),
                ),
                (
                    "flow",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="work.approvalflow",
                    ),
                ),
                (
                    "flow_version",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="work.approvalflowversion",
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="ApprovalParty",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("role", models.CharField(choices=[("approver", "审批人"), ("copied", "抄送")], max_length=8)),
                ("added_at", models.DateTimeField()),
                (
                    "added_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "approval",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="parties",
                        to="work.approval",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ApprovalStage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveIntegerField()),
                ("label_zh", models.CharField(blank=True, max_length=120)),
                ("label_en", models.CharField(blank=True, max_length=120)),
                (
                    "mode",
                    models.CharField(
                        choices=[("all", "会签"), ("any", "或签"), ("turn", "依次")], default="all", max_length=5
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("planned", "未到"),
                            ("waiting", "进行中"),
                            ("approved", "已通过"),
                            ("refused", "已驳回"),
                            ("skipped", "已跳过"),
                            ("dropped", "已停止"),
                        ],
                        default="planned",
                        max_length=10,
                    ),
                ),
                ("minutes", models.PositiveIntegerField(default=0)),
                ("on_timeout", models.CharField(default="stand_in", max_length=10)),
                (
                    "approval",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="stages",
                        to="work.approval",
                    ),
                ),
            ],
            options={
                "ordering": ["approval_id", "position", "id"],
            },
        ),
        migrations.CreateModel(
            name="ApprovalStep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("order", models.PositiveIntegerField(default=0)),
                ("why", models.CharField(default="", max_length=20)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("planned", "未到"),
                            ("held", "等加签"),
                            ("waiting", "待审批"),
                            ("approved", "同意"),
                            ("refused", "驳回"),
                            ("handed_on", "已转办"),
                            ("timed_out", "已超时"),
                            ("moved", "已改派"),
                            ("skipped", "已跳过"),
                            ("dropped", "无需审批"),
                        ],
                        default="planned",
                        max_length=10,
                    ),
                ),
                ("waiting_since", models.DateTimeField(blank=True, null=True)),
                ("due_at", models.DateTimeField(blank=True, null=True)),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                (
                    "reason",
                    kezhi.core.model_fields.EncryptedField(blank=True, default="", purpose="work.approval_step.reason"),
                ),
                (
                    "approval",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="steps",
                        to="work.approval",
                    ),
                ),
                (
                    "before",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="work.approvalstep",
                    ),
                ),
                (
                    "came_from",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "stage",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="steps",
                        to="work.approvalstage",
                    ),
                ),
                (
                    "told_stand_in",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["approval_id", "stage_id", "order", "id"],
            },
        ),
        migrations.CreateModel(
            name="ApprovalLink",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("token_hash", models.CharField(max_length=64, unique=True)),
                ("expires_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(blank=True, null=True)),
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
                    "step",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="links", to="work.approvalstep"
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="approvalflowversion",
            constraint=models.UniqueConstraint(fields=("flow", "number"), name="approval_flow_version_once"),
        ),
        migrations.AddIndex(
            model_name="approvalflow",
            index=models.Index(fields=["act", "order"], name="approval_flow_act"),
        ),
        migrations.AddIndex(
            model_name="approval",
            index=models.Index(fields=["requester", "state", "-id"], name="approval_requester"),
        ),
        migrations.AddIndex(
            model_name="approval",
            index=models.Index(fields=["about_type", "about_id", "state"], name="approval_about"),
        ),
        migrations.AddIndex(
            model_name="approval",
            index=models.Index(fields=["state", "-id"], name="approval_state"),
        ),
        migrations.AddIndex(
            model_name="approvalparty",
            index=models.Index(fields=["user", "role", "-approval"], name="approval_party_user"),
        ),
        migrations.AddConstraint(
            model_name="approvalparty",
            constraint=models.UniqueConstraint(fields=("approval", "user", "role"), name="approval_party_once"),
        ),
        migrations.AddIndex(
            model_name="approvalstage",
            index=models.Index(fields=["approval", "position"], name="approval_stage_position"),
        ),
        migrations.AddIndex(
            model_name="approvalstep",
            index=models.Index(fields=["approval", "stage", "order"], name="approval_step_place"),
        ),
        migrations.AddIndex(
            model_name="approvalstep",
            index=models.Index(fields=["user", "state"], name="approval_step_user"),
        ),
        migrations.AddIndex(
            model_name="approvalstep",
            index=models.Index(condition=models.Q(("state", "waiting")), fields=["due_at"], name="approval_step_due"),
        ),
    ]
