"""The list of tasks begins with one's own open ones, also where the views were brought in before."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

SHIPPED = ("tasks-mine", "tasks-open", "tasks-all")


def put_first(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Give the three shipped views each other's places; whoever has put them in an order of their own keeps it."""
    views = apps.get_model("records", "SavedView").objects.using(schema_editor.connection.alias)
    places = dict(views.filter(key__in=SHIPPED).values_list("key", "position"))
    if sorted(places, key=lambda key: places[key]) != ["tasks-all", "tasks-mine", "tasks-open"]:
        return
    for key, position in zip(SHIPPED, sorted(places.values()), strict=True):
        views.filter(key=key).update(position=position)


class Migration(migrations.Migration):
    dependencies = [("work", "0005_live_indexes"), ("records", "0001_initial")]

    operations = [migrations.RunPython(put_first, migrations.RunPython.noop)]
