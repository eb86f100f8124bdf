"""Several pictures that share their steps come out as each of them alone."""

import copy
import dataclasses
import logging
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from mused.art import frozen
from mused.art.batch import how_many
from mused.art.clip import Clip
from mused.art.errors import NotANumberError, SettingsError
from mused.art.painter import Painter
from mused.art.picture import Picture, Weights
from mused.art.progress import Progress, Watch
from mused.art.settings import Settings
from mused.art.vqgan import VQGAN

PROMPTS = ("a red boat", "a lake ^ a green tree", "a house:2 | blue:-0.5")
CHANGES: list[dict[str, object]] = [
    {},
    {"progressive": 0.5, "average": 0.8},
    {"anchor": 1.5, "anchor_fade": 0.5, "total_variation": 1.0},
    {"optimiser": "radam", "sweep": 2},
    {"start": "sketch", "anchor": 1.0, "progressive": 0.25},
]


def wishes(settings: Settings, **changes: object) -> list[tuple[str, Settings]]:
    common = dataclasses.replace(settings, at_once=3, **changes)  # type: ignore[arg-type]
    return [
        (prompt, dataclasses.replace(common, seed=10 * number))
        for number, prompt in enumerate(PROMPTS, 1)
    ]


def assert_same(together: Picture, alone: Picture) -> None:
    """To the last bits of floating-point numbers, which show in no pixel but by rounding."""
    assert together.recipe.losses == pytest.approx(alone.recipe.losses, rel=1e-4)
    assert together.recipe.steps_done == alone.recipe.steps_done
    assert together.recipe.stop_reason == alone.recipe.stop_reason
    assert together.recipe.notices == alone.recipe.notices
    assert together.recipe.seed_chosen == alone.recipe.seed_chosen
    pixels = [np.asarray(each.image, dtype=int) for each in (together, alone)]
    assert np.abs(pixels[0] - pixels[1]).max() <= 1


@pytest.mark.parametrize("changes", CHANGES, ids=str)
def test_pictures_of_a_batch_are_those_painted_alone(
    painter: Painter, small: Settings, changes: dict[str, object]
) -> None:
    asked = wishes(small, **changes)
    together = painter.paint_many(asked)
    for (prompt, settings), picture in zip(asked, together, strict=True):
        alone = painter.paint(prompt, dataclasses.replace(settings, at_once=1))
        assert_same(picture, alone)
        assert picture.recipe.at_once == 3
        assert alone.recipe.at_once == 1
    assert len({picture.image.tobytes() for picture in together}) == 3


def test_the_networks_see_all_pictures_at_once(
    vqgan: VQGAN, clip: Clip, small: Settings, painter: Painter
) -> None:
    seen: list[int] = []
    counting = copy.deepcopy(clip)
    frozen.made_of(counting, small.precision).register_forward_pre_hook(
        lambda _, inputs: seen.append(len(inputs[0]))
    )
    counted = Painter(vqgan, counting, Weights("v", "0"), Weights("c", "0"))
    counted.paint_many(wishes(small))
    assert seen == [3 * small.cutouts] * small.steps


def test_pictures_of_other_sizes_and_lengths_share_what_they_can(
    painter: Painter, small: Settings
) -> None:
    asked = wishes(small)
    asked[1] = (asked[1][0], dataclasses.replace(asked[1][1], width=64, steps=5))
    asked[2] = (asked[2][0], dataclasses.replace(asked[2][1], steps=20))
    for (prompt, settings), picture in zip(asked, painter.paint_many(asked), strict=True):
        assert_same(picture, painter.paint(prompt, settings))


def test_one_that_is_flat_ends_and_the_others_go_on(painter: Painter, small: Settings) -> None:
    asked = wishes(small, steps=40, cutouts=8)
    still = dataclasses.replace(asked[0][1], learning_rate=1e-6, patience=4)
    asked[0] = (asked[0][0], still)
    together = painter.paint_many(asked)
    assert [each.recipe.stop_reason for each in together] == ["flat", "finished", "finished"]
    assert_same(together[0], painter.paint(*asked[0]))


