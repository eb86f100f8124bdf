"""``mused demo``: the whole path on a machine with no microphone, no GPU and no sound card.

A sentence is spoken to a real daemon; it hears, paints and announces; what it said is recorded
and heard again.
"""

import asyncio
import queue
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from mused.art.errors import PictureError
from mused.art.milestones import Milestones
from mused.art.picture import read_recipe
from mused.daemon import config
from mused.daemon.commands.stage import Stage, open_stage
from mused.daemon.errors import ControlError
from mused.daemon.events import Event
from mused.daemon.hearing.model import Model
from mused.daemon.hearing.recognizer import Recognizer
from mused.daemon.hearing.source import WavSource
from mused.daemon.speaking.synthesizer import Synthesizer
from mused.daemon.web.client import Client

SENTENCE = "computer, generate a sunset with a boat on a lake"
HEARING_LIMIT = 20.0  # seconds from the end of the sentence to something heard
PAINTING_LIMIT = 120.0  # seconds between two signs of life
SMALL_WORDS = frozenset(
    "a an and at by for in is it of on or the to with your".split()  # noqa: SIM905 - reads better
)


@dataclass
class Story:
    """What happened on the way."""

    heard: str | None = None
    reply: str | None = None
    job: int | None = None
    bar: TaskID | None = None
    picture: Path | None = None
    last_words: str | None = None
    """The announcement of the picture, or the reply where no picture was asked for."""
    trouble: list[str] = field(default_factory=list)
    milestones: Milestones = field(default_factory=Milestones)
    """Of the painting, for whoever sees no bar."""


@click.command()
@click.argument("sentence", default=SENTENCE)
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("demo"),
    show_default=True,
    help="Folder that keeps the picture and the recordings.",
)
def demo(sentence: str, out: Path) -> None:
    """Speak SENTENCE to a real daemon and show what comes of it.

    SENTENCE begins with the wake phrase, "computer". Exit status 1 when anything on the way went
    wrong.
    """
    console = Console(highlight=False)
    _check_sentence(sentence)
    # A terminated demo cleans up as an interrupted one does.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    out = out.absolute()
    out.mkdir(parents=True, exist_ok=True)
    said = out / "said.wav"
    asyncio.run(_render(sentence, said))
    with (
        tempfile.TemporaryDirectory(prefix="mused-demo-") as home,
        console.status("starting the daemon"),
        open_stage(Path(home), out) as stage,
    ):
        console.print(f"a real daemon listens, through {stage.sound}")
        story = _follow(stage, sentence, said, console)
        recordings = stage.recordings()
    _check(sentence, story, recordings, console)
    for trouble in story.trouble:
        console.print("[red]✗[/]", Text(trouble))
    if story.trouble:
        raise SystemExit(1)


def _check_sentence(sentence: str) -> None:
    wake = config.Hearing().wake_phrases[0]
    words = _words(sentence)
    if words[: len(wake.split())] != wake.split() or words == wake.split():
        raise click.UsageError(f'the sentence must begin with "{wake}" and go on, as "{SENTENCE}"')
    unknown = list(dict.fromkeys(Model().missing_words(words)))
    if unknown:
        raise click.ClickException(
            f"the shipped speech model does not know: {', '.join(unknown)}. Choose other words for "
            "the demo. In writing `mused paint` takes any; a running mused hears more with `mused "
            "models pull vosk-small-en-us`"
        )


async def _render(text: str, wav: Path) -> None:
    synthesizer = Synthesizer(config.Speaking())
    try:
        await synthesizer.render(text, wav)
    finally:
        await synthesizer.close()


def _follow(stage: Stage, sentence: str, said: Path, console: Console) -> Story:
    """Say it, and tell what happens until the last word about it is said."""
    story = Story()
    with _events(stage.client) as events, _bar(console) as bar:
        console.print("[bold]said[/]      ", Text(sentence))
        stage.speak(said)
        limit = HEARING_LIMIT
        while story.last_words is None and not story.trouble:
            try:
                event = events.get(timeout=limit)
            except queue.Empty:
                story.trouble.append(f"nothing happened for {limit:g} seconds")
                break
            if event.kind == "heard":
                limit = PAINTING_LIMIT
            _tell(event, story, console, bar)
    return story


