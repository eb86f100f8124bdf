"""The demo as a user runs it, in both of its stages."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mused.art.picture import read_recipe


def demo(out: Path, *sentence: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "mused", "demo", "--out", str(out), *sentence],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )


def test_a_spoken_sentence_becomes_a_picture_and_an_announcement(tmp_path: Path) -> None:
    done = demo(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "a private sound server" in done.stdout
    [picture] = tmp_path.glob("*.png")
    assert read_recipe(picture).prompt == "a sunset with a boat on a lake"
    assert (tmp_path / "announced.wav").stat().st_size > 100_000


def test_without_a_sound_server_sound_goes_through_pipes(tmp_path: Path) -> None:
    done = demo(tmp_path, "computer, what time is it", PATH="/nowhere")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "pipes and files" in done.stdout
    assert "what time is it" in done.stdout
    assert len(list((tmp_path / "announced").glob("*.wav"))) == 1


@pytest.mark.parametrize("sentence", ["", "computer", "paint a dog"])
def test_a_sentence_that_cannot_work_is_refused_at_once(tmp_path: Path, sentence: str) -> None:
    done = demo(tmp_path, sentence)
    assert done.returncode == 2
    assert 'must begin with "computer"' in done.stderr


def test_words_that_the_shipped_model_does_not_know_are_told_at_once(tmp_path: Path) -> None:
    done = demo(tmp_path / "out", "computer, paint a quokka, a red axolotl and a quokka")
    assert (done.returncode, done.stdout) == (1, "")
    assert "does not know: quokka, axolotl. Choose other words" in done.stderr
    assert not (tmp_path / "out").exists()


def children(parent: int) -> set[int]:
    listed = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return {int(each) for each in listed}


def runs(process: int) -> bool:
    try:
        return b"run" in Path(f"/proc/{process}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False


def test_a_killed_demo_leaves_no_daemon_behind(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mused", "demo", "--out", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as demo:
        deadline = time.monotonic() + 60
        while not (daemons := [each for each in children(demo.pid) if runs(each)]):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        demo.send_signal(signal.SIGKILL)
    while any(map(runs, daemons)):
        assert time.monotonic() < deadline
        time.sleep(0.05)
