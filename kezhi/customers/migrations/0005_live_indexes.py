"""The indexes that lists are read by hold no records of the recycle bin."""

from django.db import migrations, models

from kezhi.records.index_migration import HoldLiveRecords

INDEXES = {
    "customer": {
        "customer_own_created": ["owner", "created_at", "id"],
        "customer_own_changed": ["owner", "changed_at", "id"],
        "customer_own_next": ["owner", "next_follow_at", "id"],
        "customer_own_last": ["owner", "last_followed_at", "id"],
        "customer_own_name": ["owner", "name", "id"],
        "customer_own_complete": ["owner", "completeness", "id"],
        "customer_own_level": ["owner", "level", "id"],
        "customer_created": ["created_at", "id"],
        "customer_changed": ["changed_at", "id"],
        "customer_next": ["next_follow_at", "id"],
        "customer_last": ["last_followed_at", "id"],
        "customer_name": ["name", "id"],
        "customer_complete": ["completeness", "id"],
        "customer_level": ["level", "created_at", "id"],
        "customer_lifecycle": ["lifecycle", "created_at", "id"],
        "customer_own_yearly": ["owner", "yearly_purchases", "id"],
        "customer_yearly": ["yearly_purchases", "id"],
        "customer_own_order": ["owner", "last_order_on", "id"],
        "customer_order": ["last_order_on", "id"],
        "customer_own_recall": ["owner", "recall_on", "id"],
        "customer_own_cadence": ["owner", "cadence_next_on", "id"],
        "customer_cadence": ["cadence_next_on", "id"],
    },
    "contact": {
        "contact_created": ["created_at", "id"],
        "contact_name": ["name", "id"],
    },
}


class Migration(migrations.Migration):
    dependencies = [("customers", "0004_pool")]

    operations = [
        *(HoldLiveRecords(model, indexes) for model, indexes in INDEXES.items()),
        migrations.AddIndex(
            "customer",
            models.Index(
                fields=["owner", "lifecycle", "created_at", "id"],
                name="customer_own_lifecycle",
                condition=models.Q(deleted_at__isnull=True),
            ),
        ),
    ]
