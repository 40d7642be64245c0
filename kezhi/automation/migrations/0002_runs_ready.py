from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("automation", "0001_initial")]

    operations = [
        migrations.AddIndex(
            model_name="rulerun",
            index=models.Index(fields=["version"], condition=Q(state="ready"), name="run_ready"),
        ),
    ]
