from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("records", "0002_search")]

    operations = [
        migrations.CreateModel(
            name="SearchScheme",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("record_type", models.CharField(max_length=40, unique=True)),
                ("scheme", models.CharField(max_length=32)),
            ],
        ),
    ]