def test_each_is_watched_and_cancelled_by_itself(painter: Painter, small: Settings) -> None:
    seen: dict[int, list[Progress]] = {0: [], 1: [], 2: []}
    ended: list[int] = []

    def watch(index: int) -> Watch:
        return Watch(
            on_progress=seen[index].append,
            on_picture=lambda picture: ended.append(index),
            cancelled=lambda: index == 1 and len(seen[1]) == 4,
            job=f"job {index}",
        )

    asked = wishes(small)
    together = painter.paint_many(asked, watch)
    assert [len(each) for each in seen.values()] == [12, 4, 12]
    assert [each.recipe.stop_reason for each in together] == ["finished", "cancelled", "finished"]
    assert [each.recipe.job for each in together] == ["job 0", "job 1", "job 2"]
    assert ended == [1, 0, 2]
    assert seen[1][-1].picture().image.tobytes() == together[1].image.tobytes()
    for index in (0, 2):
        assert_same(together[index], painter.paint(asked[index][0], asked[index][1]))


def test_a_cancel_in_mid_step_costs_the_others_nothing(painter: Painter, small: Settings) -> None:
    """The step is repeated without the one that was cancelled, with the same cutouts."""
    asked_of = {0: 0, 1: 0, 2: 0}

    def watch(index: int) -> Watch:
        def cancelled() -> bool:
            asked_of[index] += 1
            return index == 0 and asked_of[0] >= 8  # between the parts of a step

        return Watch(cancelled=cancelled)

    asked = wishes(small)
    together = painter.paint_many(asked, watch)
    assert together[0].recipe.stop_reason == "cancelled"
    assert 0 < together[0].recipe.steps_done < 12
    for index in (1, 2):
        assert_same(together[index], painter.paint(*asked[index]))


def test_each_goes_on_from_its_own_checkpoint(
    painter: Painter,
    small: Settings,
    tmp_path: Path,
    broken_after: Callable[[int], Callable[[object], None]],
) -> None:
    asked = wishes(small)
    whole = painter.paint_many(asked)

    def breaking(index: int) -> Watch:
        return Watch(
            on_progress=broken_after(7 if index == 2 else -1),
            checkpoint=tmp_path / f"{index}.ckpt",
            checkpoint_seconds=0,
        )

    with pytest.raises(ConnectionResetError):
        painter.paint_many(asked, breaking)
    started: list[int] = []
    watch = lambda index: Watch(on_start=started.append, checkpoint=tmp_path / f"{index}.ckpt")  # noqa: E731
    resumed = painter.paint_many(asked, watch)
    assert started == [7, 7, 7]
    for again, picture in zip(resumed, whole, strict=True):
        assert_same(again, picture)


def test_where_memory_runs_short_fewer_share_a_step_before_anything_else(
    vqgan: VQGAN, clip: Clip, small: Settings, painter: Painter
) -> None:
    scarce = copy.deepcopy(clip)

    def fail(module: torch.nn.Module, inputs: tuple[torch.Tensor]) -> None:
        if len(inputs[0]) > 2 * small.cutouts:
            raise torch.OutOfMemoryError("CUDA out of memory")

    frozen.made_of(scarce, small.precision).register_forward_pre_hook(fail)
    narrow = Painter(vqgan, scarce, Weights("v", "0"), Weights("c", "0"))
    asked = wishes(small)
    for wish, picture in zip(asked, narrow.paint_many(asked), strict=True):
        assert picture.recipe.notices == ("Memory ran short: painting 2 at a time.",)
        assert picture.recipe.at_once == (1 if wish is asked[2] else 2)
        alone = painter.paint(*wish)
        assert picture.image.tobytes() == alone.image.tobytes()


