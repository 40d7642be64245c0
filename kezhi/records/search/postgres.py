"""Full-text search on PostgreSQL: a GIN index over the words kept in the entries."""

from collections.abc import Sequence

from django.db import connection


class PostgresEngine:
    """The index is an expression of the entry's own words, so that nothing has to be kept beside it."""

    def put(self, rows: Sequence[tuple[int, str, str | None]]) -> None:
        """The row itself is the index."""

    def drop(self, rows: Sequence[tuple[int, str]]) -> None:
        """The row itself is the index."""

    def find(self, groups: Sequence[Sequence[tuple[str, bool]]], *, before: int, most: int) -> list[tuple[int, int]]:
        return [(entry, record) for entry, _type, record in self._find(groups, before or 2**62, most)]

    def find_any(
        self, groups: Sequence[Sequence[tuple[str, bool]]], *, before: int, most: int
    ) -> list[tuple[int, str, int]]:
        return self._find(groups, before or 2**62, most)

    def _find(self, groups: Sequence[Sequence[tuple[str, bool]]], before: int, most: int) -> list[tuple[int, str, int]]:
        query = " & ".join(
            "(" + " | ".join(f"'{word}':*" if is_prefix else f"'{word}'" for word, is_prefix in group) + ")"
            for group in groups
        )
        with connection.cursor() as cursor:
            # Without MATERIALIZED the planner walks the primary key backwards and tests every row.
            cursor.execute(
                "WITH found AS MATERIALIZED (SELECT id, record_type, record_id FROM records_searchentry"
                " WHERE to_tsvector('simple', words) @@ to_tsquery('simple', %s) AND id < %s)"
                " SELECT id, record_type, record_id FROM found ORDER BY id DESC LIMIT %s",
                [query, before, most],
            )
            return [(int(entry), str(known), int(record)) for entry, known, record in cursor.fetchall()]
