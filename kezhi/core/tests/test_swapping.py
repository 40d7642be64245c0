import pytest

from kezhi.core import swapping
from kezhi.core.swapping import Swap, finish_interrupted_swap, swap_in


def lay_out(folder):
    for name in ("a", "b", "c"):
        (folder / name).write_text(f"old {name}")
    (folder / "new").mkdir()
    for name in ("a", "b", "d"):
        (folder / "new" / name).write_text(f"new {name}")
    return [
        Swap(folder / "a", folder / "kept" / "a", folder / "new" / "a"),
        Swap(folder / "c", folder / "kept" / "c", None),
        Swap(folder / "b", folder / "kept" / "b", folder / "new" / "b"),
        Swap(folder / "d", folder / "kept" / "d", folder / "new" / "d"),
    ]


def contents(folder):
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


SWAPPED = {"a": "new a", "b": "new b", "d": "new d", "kept/a": "old a", "kept/b": "old b", "kept/c": "old c"}


def test_everything_changes_place(tmp_path):
    swap_in(tmp_path, lay_out(tmp_path), clean_up=tmp_path / "new")

    assert contents(tmp_path) == SWAPPED
    assert not (tmp_path / "new").exists()
    assert finish_interrupted_swap(tmp_path) is False


@pytest.mark.parametrize("renames_before_the_crash", range(7))
def test_a_crash_at_any_step_is_finished_later(tmp_path, monkeypatch, renames_before_the_crash):
    swaps = lay_out(tmp_path)
    left = iter(range(renames_before_the_crash))
    rename = swapping.Path.rename

    def crash(self, target):
        try:
            next(left)
        except StopIteration:
            raise SystemExit from None
        return rename(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(swapping.Path, "rename", crash)
        try:
            swap_in(tmp_path, swaps, clean_up=tmp_path / "new")
        except SystemExit:
            assert renames_before_the_crash < 6
    finish_interrupted_swap(tmp_path)

    assert contents(tmp_path) == SWAPPED
