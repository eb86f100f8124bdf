"""What works on this machine, and what to do about the rest."""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from mused.daemon.config import Config
from mused.daemon.service import (
    check_daemon,
    check_folders,
    check_machine,
    check_packages,
    check_painter,
    check_service,
    check_sound,
    check_speech,
    check_state,
)
from mused.daemon.service.check import Check

Examine = Callable[[Config], list[Check]]

CHECKS: Mapping[str, Examine] = {
    "packages": check_packages.packages,
    "machine": check_machine.machine,
    "sound": check_sound.sound,
    "voice": check_speech.voice,
    "speech-model": check_speech.speech_model,
    "painter": check_painter.painter,
    "skills": check_daemon.skills,
    "folders": check_folders.folders,
    "inotify": check_folders.inotify,
    "state": check_state.state,
    "service": check_service.service,
    "daemon": check_daemon.daemon,
}
AUDIBLE: Mapping[str, Examine] = {**CHECKS, "sound": partial(check_sound.sound, play=True)}
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
