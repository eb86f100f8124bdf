"""``mused demo``: the whole path on a machine with no microphone, no GPU and no sound card.

A sentence is spoken into a private sound server; a real daemon hears, paints and announces; what
it said is recorded and heard again.
"""

import asyncio
import tempfile
from contextlib import ExitStack
from pathlib import Path

import click
from rich.console import Console

from mused.daemon import config
from mused.daemon.commands.stage import Stage, open_stage
from mused.daemon.commands.story import Story, follow
from mused.daemon.hearing.ears import hear_file
from mused.daemon.hearing.model import Model
from mused.daemon.speaking.synthesizer import Synthesizer
from mused.skills.router import words_of

SENTENCE = "computer, generate a sunset with a boat on a lake"
# A recogniser may take one small word for another; the announcement must keep all others.
SMALL_WORDS = frozenset("a an and at by for in is it of on or the to with your".split())


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

    It begins with the wake phrase, "computer". Exit status 1 when anything on the way went wrong.
    """
    console = Console(highlight=False)
    out = out.absolute()
    out.mkdir(parents=True, exist_ok=True)
    said = out / "said.wav"
    asyncio.run(_render(sentence, said))
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mused-demo-")))
        stage = stack.enter_context(open_stage(home, out, console))
        console.print(f"🗣  [bold]{sentence}[/]")
        story = follow(stage, said, console)
    problems = _problems(sentence, story, out / "announced.wav", console)
    for problem in problems:
        console.print(f"[red]✗[/] {problem}")
    if problems:
        raise SystemExit(1)
