"""One daemon a state folder."""

import errno
import fcntl
import subprocess
import sys
from pathlib import Path

import pytest

from mused.daemon.errors import ControlError
from mused.daemon.lock import holding


def test_a_folder_is_held_by_one(tmp_path: Path) -> None:
    state = tmp_path / "state"
    with holding(state):
        assert state.stat().st_mode & 0o077 == 0
        with pytest.raises(ControlError, match="another mused already runs"), holding(state):
            pass
    with holding(state):
        pass


def test_a_holder_that_is_killed_lets_go(tmp_path: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path; from mused.daemon.lock import holding\n"
        "with holding(Path(sys.argv[1])): print(flush=True); time.sleep(60)"
    )
    argv = [sys.executable, "-c", program, str(tmp_path)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE) as other:
        assert other.stdout
        other.stdout.readline()
        with pytest.raises(ControlError), holding(tmp_path):
            pass
        other.kill()
    with holding(tmp_path):
        pass


def test_a_folder_that_cannot_be_used_is_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "state").write_text("in the way")
    held = False
    with holding(tmp_path / "state"):
        held = True
    assert held
    assert "no job can be kept" in caplog.text


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.EOPNOTSUPP])
def test_a_folder_that_cannot_be_locked_is_a_warning(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    number: int,
) -> None:
    """The refusal stands in for an NFS server without locks, which cannot be had here."""

    def refuse(*_: object) -> None:
        raise OSError(number, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    held = False
    with holding(tmp_path):
        held = True
    assert held
    assert "start no second mused: No locks available" in caplog.text
