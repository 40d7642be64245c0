"""Giving many indexes of a table another condition in one step of a migration; one by one each takes its own model."""

from collections.abc import Mapping, Sequence

from django.db import models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

_LIVE = models.Q(deleted_at__isnull=True)


class HoldLiveRecords(Operation):
    """Let these indexes of a model (fields by name), made without a condition, hold what is not in the recycle bin."""

    reduces_to_sql = True
    reversible = True

    def __init__(self, model: str, indexes: Mapping[str, Sequence[str]]) -> None:
        self.model = model
        self.indexes = {name: list(fields) for name, fields in indexes.items()}

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """The model with the new indexes."""
        options = state.models[app_label, self.model].options
        options["indexes"] = [
            self._index(index.name, _LIVE) if index.name in self.indexes else index for index in options["indexes"]
        ]
        state.reload_model(app_label, self.model, delay=True)

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Drop each and make it again."""
        self._exchange(app_label, schema_editor, to_state, before=None, after=_LIVE)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """The same the other way."""
        self._exchange(app_label, schema_editor, to_state, before=_LIVE, after=None)

    def describe(self) -> str:
        """What ``migrate --plan`` says."""
        return f"Let the indexes of {self.model} hold live records only"

    def _exchange(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        state: ProjectState,
        *,
        before: models.Q | None,
        after: models.Q | None,
    ) -> None:
        model = state.apps.get_model(app_label, self.model)
        for name in self.indexes:
            schema_editor.remove_index(model, self._index(name, before))
            schema_editor.add_index(model, self._index(name, after))

    def _index(self, name: str, condition: models.Q | None) -> models.Index:
        return models.Index(fields=self.indexes[name], name=name, condition=condition)
