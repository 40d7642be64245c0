from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("exchange", "0005_mailboxes")]

    operations = [
        migrations.AlterField(
            model_name="receivedmail",
            name="outcome",
            field=models.CharField(
                choices=[
                    ("lead", "新线索"),
                    ("filed", "归到记录"),
                    ("unknown", "没有对上记录"),
                    ("automatic", "自动回复或群发"),
                    ("bounce", "退信"),
                    ("spam", "垃圾邮件"),
                    ("blocked", "在不收名单里"),
                    ("copy", "另一个收件箱收过"),
                    ("own", "自己发出的"),
                    ("flood", "来得太多"),
                    ("answer", "审批回复"),
                    ("failed", "没有处理成"),
                ],
                max_length=12,
            ),
        )
    ]
