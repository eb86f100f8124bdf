"""``mused paint`` through the daemon: its queue, its painter, its gallery."""

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import click

from mused.daemon import config
from mused.daemon.commands.paint_alone import INTERRUPTED
from mused.daemon.commands.paint_order import Order
from mused.daemon.commands.paint_shown import Shown
from mused.daemon.commands.reach import notices_of
from mused.daemon.errors import ControlError, GoneError, NotRunningError
from mused.daemon.events import Event
from mused.daemon.web.client import Client

BACK_WITHIN = 30.0  # seconds that a daemon may be away which restarts or reads its configuration
AWAY_LOOK = 0.2
ENDED = ("done", "failed", "cancelled")


def running(settings: config.Config) -> Client | None:
    """The daemon, where it runs."""
    client = Client(settings.control.socket)
    try:
        client.status()
    except NotRunningError:
        return None
    return client


def paint(client: Client, order: Order, shown: Shown) -> None:
    """Have the daemon paint, and wait for the picture."""
    submitted = client.submit(order.prompt, order.asked)
    job = submitted["id"]
    shown.foretold(submitted.get("notices", ()))  # a daemon of before an update has none
    try:
        picture = _await_picture(client, job, shown)
    except KeyboardInterrupt:
        click.echo(f"job {job} goes on; `mused queue cancel {job}` ends it", err=True)
        raise SystemExit(INTERRUPTED) from None
    shown.written(picture, notices_of(picture))


def _await_picture(client: Client, job: int, shown: Shown) -> Path:
    """Follow the job, over restarts and reloads of the daemon, which end its events."""
    away_since = None
    while True:
        try:
            with closing(client.events()) as events:
                away_since = None
                known = client.job(job)
                if known["status"] not in ENDED:
                    _follow(client, job, events, shown)
                    known = client.job(job)
        except (NotRunningError, GoneError) as error:
            away_since = away_since or time.monotonic()
            if time.monotonic() - away_since > BACK_WITHIN:
                words = f"the daemon ended before job {job} did; it goes on at its next start"
                raise ControlError(words) from error
            time.sleep(AWAY_LOOK)
            continue
        if known["status"] == "done":
            return Path(known["picture"])
        if known["status"] in ENDED:
            reason = known["reason"] or "it was cancelled"
            raise ControlError(f"job {job} was not painted: {reason}")


def _follow(client: Client, job: int, events: Iterator[Event], shown: Shown) -> None:
    """Show how far it is until it or the daemon's events end."""
    for event in events:
        data = event.data
        is_trouble = event.kind == "job.postponed" or (event.kind == "painter" and data["reason"])
        if is_trouble and client.job(job)["status"] == "queued":  # another painter may have it
            shown.foretold([f"Job {job} waits: {data['reason']}."])
        if data.get("job") != job:
            continue
        if event.kind == "job.progress":
            shown.progress(data["step"], data["steps"], data["loss"])
        elif event.kind in ("job.done", "job.failed", "job.cancelled"):
            return
