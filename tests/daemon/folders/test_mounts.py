"""Kinds of mounts: which ones change out of this kernel's sight."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from mused.daemon.folders import mounts
from mused.daemon.folders.mounts import Mount, mount_of


@pytest.mark.parametrize("kind", ["nfs4", "cifs", "smb3", "9p", "vboxsf", "fuse.sshfs", "fuse"])
def test_network_mounts(kind: str) -> None:
    assert Mount(Path("/"), kind).is_remote


@pytest.mark.parametrize("kind", ["ext4", "tmpfs", "fuseblk", "fuse.gocryptfs", "unknown"])
def test_local_mounts(kind: str) -> None:
    assert not Mount(Path("/"), kind).is_remote


def test_a_mount_with_a_space_and_an_umlaut(disk: Callable[..., Path], tmp_path: Path) -> None:
    place = disk("1m", name="Bü cher")
    assert mount_of(place) == mount_of(place / "not there") == Mount(place, "tmpfs")
    assert mount_of(tmp_path).folder != place


def test_without_proc_the_file_system_itself_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hidden(path: Path, **options: object) -> str:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_text", hidden)
    asked = mount_of(tmp_path)
    assert (asked.folder, asked.kind) == (tmp_path, "unknown")
    magic = int(subprocess.check_output(["stat", "-f", "-c", "%t", tmp_path]), 16)
    monkeypatch.setitem(mounts.MAGIC, magic, "this one")
    assert mount_of(tmp_path).kind == "this one"
