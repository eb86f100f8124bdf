"""What works on this machine, and what to do about the rest."""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from queue import Empty, SimpleQueue

from mused.daemon.config import Config
from mused.daemon.doctor import (
    daemon,
    folders,
    machine,
    packages,
    painter,
    service,
    sound,
    speech,
    state,
)
from mused.daemon.doctor.check import Check

Examine = Callable[[Config], list[Check]]

CHECKS: Mapping[str, Examine] = {
    "packages": packages.packages,
    "machine": machine.machine,
    "sound": sound.sound,
    "voice": speech.voice,
    "speech-model": speech.speech_model,
    "painter": painter.painter,
    "skills": daemon.skills,
    "folders": folders.folders,
    "inotify": folders.inotify,
    "state": state.state,
    "service": service.service,
    "daemon": daemon.daemon,
}
AUDIBLE: Mapping[str, Examine] = {**CHECKS, "sound": partial(sound.sound, play=True)}
"""The same, but a quiet tone is heard."""

ABOUT: Mapping[str, str] = {
    "packages": "Python and the packages that mused needs",
    "machine": "text encoding, clock, open files, access to sound card and GPU",
    "sound": "microphone, recording and its level, speaker, playback",
    "voice": "a phrase is rendered",
    "speech-model": "it loads and knows the words of wake phrase and skills",
    "painter": "torch, GPU, weights, and two steps of a painting",
    "skills": "every skill loads",
    "folders": "inbox, gallery, state and socket can be used, and the disk has room",
    "inotify": "one more folder can be watched",
    "state": "the databases are whole, nothing is left over",
    "service": "how systemd sees mused",
    "daemon": "whether it runs, answers and may hear",
}
"""What each looks at, in a few words."""

LIMIT = 30.0  # seconds; whoever takes longer is stuck
LONG_LIMIT = 180.0
LONG = ("sound", "voice", "speech-model", "painter")
"""Checks whose own processes take their time, and have limits of their own below that."""


def limit(name: str) -> float:
    """Seconds after which no answer is expected from a check."""
    return LONG_LIMIT if name in LONG else LIMIT


def run_checks(
    config: Config,
    checks: Mapping[str, Examine] = CHECKS,
    on_busy: Callable[[Iterable[str]], object] = lambda names: None,
    limit: Callable[[str], float] = limit,
) -> list[Check]:
    """All findings, always in the same order. Nothing here raises or changes the machine.

    `on_busy` is told the names of the checks that still run, each time one has ended. One that
    is stuck, as on a mount whose server is gone, is a finding after `limit` seconds; its thread
    is left behind and keeps nobody from ending.
    """
    found: dict[str, list[Check]] = {}
    answers: SimpleQueue[tuple[str, list[Check]]] = SimpleQueue()
    begun = time.monotonic()
    for name, check in checks.items():
        examine = partial(_examine, name, check, config, answers)
        threading.Thread(target=examine, name=f"doctor {name}", daemon=True).start()
    while busy := [name for name in checks if name not in found]:
        on_busy(tuple(busy))
        first = min(busy, key=limit)
        try:
            name, answer = answers.get(timeout=max(0.0, begun + limit(first) - time.monotonic()))
        except Empty:
            name, answer = first, [_stuck(first, limit(first))]
        found.setdefault(name, answer)
    on_busy(())
    return [each for name in checks for each in found[name]]


def _stuck(name: str, seconds: float) -> Check:
    words = f"no answer within {seconds:g} s: is it a dead mount?"
    step = "try `df` and `ls` on the folders of the configuration; unmount what does not answer"
    return Check(name, "failure", words, step)


def _examine(
    name: str, check: Examine, config: Config, answers: SimpleQueue[tuple[str, list[Check]]]
) -> None:
    try:
        found = check(config)
    except Exception as error:  # noqa: BLE001 - one broken check must not hide the others
        words = f"the check itself failed: {type(error).__name__}: {error}"
        found = [Check(name, "failure", words, "please report this")]
    answers.put((name, found))
