"""Changing one place of a definition that is being written, by its path ("do.1.then.0")."""

import copy
import itertools
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from kezhi.automation.problems import DefinitionProblem

Json = dict[str, Any]


def part_at(definition: Mapping[str, Any], path: str) -> Any:
    """What stands at a place; None where nothing does."""
    found: Any = definition
    for name in path.split("."):
        if isinstance(found, list):
            found = found[int(name)] if name.isdecimal() and int(name) < len(found) else None
        elif isinstance(found, Mapping):
            found = found.get(name)
        else:
            return None
    return found


def with_part(definition: Mapping[str, Any], path: str, value: Any) -> Json:
    """The definition with one place replaced.

    Raises:
        DefinitionProblem: there is no such place (somebody else changed the rule meanwhile).
    """
    result = copy.deepcopy(dict(definition))
    holder, name = _holder(result, path)
    if isinstance(holder, list):
        if int(name) >= len(holder):
            raise DefinitionProblem(_("规则刚被别人改过，请刷新后再改"))
        holder[int(name)] = value
    elif value in (None, {}):
        holder.pop(name, None)
    else:
        holder[name] = value
    return result


def with_step(definition: Mapping[str, Any], path: str, step: Mapping[str, Any]) -> Json:
    """The definition with a step put in at ``path`` ("do.2": before what is the third now, or at the end)."""
    result = copy.deepcopy(dict(definition))
    holder, name = _holder(result, path)
    if not isinstance(holder, list):
        raise DefinitionProblem(_("规则刚被别人改过，请刷新后再改"))
    holder.insert(min(int(name), len(holder)), dict(step))
    return result


def without_step(definition: Mapping[str, Any], path: str) -> Json:
    """The definition without the step at ``path``."""
    result = copy.deepcopy(dict(definition))
    holder, name = _holder(result, path)
    if isinstance(holder, list) and int(name) < len(holder):
        holder.pop(int(name))
    return result


def with_step_moved(definition: Mapping[str, Any], path: str, by: int) -> Json:
    """The definition with the step at ``path`` one place up (-1) or down (1) among its neighbours."""
    result = copy.deepcopy(dict(definition))
    holder, name = _holder(result, path)
    place = int(name)
    if isinstance(holder, list) and 0 <= place + by < len(holder) and place < len(holder):
        holder[place], holder[place + by] = holder[place + by], holder[place]
    return result


def _holder(definition: Json, path: str) -> tuple[Any, str]:
    """The list or object that holds the last name of a path; lists of steps come into being where they are missing."""
    names = path.split(".")
    holder: Any = definition
    for name, following in itertools.pairwise(names):
        if isinstance(holder, list):
            holder = holder[int(name)] if name.isdecimal() and int(name) < len(holder) else None
        elif isinstance(holder, dict):
            empty: Any = [] if following.isdecimal() else {}
            holder = holder.setdefault(name, empty) if name in ("do", "then", "else") else holder.get(name)
        if holder is None:
            raise DefinitionProblem(_("规则刚被别人改过，请刷新后再改"))
    last = names[-1]
    if isinstance(holder, list) and not last.isdecimal():
        raise DefinitionProblem(_("规则刚被别人改过，请刷新后再改"))
    return holder, last
