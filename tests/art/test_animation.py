import dataclasses
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageSequence

from mused.art import animation
from mused.art.errors import DiskError, PictureError
from mused.art.painter import Painter
from mused.art.picture import Picture, read_recipe
from mused.art.progress import Watch
from mused.art.settings import Settings
from mused.art.sheet import contact_sheet

SMALL = Settings(
    width=48,
    height=32,
    steps=6,
    seed=5,
    start="noise",
    learning_rate=1,
    anchor=0,
    cutouts=2,
    threads=1,
)


def filmed(painter: Painter, settings: Settings = SMALL) -> tuple[animation.Film, Picture]:
    film = animation.Film()
    return film, painter.paint("a boat", settings, Watch(on_progress=film.look))


@pytest.mark.parametrize("name", ["x.gif", "x.webp"])
def test_an_animation_ends_with_the_picture_and_holds_its_recipe(
    painter: Painter, tmp_path: Path, name: str
) -> None:
    film, picture = filmed(painter)
    path = film.save(picture, tmp_path / name)
    assert read_recipe(path) == picture.recipe
    with Image.open(path) as opened:
        frames = [frame.convert("L") for frame in ImageSequence.Iterator(opened)]
    assert len(frames) == 7
    last = np.asarray(picture.image.convert("L"), dtype=float)
    differences = [
        np.abs(np.asarray(frame, dtype=float) - last).mean() for frame in (frames[0], frames[-1])
    ]
    assert differences[1] < 12
    assert differences[0] > differences[1]
    second = film.save(picture, path, free_name=True)
    assert second.read_bytes() == path.read_bytes()
    assert sorted(each.name for each in tmp_path.iterdir()) == sorted([path.name, second.name])


def test_long_paintings_are_shown_in_so_many_frames(painter: Painter, tmp_path: Path) -> None:
    film, picture = filmed(painter, dataclasses.replace(SMALL, steps=130, cutouts=1))
    with Image.open(film.save(picture, tmp_path / "x.gif")) as opened:
        assert 40 <= getattr(opened, "n_frames", 1) <= animation.MOST_FRAMES + 1


def test_a_half_size_part_is_shown_as_large_as_the_rest(painter: Painter, tmp_path: Path) -> None:
    film, picture = filmed(painter, dataclasses.replace(SMALL, progressive=0.5))
    with Image.open(film.save(picture, tmp_path / "x.webp")) as opened:
        assert opened.size == (48, 32)


def test_what_cannot_be_written_is_said(
    painter: Painter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    film, picture = filmed(painter, dataclasses.replace(SMALL, steps=1))
    with pytest.raises(PictureError, match=r"must end in \.gif, \.webp, \.mp4"):
        film.save(picture, tmp_path / "x.avi")
    with pytest.raises(DiskError, match="No such file"):
        film.save(picture, tmp_path / "gone" / "x.gif")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PictureError, match="needs ffmpeg, which is not installed"):
        animation.check(tmp_path / "x.mp4")


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="MP4 needs ffmpeg")
def test_an_mp4_is_written_by_ffmpeg(painter: Painter, tmp_path: Path) -> None:
    film, picture = filmed(painter)
    path = film.save(picture, tmp_path / "x.mp4")
    assert path.read_bytes()[4:8] == b"ftyp"
    assert [each.name for each in tmp_path.iterdir()] == ["x.mp4"]


def test_a_failing_ffmpeg_leaves_nothing(
    painter: Painter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "bin" / "ffmpeg"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\ncat >/dev/null\necho 'no encoder here' >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/bin:/usr/bin")
    film, picture = filmed(painter, dataclasses.replace(SMALL, steps=1))
    (tmp_path / "out").mkdir()
    with pytest.raises(DiskError, match="ffmpeg failed: no encoder here"):
        film.save(picture, tmp_path / "out" / "x.mp4")
    assert list((tmp_path / "out").iterdir()) == []


def test_a_contact_sheet_shows_every_picture_with_its_seed(painter: Painter) -> None:
    pictures = [painter.paint("a boat", dataclasses.replace(SMALL, seed=seed)) for seed in range(5)]
    sheet = contact_sheet(pictures)
    assert sheet.recipe == dataclasses.replace(pictures[0].recipe, variations=5)
    width, height = 48 + 8, 32 + 16 + 8
    assert sheet.image.size == (8 + 3 * width, 8 + 2 * height)
    for number, picture in enumerate(pictures):
        left, top = 8 + number % 3 * width, 8 + number // 3 * height
        shown = sheet.image.crop((left, top, left + 48, top + 32))
        assert shown.tobytes() == picture.image.tobytes()
        label = sheet.image.crop((left, top + 32, left + 48, top + 48))
        assert np.asarray(label).min() < 100, "its seed is written below"
