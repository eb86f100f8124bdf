"""What a person is told to run where torch is missing."""

import shlex
import sys
from pathlib import Path

import pytest

import mused
from mused.daemon.installed import set_up


def test_a_checkout_sets_itself_up() -> None:
    assert set_up() == "run `make setup`"


def test_where_pip_installed_mused_there_is_no_makefile(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(mused, "__file__", str(tmp_path / "mused" / "__init__.py"))
    _, command, _ = set_up().split("`")
    python, *arguments = shlex.split(command)
    assert python == sys.executable
    assert arguments[:3] == ["-m", "pip", "install"]
    assert arguments[-1] == "mused[art]"
