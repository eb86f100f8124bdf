"""``mused paint`` in a process of its own."""

import os
import secrets
import signal
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mused.art import animation, estimate
from mused.art.errors import DiskError
from mused.art.picture import Picture, Settings
from mused.art.progress import Progress as Painted
from mused.art.sheet import contact_sheet
from mused.daemon import config
from mused.daemon.commands.paint_order import Order
from mused.daemon.commands.paint_shown import Shown, clock, foreseen
from mused.daemon.folders.latest import FINISHED, show_latest

if TYPE_CHECKING:
    from mused.art import Painter

LONG = 120.0
"""Seconds of painting that are told before it begins."""
INTERRUPTED = 130
"""The exit status after Ctrl-C, as of every program (128 + SIGINT)."""


def paint(settings: config.Config, order: Order, wanted: Settings, shown: Shown) -> None:
    """Paint and write all that is asked for.

    At Ctrl-C the last frame is kept and the command ends; at a second one at once.
    """
    from mused.art import Painter, Watch

    output = order.output or _in_gallery(settings)
    film = animation.Film()
    shown.foretold(foreseen(order.prompt, wanted))
    done = [0] * order.variations
    with interruptible() as stopped:
        painter = Painter.load(wanted)
        _estimate(painter, wanted, order.variations, shown)
        begun: set[int] = set()

        def watch(number: int) -> Watch:
            def on_progress(progress: Painted) -> None:
                begun.add(number)
                done[number] = progress.step
                shown.progress(sum(done), order.variations * progress.steps, progress.loss)
                if order.animation is not None:
                    film.look(progress)

            def on_picture(picture: Picture) -> None:
                # At once: whatever happens to the next ones, this one is there.
                path = _named(output, number + 1) if order.variations > 1 else output
                saved = _saved(picture, path)
                shown.written(saved, (*picture.recipe.notices, *_unfinished(picture)))
                if picture.recipe.stop_reason in FINISHED:
                    show_latest(settings.folders.gallery, saved)
                if order.animation is not None:
                    shown.written(film.save(picture, order.animation, free_name=True))
                begun.discard(number)
                if stopped.is_set() and not begun:
                    raise SystemExit(INTERRUPTED)

            return Watch(on_progress=on_progress, on_picture=on_picture, cancelled=stopped.is_set)

        wishes = [(order.prompt, each) for each in _seeded(wanted, order.variations)]
        pictures = painter.paint_many(wishes, watch)
    if order.variations > 1:
        shown.written(contact_sheet(pictures).save(_named(output, "sheet"), free_name=True))


def _unfinished(picture: Picture) -> tuple[str, ...]:
    recipe = picture.recipe
    if recipe.stop_reason != "cancelled":
        return ()
    return (f"Stopped after {recipe.steps_done} of {recipe.settings.steps} steps.",)


def _saved(picture: Picture, path: Path) -> Path:
    """Write a picture, where its place refuses in the folder for temporary files. Raises DiskError.

    What took minutes to paint is not lost to a disk that filled up meanwhile.
    """
    try:
        return picture.save(path, free_name=True)
    except DiskError as error:
        elsewhere = Path(tempfile.gettempdir()) / path.name
        if elsewhere == path:
            raise
        kept = None
        with suppress(DiskError):
            kept = picture.save(elsewhere, free_name=True)
        raise DiskError(
            f"{error}. The picture is kept as {kept}" if kept else str(error)
        ) from error


def _seeded(wanted: Settings, variations: int) -> list[Settings]:
    """Return the settings of each variation, which tries starts of its own."""
    first = secrets.randbelow(2**31) if wanted.seed is None else wanted.seed
    seeds = [(first + number * wanted.sweep) % 2**63 for number in range(variations)]
    return [replace(wanted, seed=seed) for seed in seeds]


def _estimate(painter: "Painter", wanted: Settings, variations: int, shown: Shown) -> None:
    """Say how long it will take where that is long, and what would be quicker."""
    if painter.networks.device.type != "cpu" or not wanted.steps:
        return
    steps = variations * estimate.steps_of(wanted)
    step = estimate.step_seconds(painter.networks, wanted, LONG / steps)
    if (seconds := step * steps) < LONG:
        return
    smaller = estimate.smaller(wanted)
    quick = estimate.step_seconds(painter.networks, smaller) * estimate.steps_of(smaller)
    words = (
        f"This takes about {clock(seconds)} on this machine's CPU, {step:.2g} s a step."
        f" A quick one of about {clock(quick)}: {_options(wanted, smaller)}"
    )
    shown.estimate(
        words if smaller != wanted else words.partition(" A quick one")[0], seconds, step
    )


def _options(wanted: Settings, smaller: Settings) -> str:
    """Return the options that make one of the other."""
    before, after = wanted.plain(), smaller.plain()
    changed = {name: value for name, value in after.items() if value != before[name]}
    if changed.keys() & {"width", "height"}:
        changed = {"size": f"{smaller.width}x{smaller.height}"} | changed
    named = ("size", "steps", "cutouts", "sweep")
    return " ".join(f"--{name} {changed[name]}" for name in named if name in changed)


@contextmanager
def interruptible() -> Iterator[threading.Event]:
    """Have the first Ctrl-C set an event and the second one end the process.

    A thread hears of them: Python's own handlers wait for the step to return, which may take
    minutes with large networks.
    """
    stopped = threading.Event()
    heard, told = os.pipe()
    os.set_blocking(told, False)

    def listen() -> None:
        while number := os.read(heard, 1):
            if number[0] != signal.SIGINT:
                continue
            if stopped.is_set():
                os._exit(INTERRUPTED)
            stopped.set()
            click.echo("stopping after this step; Ctrl-C once more ends at once", err=True)
        os.close(heard)

    before = signal.set_wakeup_fd(told, warn_on_full_buffer=False)
    usual = signal.signal(signal.SIGINT, lambda *_: None)
    threading.Thread(target=listen, name="interruptions", daemon=True).start()
    try:
        yield stopped
    finally:
        signal.signal(signal.SIGINT, usual)
        signal.set_wakeup_fd(before)
        os.close(told)


def _in_gallery(settings: config.Config) -> Path:
    output = settings.folders.gallery / time.strftime("%Y%m%d-%H%M%S.png")
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DiskError(f"the gallery cannot be made: {error}") from error
    return output


def _named(output: Path, what: object) -> Path:
    return output.with_stem(f"{output.stem}-{what}")
