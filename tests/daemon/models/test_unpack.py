import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from mused.daemon.errors import BadModelError
from mused.daemon.models import unpack as unpacking
from mused.daemon.models.unpack import unpack


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where to unpack; whatever is written outside it is seen."""
    folder = tmp_path / "outer" / "inner"
    folder.mkdir(parents=True)
    return folder


def zipped(path: Path, fill: Callable[[zipfile.ZipFile], object]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        fill(archive)
    return path


def special(name: str, kind: int) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)
    entry.external_attr = (kind | 0o777) << 16
    return entry


def test_files_and_folders_come_out(tmp_path: Path, folder: Path) -> None:
    def fill(archive: zipfile.ZipFile) -> None:
        archive.mkdir("empty")
        archive.writestr("a/b/c.txt", b"x" * 5000)
        archive.writestr(special("run.sh", stat.S_IFREG), b"#!/bin/sh")

    unpack(zipped(tmp_path / "good.zip", fill), folder)
    assert (folder / "a/b/c.txt").read_bytes() == b"x" * 5000
    assert (folder / "empty").is_dir()
    assert not (folder / "run.sh").stat().st_mode & 0o111


@pytest.mark.parametrize(
    "name", ["../out", "a/../../out", "/tmp/out", "a/b/../../../out", "..\\out", "c:\\out", "."]
)
def test_nothing_is_written_outside(name: str, tmp_path: Path, folder: Path) -> None:
    bad = zipped(tmp_path / "bad.zip", lambda archive: archive.writestr(name, b"gotcha"))
    with pytest.raises(BadModelError, match=r"bad\.zip is refused: .*outside its folder"):
        unpack(bad, folder)
    assert list((tmp_path / "outer").rglob("*")) == [folder]


def test_a_bad_entry_is_found_before_the_first_is_written(tmp_path: Path, folder: Path) -> None:
    def fill(archive: zipfile.ZipFile) -> None:
        archive.writestr("good.txt", b"good")
        archive.writestr("../out", b"gotcha")

    with pytest.raises(BadModelError):
        unpack(zipped(tmp_path / "bad.zip", fill), folder)
    assert not list(folder.iterdir())


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR])
def test_links_and_devices_are_refused(kind: int, tmp_path: Path, folder: Path) -> None:
    def fill(archive: zipfile.ZipFile) -> None:
        archive.writestr(special("link", kind), b"/etc")
        archive.writestr("link/passwd", b"gotcha")

    with pytest.raises(BadModelError, match="is a link or a device"):
        unpack(zipped(tmp_path / "bad.zip", fill), folder)


def test_a_bomb_is_refused_by_its_ratio(tmp_path: Path, folder: Path) -> None:
    bomb = zipped(tmp_path / "bomb.zip", lambda archive: archive.writestr("zeros", bytes(10**8)))
    assert bomb.stat().st_size < 200_000
    with pytest.raises(BadModelError, match="would swell to 100 MB"):
        unpack(bomb, folder)
    assert not list(folder.iterdir())


def _lie(path: Path, true: int, told: int) -> None:
    """Tell another size of an entry's content, in both headers."""
    content = path.read_bytes()
    assert content.count(struct.pack("<I", true)) == 2
    path.write_bytes(content.replace(struct.pack("<I", true), struct.pack("<I", told)))


@pytest.mark.parametrize("told", [10, 99_999_999])
def test_a_bomb_that_lies_about_its_size_swells_no_further(
    told: int, tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unpacking, "MOST_RATIO", 1000)
    bomb = zipped(tmp_path / "bomb.zip", lambda archive: archive.writestr("zeros", bytes(10**7)))
    _lie(bomb, 10**7, told)
    with pytest.raises(BadModelError):
        unpack(bomb, folder)
    assert sum(each.stat().st_size for each in folder.iterdir()) <= min(told, 10**7)


def test_overlapping_entries_are_counted_as_often_as_they_stand(
    tmp_path: Path, folder: Path
) -> None:
    """One kernel of content under many names, as in the bombs of D. Fifield."""

    def fill(archive: zipfile.ZipFile) -> None:
        archive.writestr("kernel", bytes(10**6))
        kernel = archive.infolist()[0]
        for number in range(900):
            twin = zipfile.ZipInfo(f"twin{number}")
            for each in ("CRC", "compress_size", "file_size", "header_offset", "compress_type"):
                setattr(twin, each, getattr(kernel, each))
            archive.filelist.append(twin)

    with pytest.raises(BadModelError, match="would swell to 901 MB"):
        unpack(zipped(tmp_path / "bomb.zip", fill), folder)


def test_too_many_files_are_refused(tmp_path: Path, folder: Path) -> None:
    def fill(archive: zipfile.ZipFile) -> None:
        for number in range(1001):
            archive.writestr(str(number), b"")

    with pytest.raises(BadModelError, match="1001 files, more than 1000"):
        unpack(zipped(tmp_path / "many.zip", fill), folder)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_file_that_stands_twice_is_refused(tmp_path: Path, folder: Path) -> None:
    def fill(archive: zipfile.ZipFile) -> None:
        archive.writestr("same", b"good")
        archive.writestr("same", b"evil")

    with pytest.raises(BadModelError, match="a file twice"):
        unpack(zipped(tmp_path / "bad.zip", fill), folder)


def test_a_file_that_is_a_folder_too_is_refused(tmp_path: Path, folder: Path) -> None:
    def fill(archive: zipfile.ZipFile) -> None:
        archive.writestr("am", b"x")
        archive.writestr("am/final.mdl", b"x")

    with pytest.raises(BadModelError, match="a file that is a folder"):
        unpack(zipped(tmp_path / "bad.zip", fill), folder)
    assert not list(folder.iterdir())


def test_a_name_that_no_disk_takes_is_refused(tmp_path: Path, folder: Path) -> None:
    path = zipped(tmp_path / "bad.zip", lambda archive: archive.writestr("é" * 128, b"x"))
    with pytest.raises(BadModelError, match="too long a name"):
        unpack(path, folder)


def test_an_unusual_packing_is_refused(tmp_path: Path, folder: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bad.zip", "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("file", b"x" * 1000)
    with pytest.raises(BadModelError, match="unusual way"):
        unpack(tmp_path / "bad.zip", folder)


@pytest.mark.parametrize("part", [0, 10, 1000, -1, -30])
def test_a_truncated_archive_is_said(part: int, tmp_path: Path, folder: Path) -> None:
    path = zipped(tmp_path / "cut.zip", lambda archive: archive.write(__file__, "file"))
    path.write_bytes(path.read_bytes()[:part])
    with pytest.raises(BadModelError, match=r"cut\.zip is no whole zip"):
        unpack(path, folder)


def test_a_flipped_bit_is_found(tmp_path: Path, folder: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bad.zip", "w") as archive:
        archive.writestr("file", b"x" * 1000)
    content = bytearray((tmp_path / "bad.zip").read_bytes())
    content[200] ^= 1
    (tmp_path / "bad.zip").write_bytes(content)
    with pytest.raises(BadModelError, match="Bad CRC"):
        unpack(tmp_path / "bad.zip", folder)
