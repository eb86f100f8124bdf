"""``mused devices``: microphones and speakers, and a level meter of the one mused listens to."""

import json
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import asdict

import click
from rich.console import Console
from rich.live import Live
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from mused.daemon import config
from mused.daemon.config import Hearing
from mused.daemon.doctor.devices import Device, devices
from mused.daemon.doctor.meter import Reading, readings
from mused.daemon.errors import HearingError

WIDTH = 24  # characters of the bar
LOWEST = -80.0  # dBFS at its left end
SECOND = 10  # readings


@click.command("devices")
@click.option(
    "--meter",
    "seconds",
    is_flag=False,
    flag_value=10.0,
    type=click.FloatRange(0.5, 3600.0),
    metavar="[SECONDS]",
    help="Show the microphone's level for so long, 10 seconds unless told otherwise.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object, levels in dBFS.")
@click.pass_context
def show_devices(ctx: click.Context, seconds: float | None, as_json: bool) -> None:
    """List microphones and speakers; * marks those that mused takes.

    A part of a name is what [hearing] device and [speaking] device take; those of the sound server
    need its `pactl`. Works beside a running mused, unless the microphone can only be opened once.
    """
    settings = config.load(ctx.obj)
    found = devices(settings)
    if as_json:
        heard = list(_for(seconds, settings.hearing)) if seconds else []
        told = {"devices": [asdict(each) for each in found]}
        told |= {"meter": [asdict(each) for each in heard]} if seconds else {}
        click.echo(json.dumps(told, indent=2))
        return
    _list(found)
    for kind, name in (
        ("microphone", settings.hearing.device),
        ("speaker", settings.speaking.device),
    ):
        if name and not any(each.taken and each.kind == kind for each in found):
            click.echo(f"Warning: no {kind} is called {name!r}", err=True)
    if seconds:
        if not any(each.kind == "microphone" for each in found):
            raise HearingError("there is no microphone: `mused doctor` tells what to do")
        show = _show_bar if sys.stdout.isatty() else _show_lines
        show(_for(seconds, settings.hearing))


def _list(found: Sequence[Device]) -> None:
    if not sys.stdout.isatty():
        for each in found:
            mark = "*" if each.taken else " "
            usual = f"{each.rate} Hz, {each.channels} channels, {each.host_api}"
            click.echo(f"{mark} {each.kind:10} {each.index:3}  {each.name}  ({usual})")
        if not found:
            click.echo("there are neither microphones nor speakers: `mused doctor` tells more")
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in ("", "", "#", "name", "Hz", "channels", "through"):
        table.add_column(heading, justify="right" if heading in {"#", "Hz", "channels"} else "left")
    for each in found:
        cells = (str(each.index), escape(each.name), str(each.rate), str(each.channels))
        through = escape(each.host_api)
        table.add_row("*" if each.taken else "", each.kind, *cells, through)
    Console().print(table)


def _for(seconds: float, settings: Hearing) -> Iterator[Reading]:
    """Readings for so many seconds after the first."""
    with closing(readings(settings)) as heard:
        end: float | None = None
        for reading in heard:
            end = end or time.monotonic() + seconds
            yield reading
            if time.monotonic() >= end:
                return


def _show_lines(heard: Iterator[Reading]) -> None:
    """A line a second, of the loudest moment in it."""
    moments: list[Reading] = []
    for reading in heard:
        moments.append(reading)
        if len(moments) == SECOND:
            click.echo(_words(max(moments, key=lambda each: each.level)))
            moments.clear()
    if moments:
        click.echo(_words(max(moments, key=lambda each: each.level)))


def _words(reading: Reading) -> str:
    speech = "speech" if reading.speech else "no speech"
    verdict = f", {reading.verdict}" if reading.verdict else ""
    return f"level {reading.level:.1f} dBFS, peak {reading.peak:.1f} dBFS, {speech}{verdict}"


def _show_bar(heard: Iterator[Reading]) -> None:
    highest = LOWEST
    with Live(console=Console(), refresh_per_second=10) as live:
        for reading in heard:
            highest = max(highest - 1.0, reading.peak)  # falls slowly, so that it can be read
            live.update(_bar(reading, highest))


def _bar(reading: Reading, highest: float) -> Text:
    filled, mark = _column(reading.level), _column(highest)
    bar = ["█" if at < filled else "·" for at in range(WIDTH)]
    bar[min(mark, WIDTH - 1)] = "│"
    colour = "red" if reading.verdict else "green" if reading.speech else "white"
    line = Text.assemble(("".join(bar), colour), f" {_words(reading)}")
    line.no_wrap, line.overflow = True, "ellipsis"
    return line


def _column(level: float) -> int:
    return max(0, min(WIDTH, round(WIDTH * (1 - level / LOWEST))))
