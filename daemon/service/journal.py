"""Logging: to the journal with its fields where it listens, else to standard error.

What was heard or said is personal: it is logged at debug level only.
"""

import logging
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from types import MappingProxyType

JOURNAL = Path("/run/systemd/journal/socket")

_about: ContextVar[Mapping[str, str]] = ContextVar("about", default=MappingProxyType({}))
# sd-daemon(3): how a line on standard error tells journald its priority
_PRIORITIES = {
    logging.DEBUG: 7,
    logging.INFO: 6,
    logging.WARNING: 4,
    logging.ERROR: 3,
    logging.CRITICAL: 2,
}


@contextmanager
def about(*, turn: str | None = None, job: int | None = None, skill: str = "") -> Iterator[None]:
    """Put what is known into every record logged inside, also in tasks started there.

    In the journal they are the fields MUSED_TURN, MUSED_JOB and MUSED_SKILL; the lines of a
    terminal begin with the turn.
    """
    fields = {"MUSED_TURN": turn, "MUSED_JOB": job, "MUSED_SKILL": skill}
    known = {name: str(value) for name, value in fields.items() if value}
    token = _about.set({**_about.get(), **known})
    try:
        yield
    finally:
        _about.reset(token)


def set_up_logging(*, verbose: bool = False) -> None:
    """Log mused from info level, or debug if `verbose`; libraries from warnings."""
    handler = _handler(os.environ)
    handler.addFilter(_add_fields)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("mused").setLevel(logging.DEBUG if verbose else logging.INFO)
    logging.captureWarnings(capture=True)


def _handler(environment: Mapping[str, str]) -> logging.Handler:
    under_journald = _is_journal_stream(environment.get("JOURNAL_STREAM", ""))
    if under_journald and JOURNAL.is_socket():
        # Without a listening journald this handler would lose every record without a word.
        try:
            from systemd._journal import sendv  # noqa: F401 - PyPI's "systemd" lacks this module
            from systemd.journal import JournalHandler
        except ImportError:
            pass
        else:
            journal: logging.Handler = JournalHandler(SYSLOG_IDENTIFIER="mused")
            journal.setFormatter(logging.Formatter("%(name)s: %(message)s"))
            return journal
    handler = logging.StreamHandler()
    handler.setFormatter(_Prefixed() if under_journald else _Timed())
    return handler


def _is_journal_stream(described: str) -> bool:
    """Whether `described`, "device:inode", is our standard error (systemd.exec(5))."""
    try:
        stream = os.fstat(sys.stderr.fileno())
    except (OSError, ValueError, AttributeError):
        return False
    return described == f"{stream.st_dev}:{stream.st_ino}"


def _add_fields(record: logging.LogRecord) -> bool:
    fields = _about.get()
    for name, value in fields.items():
        setattr(record, name, value)
    turn = fields.get("MUSED_TURN")
    record.turn = f" [{turn}]" if turn else ""
    return True


class _Timed(logging.Formatter):
    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s:%(turn)s %(message)s")


class _Prefixed(logging.Formatter):
    """journald adds the time itself and reads the priority of each line."""

    def __init__(self) -> None:
        super().__init__("%(name)s:%(turn)s %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        prefix = f"<{_PRIORITIES.get(record.levelno, 5)}>"
        return "\n".join(prefix + line for line in super().format(record).splitlines())
