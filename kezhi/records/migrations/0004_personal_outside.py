from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("records", "0003_search_scheme")]

    operations = [
        migrations.AddField(
            model_name="customfield",
            name="is_personal_outside",
            field=models.BooleanField(default=False, verbose_name="外发要批准"),
        ),
        migrations.AddField(
            model_name="fieldsetting",
            name="is_personal_outside",
            field=models.BooleanField(null=True),
        ),
    ]
