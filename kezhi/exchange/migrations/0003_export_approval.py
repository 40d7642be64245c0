import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("exchange", "0002_channels_and_webhooks"), ("work", "0004_approvals")]

    operations = [
        migrations.AddField(
            model_name="exportrun",
            name="approval",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="work.approval",
            ),
        ),
        migrations.AlterField(
            model_name="exportrun",
            name="state",
            field=models.CharField(
                choices=[
                    ("asking", "待审批"),
                    ("refused", "未获同意"),
                    ("waiting", "准备中"),
                    ("ready", "可下载"),
                    ("failed", "失败"),
                    ("expired", "已过期"),
                ],
                default="waiting",
                max_length=8,
            ),
        ),
    ]
