"""The second number lists give for a lead."""

from django.db import migrations, models

import kezhi.core.model_fields


class Migration(migrations.Migration):
    dependencies = [
        ("sales", "0006_private_link_locks"),
    ]

    operations = [
        migrations.AddField(
            model_name="lead",
            name="phone_other",
            field=kezhi.core.model_fields.EncryptedField(blank=True, default="", purpose="sales.lead.phone_other"),
        ),
        migrations.AddField(
            model_name="lead",
            name="phone_other_index",
            field=models.CharField(blank=True, default="", max_length=32),
        ),
        migrations.AddField(
            model_name="lead",
            name="phone_other_tail",
            field=models.CharField(blank=True, default="", max_length=32),
        ),
    ]
