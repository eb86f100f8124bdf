"""What works on this machine, and what to do about the rest."""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial

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


def run_checks(
    config: Config,
    checks: Mapping[str, Examine] = CHECKS,
    on_busy: Callable[[Iterable[str]], object] = lambda names: None,
) -> list[Check]:
    """All findings, always in the same order. Nothing here raises or changes the machine.

    `on_busy` is told the names of the checks that still run, each time one has ended.
    """
    busy = list(checks)

    def run(name: str) -> list[Check]:
        found = _examine(name, checks[name], config)
        busy.remove(name)
        on_busy(tuple(busy))
        return found

    on_busy(tuple(busy))
    with ThreadPoolExecutor(max_workers=len(checks) or 1) as pool:
        return [each for found in pool.map(run, checks) for each in found]


def _examine(name: str, check: Examine, config: Config) -> list[Check]:
    try:
        return check(config)
    except Exception as error:  # noqa: BLE001 - one broken check must not hide the others
        words = f"the check itself failed: {type(error).__name__}: {error}"
        return [Check(name, "failure", words, "please report this")]
