"""Django's SQLite backend, with writers waiting in a fair queue. Django wants a backend's wrapper in this module."""

from typing import Any

from django.db.backends.sqlite3 import base

from kezhi.core.sqlite.queue import WriteQueue

_WRITES = frozenset({"INSERT", "UPDATE", "DELETE", "REPLAC"})


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that takes its turn before it begins a transaction, or writes outside one.

    SQLite alone lets writers poll, each more rarely the longer it has waited: under steady writing the oldest one can
    wait until it gives up. Its own lock still decides who writes; the queue only decides who asks next.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._queue: WriteQueue | None = None

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        if not self.is_in_memory_db():
            self._queue = WriteQueue(str(conn_params["database"]), float(conn_params.get("timeout", 5.0)))
        return super().get_new_connection(conn_params)

    def create_cursor(self, name: str | None = None) -> Any:
        cursor = self.connection.cursor(factory=_Cursor)
        cursor.queue = self._queue
        return cursor

    def _start_transaction_under_autocommit(self) -> None:
        if self._queue is None:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
            return
        self._queue.enter()
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
        except BaseException:
            self._queue.leave()
            raise

    def _commit(self) -> None:
        super()._commit()  # type: ignore[misc]
        # A commit that fails is followed by a rollback.
        self._leave_queue()

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]
        finally:
            self._leave_queue()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]
        finally:
            self._leave_queue()

    def _leave_queue(self) -> None:
        if self._queue is not None:
            self._queue.leave()


class _Cursor(base.SQLiteCursorWrapper):
    """Lets a single statement that writes outside any transaction wait its turn too."""

    queue: WriteQueue | None = None

    def execute(self, query: str, params: Any = None) -> Any:
        if self.queue is None or self.queue.is_ours or query[:6] not in _WRITES:
            return super().execute(query, params)
        with self.queue:
            return super().execute(query, params)

    def executemany(self, query: str, param_list: Any) -> Any:
        if self.queue is None or self.queue.is_ours:
            return super().executemany(query, param_list)
        with self.queue:
            return super().executemany(query, param_list)
