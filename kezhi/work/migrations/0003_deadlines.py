from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("work", "0002_notifications")]
    operations: list[object] = []
