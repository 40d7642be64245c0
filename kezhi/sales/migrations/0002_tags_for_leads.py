from typing import Any, ClassVar

from django.db import migrations
from django.db.migrations.operations.base import Operation


def tags_for_leads(apps: Any, schema_editor: Any) -> None:
    """The shipped tags of demand are for leads too, also where they were there before leads were."""
    for group in apps.get_model("records", "TagGroup").objects.filter(key__in=["demand", "buying-time"]):
        if group.record_types and "lead" not in group.record_types:
            group.record_types = [*group.record_types, "lead"]
            group.save(update_fields=["record_types"])


class Migration(migrations.Migration):
    dependencies: ClassVar = [("sales", "0001_initial"), ("records", "0002_search")]

    # Nothing to go back to: an administrator may have given leads these tags meanwhile.
    operations: ClassVar[list[Operation]] = [migrations.RunPython(tags_for_leads, migrations.RunPython.noop)]
