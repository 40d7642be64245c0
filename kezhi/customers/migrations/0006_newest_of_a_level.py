"""The newest customers of a level are read by an index for each owner, as those of a lifecycle are."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Adds one index."""

    dependencies = [("customers", "0005_live_indexes")]

    operations = [
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True)),
                fields=["owner", "level", "created_at", "id"],
                name="customer_own_grade",
            ),
        ),
    ]