def test_where_even_one_is_too_much_the_ladder_goes_on(
    vqgan: VQGAN, clip: Clip, small: Settings
) -> None:
    scarce = copy.deepcopy(clip)

    def fail(module: torch.nn.Module, inputs: tuple[torch.Tensor]) -> None:
        if len(inputs[0]) > small.cutouts / 2:
            raise torch.OutOfMemoryError("CUDA out of memory")

    frozen.made_of(scarce, small.precision).register_forward_pre_hook(fail)
    narrow = Painter(vqgan, scarce, Weights("v", "0"), Weights("c", "0"))
    rungs = ["painting 2 at a time", "painting 1 at a time", "cutouts in 4 groups, float32"]
    notices = [f"Memory ran short: {rung}." for rung in rungs]
    first, second, third = (each.recipe.notices for each in narrow.paint_many(wishes(small)))
    assert list(first) == list(second) == notices
    assert list(third) == [notices[0], notices[2]], "it was one by itself already"


def test_one_that_fails_leaves_the_others_alone(
    vqgan: VQGAN, clip: Clip, small: Settings, painter: Painter
) -> None:
    """Of three pictures the second one's cutouts embed to no numbers."""
    spoilt = copy.deepcopy(clip)

    def spoil(module: object, inputs: tuple[torch.Tensor], output: torch.Tensor) -> torch.Tensor:
        if len(inputs[0]) < 3 * small.cutouts:
            return output
        broken = output.clone()
        broken[small.cutouts : 2 * small.cutouts] = float("nan")
        return broken

    frozen.made_of(spoilt, small.precision).register_forward_hook(spoil)
    ended: dict[int, Picture] = {}
    asked = wishes(small)
    watch = lambda index: Watch(on_picture=lambda picture: ended.update({index: picture}))  # noqa: E731
    breaking = Painter(vqgan, spoilt, Weights("v", "0"), Weights("c", "0"))
    with pytest.raises(NotANumberError, match="step 1"):
        breaking.paint_many(asked, watch)
    assert set(ended) == {0, 2}
    for index, picture in ended.items():
        assert_same(picture, painter.paint(*asked[index]))


def test_one_after_the_other_where_nothing_else_is_said(
    painter: Painter, small: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    """On the CPU; on a GPU sixteen share a step, unless it must be deterministic."""
    cpu, cuda = torch.device("cpu"), torch.device("cuda")
    assert [how_many(small, each) for each in (cpu, cuda)] == [1, 16]
    few = dataclasses.replace(small, at_once=4)
    assert [how_many(few, each) for each in (cpu, cuda)] == [4, 4]
    assert how_many(dataclasses.replace(few, deterministic=True), cuda) == 1
    ended: list[tuple[int, int]] = []
    done: list[int] = []

    def watch(index: int) -> Watch:
        return Watch(
            on_progress=lambda progress: done.append(index),
            on_picture=lambda picture: ended.append((index, len(done))),
        )

    with caplog.at_level(logging.WARNING):
        painter.paint_many([(prompt, small) for prompt in PROMPTS], watch)
    assert ended == [(0, 12), (1, 24), (2, 36)]


def test_what_cannot_be_shared_is_refused(painter: Painter, small: Settings) -> None:
    with pytest.raises(SettingsError, match="the same threads"):
        painter.paint_many([("a", small), ("b", dataclasses.replace(small, threads=2))])
    assert painter.paint_many([]) == []


def test_the_starts_of_a_sweep_share_their_steps_and_the_same_one_wins(
    painter: Painter, small: Settings
) -> None:
    settings = dataclasses.replace(small, steps=30, sweep=5, cutouts=8)
    seen: list[int] = []
    watch = Watch(on_progress=lambda progress: seen.append(progress.step))
    together = painter.paint("a red boat", dataclasses.replace(settings, at_once=2), watch)
    assert_same(together, painter.paint("a red boat", settings))
    assert seen == list(range(1, 4 * 3 + 30 + 1))
    assert together.recipe.at_once == 2
