"""One daemon for one state folder: two would paint the same jobs."""

import fcntl
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mused.daemon.errors import ControlError

log = logging.getLogger(__name__)


@contextmanager
def holding(state: Path) -> Iterator[None]:
    """Hold the folder `state`, made private if it is new, while the context is open.

    Raises ControlError when another mused holds it. The kernel lets go of it however we end. A
    folder that cannot be used, or locked, is held by nobody and only warned of: hearing goes on
    without it.
    """
    try:
        state.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = (state / "lock").open("a")
    except OSError as error:
        reason = error.strerror or error
        log.warning("the state folder %s cannot be used, no job can be kept: %s", state, reason)
        yield
        return
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ControlError(
                f"another mused already runs with the state folder {state}: stop it first, "
                "or give this one its own with the setting `state`"
            ) from error
        except OSError as error:  # some network and FUSE mounts know no locks
            reason = error.strerror or error
            log.warning(
                "the state folder %s cannot be locked: start no second mused: %s", state, reason
            )
        yield
