"""Processes of mused's own import nothing from the folder that it was started in."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from mused.daemon.doctor.check import in_child
from mused.daemon.jobs.worker_process import PAINTER
from mused.daemon.speaking.player import CHILD as PLAYER
from mused.daemon.speaking.synthesizer import RENDERER


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of downloads, in it a file called like a module that everything imports."""
    (tmp_path / "json.py").write_text("open('went-off', 'w').close()\nraise SystemExit(7)\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_check_imports_nothing_from_there(folder: Path) -> None:
    assert in_child("import json; print(json.dumps([1]))", timeout=30) == [1]
    assert not (folder / "went-off").exists()


@pytest.mark.parametrize("command", [PAINTER, RENDERER, PLAYER])
def test_no_child_imports_anything_from_there(folder: Path, command: Sequence[str]) -> None:
    subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False)
    assert not (folder / "went-off").exists()
