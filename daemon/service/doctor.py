"""What works on this machine, and what to do about the rest."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from mused.daemon.config import Config
from mused.daemon.service import check_machine, check_painter, check_sound
from mused.daemon.service.check import Check

CHECKS: tuple[Callable[[Config], list[Check]], ...] = (
    check_machine.packages,
    check_sound.sound_devices,
    check_sound.voice,
    check_sound.speech_model,
    check_painter.painter,
    check_machine.skills,
    check_machine.folders,
    check_machine.inotify,
    check_machine.systemd,
    check_machine.daemon,
)


def run_checks(config: Config) -> list[Check]:
    """All findings, always in the same order. Nothing here raises or changes the machine."""
    with ThreadPoolExecutor(max_workers=4) as pool:
        found = pool.map(lambda check: _run(check, config), CHECKS)
        return [each for checks in found for each in checks]


def _run(check: Callable[[Config], list[Check]], config: Config) -> list[Check]:
    try:
        return check(config)
    except Exception as error:  # noqa: BLE001 - one broken check must not hide the others
        words = f"the check itself failed: {type(error).__name__}: {error}"
        return [Check(check.__name__.replace("_", " "), "failure", words, "please report this")]
