"""Full-text search on SQLite: FTS5 over the words kept in the entries, without positions."""

from collections.abc import Sequence

from django.db import connection


class SqliteEngine:
    """FTS5; an entry's old words must be named to take them out."""

    def put(self, rows: Sequence[tuple[int, str, str | None]]) -> None:
        self.drop([(entry, old) for entry, _new, old in rows if old is not None])
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO records_search(rowid, words) VALUES (%s, %s)", [(row[0], row[1]) for row in rows]
            )

    def drop(self, rows: Sequence[tuple[int, str]]) -> None:
        if rows:
            with connection.cursor() as cursor:
                cursor.executemany(
                    "INSERT INTO records_search(records_search, rowid, words) VALUES ('delete', %s, %s)", rows
                )

    def find(self, groups: Sequence[Sequence[tuple[str, bool]]], *, before: int, most: int) -> list[tuple[int, int]]:
        return [(entry, record) for entry, _type, record in self._find(groups, before or 2**62, most)]

    def find_any(
        self, groups: Sequence[Sequence[tuple[str, bool]]], *, before: int, most: int
    ) -> list[tuple[int, str, int]]:
        return self._find(groups, before or 2**62, most)

    def _find(self, groups: Sequence[Sequence[tuple[str, bool]]], before: int, most: int) -> list[tuple[int, str, int]]:
        # Words are letters and digits only, so that quoting them is enough.
        match = " AND ".join(
            "(" + " OR ".join(f'"{word}"*' if is_prefix else f'"{word}"' for word, is_prefix in group) + ")"
            for group in groups
        )
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT e.id, e.record_type, e.record_id FROM (SELECT rowid FROM records_search"
                " WHERE records_search MATCH %s AND rowid < %s ORDER BY rowid DESC LIMIT %s) f"
                " JOIN records_searchentry e ON e.id = f.rowid ORDER BY e.id DESC",
                [match, before, most],
            )
            return [(int(entry), str(known), int(record)) for entry, known, record in cursor.fetchall()]
