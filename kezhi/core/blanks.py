"""New objects of a model without Django's walk over every field of each: ten times quicker, for lists of them.

``Model(**values)`` asks every field for its default, one object at a time; a list of 100,000 customers makes 700,000
objects. Here the defaults of a model are worked out once.
"""

from collections.abc import Callable
from enum import Enum
from functools import lru_cache
from typing import Any, TypeVar

from django.db import models
from django.db.models.base import ModelState
from django.db.models.query_utils import DeferredAttribute

M = TypeVar("M", bound=models.Model)


def new_object(model: type[M], **values: Any) -> M:
    """An unsaved object with its defaults and these values, by the name of the attribute (``owner_id``, not ``owner``).

    A model whose construction does more than set fields is made by Django itself.
    """
    blank = _blank(model)
    if blank is None:
        return model(**values)
    constant, made = blank
    found = model.__new__(model)
    held = found.__dict__
    held["_state"] = ModelState()
    held.update(constant)
    for name, make in made:
        if name not in values:
            held[name] = make()
    held.update(values)
    return found


def defaults_of(model: type[models.Model]) -> dict[str, Any]:
    """What a new object of the model holds before anything is put on it, by attribute."""
    blank = _blank(model)
    if blank is None:
        found = model()
        return {field.attname: getattr(found, field.attname) for field in model._meta.concrete_fields}
    constant, made = blank
    return {**constant, **{name: make() for name, make in made}}


_Blank = tuple[dict[str, Any], list[tuple[str, Callable[[], Any]]]]


@lru_cache(maxsize=256)
def _blank(model: type[models.Model]) -> _Blank | None:
    constant: dict[str, Any] = {}
    made: list[tuple[str, Callable[[], Any]]] = []
    if model.__init__ is not models.Model.__init__:
        return None
    for field in model._meta.concrete_fields:
        if not isinstance(getattr(model, field.attname, None), DeferredAttribute):
            return None
        if callable(field.default) and field.default is not models.NOT_PROVIDED:
            made.append((field.attname, field.get_default))
            continue
        value = field.get_default()
        constant[field.attname] = value.value if isinstance(value, Enum) else value
    return constant, made
