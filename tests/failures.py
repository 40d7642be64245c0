"""Writes which tests failed to a file, for ``tools/test.py``: ``pytest -p tests.failures --failures-to FILE``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--failures-to", metavar="FILE", help="write the failed tests there, as a JSON list")


def pytest_configure(config: pytest.Config) -> None:
    path = config.getoption("--failures-to")
    if path and not hasattr(config, "workerinput"):  # the workers of a parallel run tell their controller
        config.pluginmanager.register(_Failures(Path(path)))


class _Failures:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.names: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        name = _without_group(report.nodeid)
        if report.failed and name not in self.names:
            self.names.append(name)

    def pytest_sessionfinish(self) -> None:
        self.path.write_text(json.dumps(self.names), encoding="utf-8")


def _without_group(name: str) -> str:
    """A test's name as it is written on a command line: a parallel run appends ``@group``."""
    return name.rpartition("@")[0] if name.rfind("@") > name.rfind("]") else name
