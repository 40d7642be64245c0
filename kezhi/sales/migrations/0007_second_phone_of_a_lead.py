"""The second number lists give for a lead."""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

import kezhi.core.model_fields


def read_alike(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Whoever reads a lead's phone in the clear reads the second one, too."""
    rules = apps.get_model("access", "FieldRule").objects.using(schema_editor.connection.alias)
    for rule in rules.filter(record_type="lead", field="phone"):
        rules.get_or_create(
            role_id=rule.role_id, record_type="lead", field="phone_other", defaults={"level": rule.level}
        )


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0001_initial"),
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
        migrations.RunPython(read_alike, migrations.RunPython.noop),
    ]
