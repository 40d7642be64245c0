from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("work", "0003_deadlines")]
    operations: list[object] = []
