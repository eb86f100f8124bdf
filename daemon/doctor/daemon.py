"""Checks of mused itself: its configuration, its skills, and the daemon, if it runs."""

from pathlib import Path
from typing import Any

from mused.daemon import paths
from mused.daemon.config import Config, load
from mused.daemon.doctor.check import Check
from mused.daemon.errors import ConfigError, ControlError, NotRunningError
from mused.daemon.web.api import RECENT
from mused.daemon.web.client import Client
from mused.skills.registry import Status, load_skills

PATIENCE = 5.0  # seconds


def configuration(file: Path | None) -> tuple[Config, Check]:
    """The configuration in `file` or in its usual place, and what is wrong with it.

    A broken one is replaced by the defaults, so that the rest can still be looked at.
    """
    used = file or next((each for each in paths.config_files() if paths.exists(each)), None)
    try:
        config = load(file)
    except ConfigError as error:
        step = "mend it: `mused run` does not start with it; the rest was checked with defaults"
        return Config(), Check("configuration", "failure", str(error), step)
    if used is None:
        places = " or ".join(map(str, paths.config_files()))
        return config, Check("configuration", "ok", f"the defaults, there is no {places}")
    return config, Check("configuration", "ok", str(used))


def skills(config: Config) -> list[Check]:
    """Every skill loads, unless it is switched off."""
    entries = load_skills(config.skills).entries
    bad = [each for each in entries if each.status not in (Status.OK, Status.DISABLED)]
    working = ", ".join(each.name for each in entries if each.status == Status.OK)
    step = "mend its section in the configuration, or remove the package it came with"
    found = [
        Check(f"skill {each.name}", "warning", f"{each.status}: {each.reason}", step)
        for each in bad
    ]
    if working:
        return [*found, Check("skills", "ok", working)]
    step = "switch one on, or install mused again: its own skills are entry points"
    return [*found, Check("skills", "failure", "none works", step)]


def daemon(config: Config) -> list[Check]:
    """Whether it runs, answers and may hear."""
    try:
        status = Client(config.control.socket, PATIENCE).status()
    except NotRunningError as error:
        return [Check("daemon", "ok", str(error))]
    except ControlError as error:
        step = "look into its log; `systemctl --user restart mused` if it is a service"
        return [Check("daemon", "failure", str(error), step)]
    hearing = status["hearing"]
    found = f"running, version {status['version']}, hearing: {hearing['state']}"
    checks = [Check("daemon", "ok", f"{found}, painting: {status['painting']}")]
    if hearing["muted"]:
        checks.append(Check("muted", "warning", "mused ignores all sound", "`mused unmute`"))
    return checks


def paints(config: Config) -> bool:
    """Whether a running daemon has a picture in hand."""
    try:
        jobs = Client(config.control.socket, PATIENCE).jobs()
    except ControlError:
        return False
    if any(each["status"] == "running" for each in jobs):
        return True
    # In a flood the one in hand is older than those that are listed.
    return len(jobs) == RECENT and all(each["status"] == "queued" for each in jobs)


def status_of(config: Config) -> dict[str, Any] | None:
    """What a running daemon says of itself, None if there is none or it is silent."""
    try:
        return Client(config.control.socket, PATIENCE).status()
    except ControlError:
        return None
