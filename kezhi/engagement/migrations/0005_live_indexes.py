"""The indexes that lists are read by hold no records of the recycle bin."""

from django.db import migrations

from kezhi.records.index_migration import HoldLiveRecords

INDEXES = {
    "followup": {
        "follow_up_own": ["owner", "happened_at", "id"],
        "follow_up_when": ["happened_at", "id"],
        "follow_up_created": ["created_at", "id"],
    },
}


class Migration(migrations.Migration):
    dependencies = [("engagement", "0004_calendar_feed")]

    operations = [HoldLiveRecords(model, indexes) for model, indexes in INDEXES.items()]
