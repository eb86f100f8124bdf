"""A configuration whose folders are the test's own."""

import ctypes
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mused.daemon.config import Config
from mused.daemon.doctor.check import Check

Make = Callable[..., Config]


@pytest.fixture
def config(tmp_path: Path) -> Make:
    """A configuration with all folders in `tmp_path`, and sections of one's own."""

    def make(**sections: Any) -> Config:
        folders = {"inbox": tmp_path / "inbox", "gallery": tmp_path / "gallery"}
        values: dict[str, Any] = {
            "folders": folders,
            "state": tmp_path / "state",
            "control": {"socket": tmp_path / "mused.sock"},
            **sections,
        }
        return Config.model_validate(values)

    return make


@pytest.fixture
def named() -> Callable[[list[Check]], dict[str, Check]]:
    """Findings by their names, which are all different; whatever is wrong has a next step."""

    def by_name(checks: list[Check]) -> dict[str, Check]:
        assert len({each.name for each in checks}) == len(checks)
        assert all(bool(each.next_step) for each in checks if each.level != "ok")
        return {each.name: each for each in checks}

    return by_name


@pytest.fixture
def dead_mount(tmp_path: Path) -> Iterator[Path]:
    """A mount whose server does not answer: a FUSE one that nobody serves."""
    try:
        server = os.open("/dev/fuse", os.O_RDWR | os.O_CLOEXEC)
    except OSError as error:
        pytest.skip(f"no FUSE here: {error}")
    place = tmp_path / "dead"
    place.mkdir()
    libc = ctypes.CDLL(None, use_errno=True)
    options = f"fd={server},rootmode=40000,user_id={os.getuid()},group_id={os.getgid()}"
    try:
        if libc.mount(b"dead", os.fsencode(place), b"fuse", 0, options.encode()):
            pytest.skip(f"nothing can be mounted here: {os.strerror(ctypes.get_errno())}")
        yield place
        libc.umount2(os.fsencode(place), 2)  # MNT_DETACH
    finally:
        os.close(server)  # whoever waits there gets an error
