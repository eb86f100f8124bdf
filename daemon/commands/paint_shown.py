"""What ``mused paint`` shows while it paints: a bar, plain lines, or JSON lines."""

import json
import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

from mused.art.foresight import foresee
from mused.art.milestones import Milestones
from mused.art.prompt import parse
from mused.art.settings import Settings

log = logging.getLogger(__name__)


class Shown(Protocol):
    """Where it is told how a painting goes."""

    def progress(self, step: int, steps: int, loss: float | None) -> None:
        """Tell how many steps are done."""

    def estimate(self, words: str, seconds: float, step_seconds: float) -> None:
        """Tell of a painting that will take long."""

    def foretold(self, notices: Sequence[str]) -> None:
        """Tell already now what the person should know of a picture to come."""

    def written(self, path: Path, notices: Sequence[str] = ()) -> None:
        """Tell where a picture is, and what the person should know of it and was not told."""


class _Pace:
    """How fast steps follow the first one that was seen, which takes longer than others."""

    def __init__(self) -> None:
        self._first: tuple[int, float] | None = None

    def at(self, step: int) -> float | None:
        """Return steps a second; None where nobody knows yet."""
        now = time.monotonic()
        if self._first is None or step < self._first[0]:
            self._first = (step, now)
        begun, since = self._first
        return (step - begun) / (now - since) if step > begun and now > since else None


class Lines:
    """One JSON object a line on standard output: foretold, estimate, progress, written.

    What was foretold stands beside the written picture as well, for whoever reads that line only.
    """

    def __init__(self) -> None:
        self._pace = _Pace()

    def progress(self, step: int, steps: int, loss: float | None) -> None:
        """Tell of a step."""
        pace = self._pace.at(step)
        self._say(
            "progress",
            step=step,
            steps=steps,
            loss=loss and round(loss, 5),
            steps_per_second=pace and round(pace, 3),
            seconds_left=pace and round((steps - step) / pace, 1),
        )

    def estimate(self, words: str, seconds: float, step_seconds: float) -> None:
        """Tell of a painting that will take long."""
        self._say("estimate", seconds=round(seconds), step_seconds=step_seconds, words=words)

    def foretold(self, notices: Sequence[str]) -> None:
        """Tell what is known already."""
        if notices:
            self._say("foretold", notices=list(notices))

    def written(self, path: Path, notices: Sequence[str] = ()) -> None:
        """Tell where a picture is."""
        self._say("written", picture=str(path), notices=list(notices))

    def _say(self, event: str, **values: Any) -> None:
        click.echo(json.dumps({"event": event, **values}))


class Bar:
    """A bar on standard error, or a line now and then where that is no terminal.

    Standard output has the path alone.
    """

    def __init__(self) -> None:
        console = Console(stderr=True)
        self._milestones = None if console.is_terminal else Milestones()
        self._bar = Progress(
            SpinnerColumn(),
            TextColumn("painting"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[how]}"),
            console=console,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task("painting", total=None, how="")
        self._pace = _Pace()
        self._told: set[str] = set()

    def __enter__(self) -> "Bar":
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def progress(self, step: int, steps: int, loss: float | None) -> None:
        """Tell of a step."""
        pace = self._pace.at(step)
        facts = (
            f"{pace:.2g} steps/s" if pace else "",
            f"loss {loss:.3f}" if loss is not None else "",
            f"{clock((steps - step) / pace)} left" if pace else "",
        )
        how = ", ".join(filter(None, facts))
        self._bar.update(self._task, completed=step, total=steps, how=how)
        if self._milestones is not None and self._milestones.passed(step, steps):
            click.echo(f"painting: {step} of {steps} steps, {how}", err=True)

    def estimate(self, words: str, seconds: float, step_seconds: float) -> None:
        """Tell of a painting that will take long."""
        with self._aside():
            click.echo(words, err=True)
        self._bar.update(self._task, how=f"about {clock(seconds)}")

    def foretold(self, notices: Sequence[str]) -> None:
        """Tell what is known already."""
        with self._aside():
            self._tell(notices)

    def written(self, path: Path, notices: Sequence[str] = ()) -> None:
        """Tell where a picture is."""
        with self._aside():
            self._tell(notices)
            click.echo(path)

    def _tell(self, notices: Sequence[str]) -> None:
        for notice in notices:
            if notice not in self._told:
                click.echo(notice, err=True)
        self._told.update(notices)

    @contextmanager
    def _aside(self) -> Iterator[None]:
        """Take the bar away while something else is written."""
        self._bar.stop()
        yield
        self._bar.start()


@contextmanager
def shown(*, as_json: bool) -> Iterator[Shown]:
    """Show a painting."""
    if as_json:
        yield Lines()
        return
    with Bar() as bar:
        yield bar


def foreseen(prompt: str, settings: Settings) -> Sequence[str]:
    """What is sure already of a picture to come; nothing where that cannot be found out.

    Raises PromptError for an unusable prompt.
    """
    wanted = parse(prompt)
    try:
        return foresee(wanted, settings).notices
    except Exception:  # a courtesy, which keeps no picture from being painted
        log.debug("nothing is foretold", exc_info=True)
        return ()


def clock(seconds: float) -> str:
    """Return a span as 0:09, 12:30 or 1:05:00."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
