"""Steps that change the machine: said before they are taken, or only said."""

import shutil
import subprocess
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from mused.daemon.errors import ServiceError
from mused.daemon.service.unit import is_ours

_PATIENCE = 120.0  # seconds; a start may take 90


@dataclass(frozen=True)
class Write:
    """A file is to say this; with `keep`, one that is there already stays as it is."""

    path: Path
    text: str
    keep: bool = False

    @property
    def due(self) -> bool:
        """Whether there is anything to do."""
        return not self.path.exists() or not (self.keep or _says(self.path, self.text))

    def __str__(self) -> str:
        return f"write {self.path}"

    def take(self) -> None:
        """Do it; a file of somebody else's making is kept beside it."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if self.path.exists() and self.path.suffix == ".service" and not is_ours(_read(self.path)):
            shutil.copy2(self.path, self.path.with_name(f"{self.path.name}.old"))
        part = self.path.with_name(f".{self.path.name}.part")
        part.write_text(self.text, encoding="utf-8")
        part.chmod(0o644)
        part.rename(self.path)


@dataclass(frozen=True)
class Remove:
    """A file is not to be there."""

    path: Path

    @property
    def due(self) -> bool:
        """Whether there is anything to do."""
        return self.path.exists() or self.path.is_symlink()

    def __str__(self) -> str:
        return f"remove {self.path}"

    def take(self) -> None:
        """Do it."""
        self.path.unlink(missing_ok=True)


@dataclass(frozen=True)
class Run:
    """A command is to be run; one that is not `needed` may fail."""

    command: tuple[str, ...]
    why: str
    needed: bool = True
    due = True

    def __str__(self) -> str:
        return f"{' '.join(self.command)}    # {self.why}"

    def take(self) -> None:
        """Do it; raises OSError with what the command said."""
        done = subprocess.run(
            self.command, capture_output=True, text=True, timeout=_PATIENCE, check=False
        )
        if done.returncode:
            raise OSError(done.returncode, (done.stderr or done.stdout).strip() or "it failed")


Step = Write | Remove | Run


def take(steps: Iterable[Step], say: Callable[[str], object], *, dry_run: bool) -> None:
    """Take the steps that are due, saying each; with `dry_run` only say them, files with text.

    Raises ServiceError at the first one that fails and was needed.
    """
    for step in steps:
        if not step.due:
            continue
        say(str(step))
        if dry_run:
            if isinstance(step, Write):
                say("".join(f"    {line}".rstrip() + "\n" for line in step.text.splitlines()))
            continue
        try:
            step.take()
        except (OSError, subprocess.TimeoutExpired) as error:
            words = error.strerror if isinstance(error, OSError) else "it took too long"
            if not isinstance(step, Run) or step.needed:
                raise ServiceError(f"that failed: {words}") from error
            say(f"    (not done: {words})")


def answer(command: Sequence[str]) -> str | None:
    """What a command prints; None where it fails or is missing."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


def _says(path: Path, text: str) -> bool:
    try:
        return _read(path) == text
    except OSError:
        return False
