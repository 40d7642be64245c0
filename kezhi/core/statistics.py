"""What the database knows of its tables when it chooses how to read them.

SQLite gathers it only when told, and forgets it whenever a migration makes a table anew; without it a statement may
walk a whole table beside an index that would answer at once. PostgreSQL does it by itself, though not at once.
"""

from django.db import connection

# How much of each index SQLite looks at; enough to tell few from many, and quick on any size.
_ROWS_PER_INDEX = 1000


def refresh_statistics() -> None:
    """Gather it for all tables; takes a second or two on a large register, during which SQLite's writers wait."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"PRAGMA analysis_limit={_ROWS_PER_INDEX}")
        cursor.execute("ANALYZE")
