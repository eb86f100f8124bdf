import os
import resource
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest

from mused.art.files import create_atomically, sync_folder, unfinished, write_atomically


@contextmanager
def full_disk() -> Iterator[None]:
    """No file of this process may grow beyond ten bytes."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("durable", [True, False])
def test_a_full_disk_leaves_the_old_file_and_nothing_else(tmp_path: Path, durable: bool) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"old")
    with full_disk(), pytest.raises(OSError, match="too large"):
        write_atomically(path, lambda file: file.write(bytes(100)), durable=durable)
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["a.txt"]
    with full_disk(), pytest.raises(OSError, match="too large"):
        create_atomically(tmp_path / "b.txt", lambda file: file.write(bytes(100)))
    assert names(tmp_path) == ["a.txt"]


def test_two_writers_of_a_name_do_not_mix(tmp_path: Path) -> None:
    """The second begins while the first is half-way."""

    def first(file: IO[bytes]) -> None:
        file.write(b"first ")
        write_atomically(tmp_path / "a.txt", lambda other: other.write(b"second"))
        assert (tmp_path / "a.txt").read_bytes() == b"second"
        file.write(b"whole")

    write_atomically(tmp_path / "a.txt", first)
    assert (tmp_path / "a.txt").read_bytes() == b"first whole"
    assert names(tmp_path) == ["a.txt"]


def test_files_are_readable_as_any_other(tmp_path: Path) -> None:
    (tmp_path / "plain").touch()
    made = create_atomically(tmp_path / "made", lambda file: file.write(b"x"))
    assert made.stat().st_mode == (tmp_path / "plain").stat().st_mode


@pytest.mark.parametrize("links", [True, False])
def test_new_files_never_replace_each_other(
    tmp_path: Path, links: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not where many write at once, and not on a file system without hard links."""

    def refused(source: Path, target: Path) -> None:
        raise PermissionError(1, "Operation not permitted")

    if not links:
        monkeypatch.setattr(os, "link", refused)

    def create(number: int) -> Path:
        content = str(number).encode()
        return create_atomically(
            tmp_path / "a.txt", lambda file: file.write(content), free_name=True
        )

    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(create, range(64)))
    assert [path.read_text() for path in made] == [str(number) for number in range(64)]
    assert len(names(tmp_path)) == 64
    with pytest.raises(FileExistsError):
        create_atomically(tmp_path / "a.txt", lambda file: file.write(b"x"))


def test_what_a_killed_writer_leaves_is_found_by_the_name_it_was_to_get(tmp_path: Path) -> None:
    path = tmp_path / ("[ä]" * 60 + ".txt")  # nearly as long as a name can be

    def look(file: IO[bytes]) -> None:
        found.extend(unfinished(path))
        assert not list(unfinished(tmp_path / "a.txt"))

    found: list[Path] = []
    write_atomically(path, look)
    assert len(found) == 1
    assert found[0].name.startswith(".")
    assert not list(unfinished(path))
    assert path.exists()


def test_a_file_system_that_syncs_no_folders_is_no_error(tmp_path: Path) -> None:
    """As many FUSE and network mounts; the kernel's own is one of them."""
    handle = os.open("/proc", os.O_RDONLY | os.O_DIRECTORY)
    try:
        with pytest.raises(OSError, match="Invalid argument"):
            os.fsync(handle)
    finally:
        os.close(handle)
    sync_folder(Path("/proc"))
    with pytest.raises(FileNotFoundError):
        sync_folder(tmp_path / "none")
