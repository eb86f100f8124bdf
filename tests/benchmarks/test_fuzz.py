"""The fuzz run sees what it looks for, and a little of it is clean."""

import json
import subprocess
import sys
import time
from pathlib import Path
from random import Random

import pytest

from benchmarks.fuzz.__main__ import BAD, fuzz
from benchmarks.fuzz.kinds import KINDS, Limits
from benchmarks.fuzz.mutate import damaged
from benchmarks.fuzz.pen import Pen
from benchmarks.fuzz.prompts import Prompts
from benchmarks.fuzz.values import changed
from tests.benchmarks.fuzz_traps import TRAPS

CHILD = """
import sys
from benchmarks.fuzz import child, kinds
from tests.benchmarks.fuzz_traps import TRAPS
kinds.KINDS["traps"] = TRAPS
child.main()
"""


@pytest.fixture(scope="module")
def pen(tmp_path_factory: pytest.TempPathFactory) -> Pen:
    folder = tmp_path_factory.mktemp("pen") / "inner"
    pen = Pen("traps", TRAPS, 1, folder)
    pen.program = (sys.executable, "-c", CHILD)
    return pen


@pytest.mark.parametrize(
    ("trap", "outcome"),
    [
        ("fine", "accepted"),
        ("refuse", "refused"),
        ("unreadable", "crashed"),
        ("crash", "crashed"),
        ("die", "crashed"),
        ("hang", "hung"),
        ("grow", "memory"),
        ("too much", "memory"),
        ("write", "escaped"),
        ("hidden write", "escaped"),
        ("here", "escaped"),
        ("run", "escaped"),
        ("connect", "escaped"),
    ],
)
def test_whatever_goes_wrong_is_seen(pen: Pen, trap: str, outcome: str) -> None:
    case = pen.folder / f"{trap}.txt"
    case.write_text(trap)
    begun = time.monotonic()
    found = pen.run(case)
    pen.close()
    assert (found.outcome, found.case) == (outcome, case), found.words
    assert not (pen.folder.parent / "outside").exists()
    assert time.monotonic() - begun < 60


def test_cases_follow_from_seed_and_number(tmp_path: Path) -> None:
    kind = Prompts(tmp_path)
    first = [kind.make(Random(f"1-prompts-{number}")) for number in range(50)]
    assert first == [kind.make(Random(f"1-prompts-{number}")) for number in range(50)]
    assert len(set(first)) > 40
    content = bytes(range(256))
    assert damaged(content, Random(1)) == damaged(content, Random(1)) != content
    known = {"a": [1, 2.5], "b": {"c": "x"}}
    assert changed(known, Random(3)) == changed(known, Random(3)) != known
    assert known == {"a": [1, 2.5], "b": {"c": "x"}}


SLICE = {
    "prompts": 40, "recipes": 40, "images": 60, "checkpoints": 30, "prompt_files": 60, "requests": 3
}  # fmt: skip


@pytest.mark.parametrize("kind", SLICE)
def test_a_slice_of_it_is_clean(kind: str, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    found = fuzz(kind, tmp_path / "home", kept, seed=4, seconds=100, most=SLICE[kind])
    words = "\n".join(path.read_text() for path in kept.glob("*.why.txt"))
    assert not any(found[each] for each in BAD), words
    assert found["cases"] == SLICE[kind]
    assert found["refused"] > 0


def test_a_bad_case_is_kept_and_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(KINDS, "prompts", Limits(KINDS["prompts"].where, mib=-1000))
    found = fuzz("prompts", tmp_path / "home", tmp_path / "kept", seed=1, seconds=60, most=1)
    assert found["memory"] == 1
    assert (tmp_path / "kept" / "prompts-1-0.txt").is_file()
    assert "MiB" in (tmp_path / "kept" / "prompts-1-0.txt.why.txt").read_text()


def test_the_command_tries_a_kept_case_again(tmp_path: Path) -> None:
    case = tmp_path / "prompt_files-1-0.toml"
    case.write_text("prompt = 3")
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.fuzz", "--again", case],
        capture_output=True, text=True, check=False, timeout=100,
    )  # fmt: skip
    assert done.returncode == 0
    assert done.stdout.startswith("refused (")
    assert json.dumps("prompt")[1:-1] in done.stdout
