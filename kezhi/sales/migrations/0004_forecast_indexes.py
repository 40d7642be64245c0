"""Two indexes hold what the forecast adds up, so that it reads no records."""

from django.db import migrations, models

LIVE = models.Q(deleted_at__isnull=True)


class Migration(migrations.Migration):
    dependencies = [("sales", "0003_live_indexes")]

    operations = [
        migrations.RemoveIndex(model_name="opportunity", name="opportunity_own_state"),
        migrations.RemoveIndex(model_name="opportunity", name="opportunity_closed"),
        migrations.AddIndex(
            model_name="opportunity",
            index=models.Index(
                fields=["owner", "state", "expected_close_on", "forecast", "amount", "weighted_amount"],
                name="opportunity_own_state",
                condition=LIVE,
            ),
        ),
        migrations.AddIndex(
            model_name="opportunity",
            index=models.Index(
                fields=["state", "closed_at", "owner", "amount"], name="opportunity_closed", condition=LIVE
            ),
        ),
    ]
