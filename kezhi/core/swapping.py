"""Putting restored files in the place of the present ones, whole or not at all. Standard library only."""

import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

PLAN_FILE = "restore.plan"


@dataclass(frozen=True)
class Swap:
    """``incoming`` takes the place of ``present``, which is kept as ``kept``; without ``incoming`` it is put aside."""

    present: Path
    kept: Path
    incoming: Path | None


def swap_in(folder: Path, swaps: Sequence[Swap], *, clean_up: Path) -> None:
    """Do all swaps inside a data folder; after a crash in the middle, :func:`finish_interrupted_swap` does the rest.

    ``clean_up`` is a folder removed at the end.
    """
    plan = {
        "swaps": [[str(swap.present), str(swap.kept), str(swap.incoming) if swap.incoming else None] for swap in swaps],
        "clean_up": str(clean_up),
    }
    beside = folder / (PLAN_FILE + ".new")
    with beside.open("w") as file:
        json.dump(plan, file)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(folder / PLAN_FILE)
    finish_interrupted_swap(folder)


def finish_interrupted_swap(folder: Path) -> bool:
    """Carry out what the plan in this folder still lacks; False when there is no plan."""
    plan_path = folder / PLAN_FILE
    if not plan_path.exists():
        return False
    plan = json.loads(plan_path.read_text())
    for present, kept, incoming in plan["swaps"]:
        _swap(Swap(Path(present), Path(kept), Path(incoming) if incoming else None))
    shutil.rmtree(plan["clean_up"], ignore_errors=True)
    plan_path.unlink()
    return True


def _swap(swap: Swap) -> None:
    """Each step leaves a state in which doing all steps again ends the same: the second rename uses up ``incoming``."""
    arrived = swap.incoming is not None and not swap.incoming.exists()
    if not arrived and swap.present.exists() and not swap.kept.exists():
        swap.kept.parent.mkdir(parents=True, exist_ok=True)
        swap.present.rename(swap.kept)
    if swap.incoming is not None and swap.incoming.exists():
        swap.present.parent.mkdir(parents=True, exist_ok=True)
        swap.incoming.rename(swap.present)
