"""The search index: words in the entries, the database's full-text index over them."""

from django.db import migrations, models

SQLITE = """
CREATE VIRTUAL TABLE records_search USING fts5(
    words, content='records_searchentry', content_rowid='id', detail=none, columnsize=0,
    prefix='2 3 4 5', tokenize='unicode61 remove_diacritics 0'
)
"""
POSTGRES = "CREATE INDEX records_search ON records_searchentry USING gin (to_tsvector('simple', words))"


def create(apps, schema_editor):
    schema_editor.execute(SQLITE if schema_editor.connection.vendor == "sqlite" else POSTGRES)


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TABLE IF EXISTS records_search")
    else:
        schema_editor.execute("DROP INDEX IF EXISTS records_search")


class Migration(migrations.Migration):
    dependencies = [("records", "0001_initial")]

    operations = [
        migrations.RemoveField("searchentry", "digest"),
        migrations.AddField("searchentry", "words", models.TextField(default="")),
        migrations.RunPython(create, drop),
    ]
