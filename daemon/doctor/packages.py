"""Checks of Python and its packages, and of strangers under the names of what mused needs."""

import platform
import re
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from mused.daemon.config import Config
from mused.daemon.doctor.check import Check


def packages(config: Config) -> list[Check]:
    """Python, what mused needs of it, and no strangers under the names of what it needs."""
    version = metadata.version("mused")
    return [
        Check("Python", "ok", f"{platform.python_version()}, mused {version}"),
        _needed(),
        *_strangers(),
    ]


def _needed() -> Check:
    needed = [each for each in metadata.requires("mused") or () if "extra ==" not in each]
    names = [match[0] for each in needed if (match := re.match(r"[\w.-]+", each))]
    missing = [name for name in names if not _is_installed(name)]
    if missing:
        step = f"pip install {' '.join(missing)}"
        return Check("packages", "failure", f"missing: {', '.join(missing)}", step)
    return Check("packages", "ok", f"all {len(names)} are installed")


def _is_installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def _strangers() -> list[Check]:
    """PyPI has a clipboard manager called clip, and a systemd that is not systemd's."""
    found = []
    if _is_a_stranger("clip", "simple_tokenizer.py"):
        words = "the package clip here is not OpenAI's: it cannot read a prompt"
        step = "pip uninstall clip, then pip install --force-reinstall clip-anytorch==2.6.0"
        found.append(Check("package clip", "failure", words, step))
    if _is_a_stranger("systemd", "_daemon*"):
        words = "the package systemd here is not systemd's own: mused does without"
        step = "pip uninstall systemd, then pip install --force-reinstall systemd-python"
        found.append(Check("package systemd", "warning", words, step))
    return found


def _is_a_stranger(package: str, has: str) -> bool:
    """Whether `package` can be imported but lacks a file like `has`. Imports nothing."""
    spec = find_spec(package)
    if spec is None:
        return False
    return not any(list(Path(folder).glob(has)) for folder in spec.submodule_search_locations or ())