def _tell(event: Event, story: Story, console: Console, bar: Progress) -> None:
    match event.kind:
        case "heard":
            story.heard = event.data["text"]
            sure = f"({event.data['confidence']:.0%} sure)"
            console.print("[bold]heard[/]     ", Text(story.heard), Text(sure, "dim"))
        case "dropped":
            console.print("[bold]dropped[/]   ", Text(event.data["reason"]))
        case "reply":
            story.reply = event.data["text"]
            console.print("[bold]replied[/]   ", Text(story.reply))
            if not event.data["understood"]:
                story.trouble.append("the sentence was not understood")
        case "job.queued":
            story.job = event.data["job"]
        case "job.progress":
            _tell_progress(event.data["step"], event.data["steps"], story, bar)
        case "job.failed":
            story.trouble.append(f"not painted: {event.data['reason']}")
        case "picture":
            bar.stop()
            story.picture = Path(event.data["picture"])
            console.print("[bold]picture[/]   ", Text(str(story.picture)))
        case "speech.ended" if story.picture or (story.reply and story.job is None):
            story.last_words = event.data["text"]
            if event.data["outcome"] != "said":
                story.trouble.append(f"not said aloud: {event.data['reason']}")
            elif story.picture:
                console.print("[bold]announced[/] ", Text(story.last_words))


def _tell_progress(step: int, steps: int, story: Story, bar: Progress) -> None:
    story.bar = bar.add_task("painting") if story.bar is None else story.bar
    bar.update(story.bar, completed=step, total=steps)
    if not bar.console.is_terminal and story.milestones.passed(step, steps):
        click.echo(f"painting: {step} of {steps} steps", err=True)


@contextmanager
def _events(client: Client) -> Iterator[queue.Queue[Event]]:
    """The daemon's events from now on, in a queue that can be waited for with a limit."""
    events: queue.Queue[Event] = queue.Queue()
    stream = client.events()

    def pump() -> None:
        try:
            for event in stream:
                events.put(event)
        except ControlError:
            return  # the daemon has ended: the limit says so

    threading.Thread(target=pump, name="events", daemon=True).start()
    yield events


def _bar(console: Console) -> Progress:
    return Progress(
        TextColumn("[bold]painting[/]  "),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
    )


def _check(sentence: str, story: Story, recordings: list[Path], console: Console) -> None:
    """Compare what was said with what was heard, painted and announced."""
    wake = config.Hearing().wake_phrases[0]
    asked = _words(sentence)[len(wake.split()) :]
    if story.heard is None:
        story.trouble.append("nothing was heard")
    elif _words(story.heard) != asked:
        story.trouble.append(f"heard {story.heard!r} instead of {' '.join(asked)!r}")
    if story.picture is None:
        return
    try:
        prompt = read_recipe(story.picture).prompt
    except PictureError as error:
        story.trouble.append(str(error))
        return
    _show(story.picture, console)
    again = _hear_again(recordings)
    console.print("[bold]recorded[/]  ", Text(", ".join(map(str, recordings))))
    console.print("[bold]again[/]     ", Text(again))
    lost = [w for w in _words(prompt) if w not in SMALL_WORDS and w not in again.split()]
    if lost:
        story.trouble.append(f"the recorded announcement lacks: {', '.join(lost)}")


def _hear_again(recordings: list[Path]) -> str:
    """What the recogniser makes of the daemon's own voice."""
    model = Model()
    heard = []
    for wav in recordings:
        recognizer = Recognizer(model, 0.0)
        for block in WavSource(wav).blocks():
            if isinstance(block, bytes):
                recognizer.feed(block)
        heard += [word.text for word in recognizer.finish()]
    return " ".join(heard)


def _show(picture: Path, console: Console) -> None:
    # A pseudo-terminal without a size, as some tools make, can show no picture.
    if console.is_terminal and shutil.get_terminal_size((0, 0)).columns:
        from textual_image.renderable import Image  # asks the terminal what it can when imported

        console.print(Image(picture, width=48))


def _words(text: str) -> list[str]:
    return "".join(c if c.isalnum() or c == "'" else " " for c in text.lower()).split()
