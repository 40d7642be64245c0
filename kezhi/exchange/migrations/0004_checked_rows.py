from django.db import migrations, models

import kezhi.core.model_fields


class Migration(migrations.Migration):
    dependencies = [("exchange", "0003_export_approval")]

    operations = [
        migrations.AddField(
            model_name="importrun",
            name="checked_under",
            field=models.CharField(blank=True, max_length=120),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="importrow",
            name="checked",
            field=kezhi.core.model_fields.EncryptedField(blank=True, default="", purpose="exchange.import_row.checked"),
        ),
    ]
