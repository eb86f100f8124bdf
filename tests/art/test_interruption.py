"""A painting that is killed, cancelled or only watched."""

import dataclasses
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch
from PIL import Image

from mused.art import checkpoint
from mused.art.painter import Painter
from mused.art.progress import Progress, Watch
from mused.art.settings import Settings


def pixels(image: Image.Image) -> bytes:
    return image.tobytes()


def test_an_interrupted_painting_goes_on_as_if_nothing_happened(
    small: Settings,
    painter: Painter,
    tmp_path: Path,
    broken_after: Callable[[int], Callable[[object], None]],
) -> None:
    whole = painter.paint("a lake", small)
    path = tmp_path / "job.ckpt"
    watch = Watch(on_progress=broken_after(7), checkpoint=path, checkpoint_seconds=0)
    with pytest.raises(ConnectionResetError):
        painter.paint("a lake", small, watch)
    started: list[int] = []
    resumed = painter.paint("a lake", small, Watch(on_start=started.append, checkpoint=path))
    assert started == [7]
    assert pixels(resumed.image) == pixels(whole.image)
    assert resumed.recipe.losses == whole.recipe.losses
    assert [p.name for p in tmp_path.iterdir()] == ["job.ckpt"]


def test_a_checkpoint_of_something_else_is_not_taken_up(
    small: Settings,
    painter: Painter,
    tmp_path: Path,
    broken_after: Callable[[int], Callable[[object], None]],
) -> None:
    path = tmp_path / "job.ckpt"
    watch = Watch(on_progress=broken_after(3), checkpoint=path, checkpoint_seconds=0)
    with pytest.raises(ConnectionResetError):
        painter.paint("a lake", small, watch)
    started: list[int] = []
    painter.paint("a boat", small, Watch(on_start=started.append, checkpoint=path))
    path.write_bytes(b"half a che")
    painter.paint("a lake", small, Watch(on_start=started.append, checkpoint=path))
    assert started == [0, 0]


def test_a_checkpoint_over_another_start_picture_or_torch_is_not_taken_up(
    small: Settings,
    painter: Painter,
    tmp_path: Path,
    broken_after: Callable[[int], Callable[[object], None]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path, picture = tmp_path / "job.ckpt", tmp_path / "start.png"
    Image.new("RGB", (48, 32), "red").save(picture)
    settings = dataclasses.replace(small, start="picture", start_picture=picture)

    def interrupted() -> list[int]:
        started: list[int] = []
        watch = Watch(
            on_start=started.append,
            on_progress=broken_after((started or [0])[0] + 3),
            checkpoint=path,
            checkpoint_seconds=0,
        )
        with pytest.raises(ConnectionResetError):
            painter.paint("a lake", settings, watch)
        return started

    assert interrupted() == [0]
    Image.new("RGB", (48, 32), "blue").save(picture)
    assert interrupted() == [0]
    monkeypatch.setattr(torch, "__version__", "1.0")
    assert interrupted() == [0]
    started: list[int] = []
    painter.paint("a lake", settings, Watch(on_start=started.append, checkpoint=path))
    assert started == [3]


def test_a_checkpoint_is_never_unpickled(tmp_path: Path) -> None:
    class Bomb:
        def __reduce__(self) -> tuple[object, tuple[Path]]:
            return Path.touch, (tmp_path / "boom",)

    torch.save({"identity": "x", "state": Bomb()}, tmp_path / "evil.ckpt")
    assert checkpoint.read(tmp_path / "evil.ckpt", "x") is None
    assert not (tmp_path / "boom").exists()


def test_an_unwritable_checkpoint_does_not_spoil_the_picture(
    small: Settings, painter: Painter, tmp_path: Path
) -> None:
    watch = Watch(checkpoint=tmp_path / "gone" / "job.ckpt", checkpoint_seconds=0)
    assert painter.paint("a lake", small, watch).recipe.stop_reason == "finished"


def test_cancelling_keeps_the_last_frame(small: Settings, painter: Painter) -> None:
    seen: list[Progress] = []
    watch = Watch(
        on_progress=seen.append, cancelled=lambda: len(seen) == 4, preview_seconds=0, job="j"
    )
    picture = painter.paint("a lake", small, watch)
    assert picture.recipe.stop_reason == "cancelled"
    assert picture.recipe.steps_done == 4
    assert picture.recipe.job == "j"
    assert seen[-1].image is not None
    assert pixels(picture.image) == pixels(seen[-1].image)
    assert pixels(seen[-1].picture().image) == pixels(picture.image)


def test_a_progress_keeps_its_frame_and_recipe(small: Settings, painter: Painter) -> None:
    """Asked for after the painting and by another thread, as a late cancel does."""
    seen: list[Progress] = []
    watch = Watch(on_progress=seen.append, preview_seconds=0)
    recipe = painter.paint("a lake", small, watch).recipe
    with ThreadPoolExecutor(1) as pool:
        early = pool.submit(seen[2].picture).result()
    assert seen[2].image is not None
    assert pixels(early.image) == pixels(seen[2].image)
    assert (early.recipe.steps_done, early.recipe.losses) == (3, recipe.losses[:3])
    assert (early.recipe.stop_reason, early.recipe.threads) == ("cancelled", recipe.threads)


def test_cancelled_before_the_first_step_the_start_is_kept(
    small: Settings, painter: Painter
) -> None:
    picture = painter.paint("a lake", small, Watch(cancelled=lambda: True))
    start = painter.paint("a lake", dataclasses.replace(small, steps=0))
    assert picture.recipe.steps_done == 0
    assert pixels(picture.image) == pixels(start.image)


def test_progress_counts_and_estimates(small: Settings, painter: Painter) -> None:
    seen: list[Progress] = []
    painter.paint("a lake", small, Watch(on_progress=seen.append))
    assert [p.step for p in seen] == list(range(1, 13))
    assert {p.steps for p in seen} == {12}
    assert seen[0].seconds_left is None
    assert seen[-1].seconds_left == 0
    assert all(p.image is None for p in seen)
