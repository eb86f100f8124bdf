"""Few file descriptors, and no further inotify instances."""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mused.art.picture import read_recipe

Start = Callable[..., Any]
# For a user of a namespace of its own; everybody else keeps theirs.
NO_INOTIFY = ("unshare", "--user", "--map-root-user", "sh", "-c",
              'echo 0 >/proc/sys/user/max_inotify_instances; exec "$@"', "sh")  # fmt: skip


def limited(files: int) -> tuple[str, ...]:
    return ("sh", "-c", f'ulimit -n {files}; exec "$@"', "sh")


def test_sixty_four_files_are_enough(household: Start) -> None:
    home = household(prefix=limited(64))
    home.start()
    for number in range(20):
        (home.inbox / f"{number:02}.txt").write_text("a red boat\n" if not number else "\n")
    picture = Path(home.event("picture").data["picture"])
    assert read_recipe(picture).prompt == "a red boat"
    assert home.event("speech.ended", 10).data["outcome"] in ("said", "silent")
    assert home.stop() == 0


@pytest.mark.parametrize("files", [32, 20])
def test_too_few_files_are_told(household: Start, files: int) -> None:
    home = household(prefix=limited(files))
    with pytest.raises(AssertionError):
        home.start()
    assert home.process.returncode == 1
    assert f"only {files} open files are allowed, mused needs 64" in home.log
    assert "LimitNOFILE=1024" in home.log
    assert "Traceback" not in home.log


def test_a_low_limit_that_may_be_raised_is_raised(household: Start) -> None:
    home = household(prefix=("sh", "-c", 'ulimit -Sn 20; exec "$@"', "sh"))
    home.start()
    limits = Path(f"/proc/{home.process.pid}/limits").read_text()
    assert re.search(r"Max open files +1024 ", limits)
    assert home.stop() == 0


def test_no_inotify_instance_is_left(household: Start) -> None:
    if subprocess.run([*NO_INOTIFY, "true"], check=False).returncode:
        pytest.skip("no namespace of a user's own can be made here")
    home = household(prefix=NO_INOTIFY)
    home.sections["folders"]["poll"] = 1.0  # 30 s are as good
    home.start()
    home.wait_for(lambda: "is scanned every" in home.log, 10)
    (home.inbox / "boat.txt").write_text("a red boat\n")
    assert home.event("picture", 90).data["prompt"] == "a red boat"
    assert home.stop() == 0
