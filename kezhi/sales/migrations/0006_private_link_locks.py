"""Links that open only for their recipient, and who opened a link."""

import django.db.models.deletion
from django.db import migrations, models

import kezhi.core.model_fields


class Migration(migrations.Migration):
    dependencies = [
        ("sales", "0005_quote_papers"),
    ]

    operations = [
        migrations.AddField(
            model_name="privatelink",
            name="code_hash",
            field=models.CharField(blank=True, default="", max_length=64),
        ),
        migrations.AddField(
            model_name="privatelink",
            name="code_misses",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="privatelink",
            name="code_sent_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="privatelink",
            name="code_tries",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="privatelink",
            name="locked_to",
            field=kezhi.core.model_fields.EncryptedField(blank=True, default="", purpose="private_link.locked_to"),
        ),
        migrations.CreateModel(
            name="PrivateLinkVisitor",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=64)),
                ("network", models.CharField(blank=True, max_length=45)),
                ("device", models.CharField(blank=True, max_length=60)),
                ("is_recipient", models.BooleanField(default=False)),
                ("first_at", models.DateTimeField()),
                ("last_at", models.DateTimeField()),
                ("count", models.PositiveIntegerField(default=1)),
                (
                    "link",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="visitors",
                        to="sales.privatelink",
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("link", "key"), name="private_link_visitor_once")],
            },
        ),
    ]
