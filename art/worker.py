"""The painter as a process of its own, spoken to in JSON lines: `python -m mused.art.worker`.

In:   {"do": "paint", "job": ID, "prompt": TEXT, "settings": {…}, "picture": PATH,
       "preview": PATH or null, "checkpoint": PATH or null}
      {"do": "cancel", "job": ID}
      {"do": "exit"}
Out:  {"event": "ready", "device", "torch", "seconds"}
      {"event": "started", "job", "resumed_at"}
      {"event": "progress", "job", "step", "steps", "loss", "seconds_left"}
      {"event": "done", "job", "picture", "recipe"}
      {"event": "cancelled", "job", "picture"}
      {"event": "failed", "job", "kind", "error"}

Where the GPU is lost it ends without an answer: the next process goes on from the checkpoint.
A crash here cannot take the always-on process along. The worker ends with its parent (end of
stdin, or the kernel's parent-death signal) and never because of a bad request. Standard output
carries events only: whatever else is printed goes to standard error.
"""

import ctypes
import json
import logging
import os
import queue
import signal
import sys
import threading
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING

from mused.art.errors import ArtError, DeviceLostError, DiskError, PictureError
from mused.art.picture import Picture, read_recipe, save_preview
from mused.art.requests import PaintRequest, RequestError

if TYPE_CHECKING:
    from mused.art.painter import Painter
    from mused.art.progress import Progress

log = logging.getLogger(__name__)

PR_SET_PDEATHSIG = 1
LONGEST_LINE = 2**20
CANCEL_SECONDS = 0.7
"""How long a step may go on after a cancel before the worker ends itself with the last frame."""
LEAVE_SECONDS = 1.5
"""How long what is being painted may take to keep where it is; it is killed after two."""
PREVIEW_SECONDS = 1.0
PROGRESS_SECONDS = 0.1
"""The shortest time between two progress events of one job."""


class Worker:
    """Requests come in on one thread and are painted on another, the main one."""

    def __init__(self, requests: IO[bytes], events: IO[bytes]) -> None:
        self._requests = requests
        self._events = events
        self._lock = threading.Lock()
        self._waiting: queue.Queue[PaintRequest | None] = queue.Queue()
        self._open: set[str] = set()
        """Jobs taken in and not yet answered."""
        self._cancelled: set[str] = set()
        self._leaving = threading.Event()
        self._running: PaintRequest | None = None
        self._last: Progress | None = None
        self._painter: tuple[object, Painter] | None = None

    def run(self, started: float) -> None:
        """Work until told to exit or until stdin ends."""
        # Reading starts before torch is imported: even then the parent can end or cancel.
        threading.Thread(target=self._read, name="requests", daemon=True).start()
        import torch

        self._send(
            event="ready",
            device="cuda" if torch.cuda.is_available() else "cpu",
            torch=torch.__version__,
            seconds=round(time.time() - started, 3),
        )
        while (request := self._waiting.get()) is not None and not self._leaving.is_set():
            self._paint(request)

    def _send(self, **event: object) -> None:
        line = json.dumps(event, allow_nan=False).encode() + b"\n"
        try:
            with self._lock:
                self._events.write(line)
                self._events.flush()
        except OSError:
            os._exit(0)  # the parent is gone, nobody is left to tell

    def _fail(self, job: str | None, error: BaseException) -> None:
        from mused.art.memory import is_out_of_memory

        if isinstance(error, ArtError):
            kind, words = error.kind, str(error)
        elif is_out_of_memory(error):
            kind, words = "memory", "There is not enough memory to paint this."
        elif isinstance(error, OSError):
            kind, words = "disk", str(error)
        else:
            kind, words = "bug", f"{type(error).__name__}: {error}"
        log.warning("job %s failed", job, exc_info=error)
        self._send(event="failed", job=job, kind=kind, error=words)

    # On the thread that reads

    def _read(self) -> None:
        try:
            while line := self._requests.readline(LONGEST_LINE):
                if not self._take(line):
                    break
        finally:
            self._leave()

    def _take(self, line: bytes) -> bool:
        """Act on one line; False at an exit."""
        job = None
        try:
            message = json.loads(line)
            if not isinstance(message, dict):
                raise RequestError("a request is a JSON object")
            job = message.get("job") if isinstance(message.get("job"), str) else None
            match message.get("do"):
                case "paint":
                    request = PaintRequest.read(message)
                    self._open.add(request.job)
                    self._waiting.put(request)
                case "cancel":
                    self._cancel(job)
                case "exit":
                    return False
                case other:
                    raise RequestError(f"there is no request {other!r}")
        except ArtError as error:
            self._fail(job, error)
        except (ValueError, RecursionError) as error:
            self._fail(job, RequestError(f"no JSON: {error}"))
        except Exception as error:  # noqa: BLE001 - no request may leave the worker deaf
            self._fail(job, error)
        return True

    def _leave(self) -> None:
        """End within two seconds; what is being painted goes on from its checkpoint next time.

        A step that takes longer is lost, and so are starts that are only tried.
        """
        self._leaving.set()
        self._waiting.put(None)
        time.sleep(LEAVE_SECONDS)
        os._exit(0)

    def _cancel(self, job: str | None) -> None:
        if job is None:
            raise RequestError('a cancel request needs "job"')
        with self._lock:
            if job not in self._open:
                return  # answered already
            self._cancelled.add(job)
            running = self._running
        if running is not None and running.job == job:
            timer = threading.Timer(CANCEL_SECONDS, self._cancel_now, (running,))
            timer.daemon = True
            timer.start()

    def _cancel_now(self, request: PaintRequest) -> None:
        """A step of large networks takes longer than anybody waits: keep its frame and end."""
        last = self._last
        if not self._claim(request):
            return
        log.info("ending the worker to cancel job %s in time", request.job)
        try:
            self._report(request, last.picture() if last else None)
        except Exception as error:  # noqa: BLE001 - whatever happens is answered
            self._fail(request.job, error)
        finally:
            os._exit(0)

    def _claim(self, request: PaintRequest) -> bool:
        """Let only one thread answer a request."""
        with self._lock:
            mine = self._running is request
            if mine:
                self._running = None
            return mine

    def _claim_or_end(self, request: PaintRequest) -> None:
        """Return with the request claimed, or, where a cancel has it, wait for its exit."""
        if not self._claim(request):
            threading.Event().wait()

    # On the thread that paints

    def _paint(self, request: PaintRequest) -> None:
        self._last = None
        self._running = request
        try:
            try:
                picture = self._picture(request)
            finally:
                self._claim_or_end(request)
            if not self._leaving.is_set():
                self._report(request, picture)
        except Exception as error:  # noqa: BLE001 - no other job may end the worker
            self._end_if_lost(error)
            self._fail(request.job, error)
        finally:
            with self._lock:
                self._open.discard(request.job)
                self._cancelled.discard(request.job)

    def _end_if_lost(self, error: Exception) -> None:
        """Without its GPU this process is of no use any more, but the next one may be."""
        from mused.art.memory import is_device_lost

        if isinstance(error, DeviceLostError) or is_device_lost(error):
            log.error("the GPU was lost: %s", error)
            os._exit(DeviceLostError.exit_status)

    def _report(self, request: PaintRequest, picture: Picture | None) -> None:
        """Save and tell; a picture that was not finished was cancelled."""
        finished = picture is not None and picture.recipe.stop_reason != "cancelled"
        path = None
        if picture is not None:
            path = str(
                request.picture
                if _painted(request)
                else picture.save(request.picture, free_name=True)
            )
        if request.checkpoint is not None:
            request.checkpoint.unlink(missing_ok=True)
        if picture is not None and finished:
            recipe = picture.recipe.plain()
            self._send(event="done", job=request.job, picture=path, recipe=recipe)
        else:
            self._send(event="cancelled", job=request.job, picture=path)

    def _picture(self, request: PaintRequest) -> Picture | None:
        if request.job in self._cancelled:
            return None
        from mused.art.painter import Painter
        from mused.art.progress import Watch

        settings = request.settings
        wanted = (settings.vqgan, settings.clip, settings.device)
        if self._painter is None or self._painter[0] != wanted:
            self._painter = None  # frees the old networks before the new ones come
            self._painter = (wanted, Painter.load(settings))
        reported = 0.0

        def on_progress(progress: "Progress") -> None:
            nonlocal reported
            self._last = progress
            if progress.image is not None and request.preview is not None:
                _preview(progress, request.preview)
            now = time.monotonic()
            if now - reported >= PROGRESS_SECONDS or progress.step == progress.steps:
                reported = now
                left = progress.seconds_left
                self._send(
                    event="progress",
                    job=request.job,
                    step=progress.step,
                    steps=progress.steps,
                    loss=round(progress.loss, 5),
                    seconds_left=None if left is None else round(left, 1),
                )

        watch = Watch(
            on_start=lambda step: self._send(event="started", job=request.job, resumed_at=step),
            on_progress=on_progress,
            cancelled=lambda: request.job in self._cancelled or self._leaving.is_set(),
            leaving=self._leaving.is_set,
            preview_seconds=None if request.preview is None else PREVIEW_SECONDS,
            checkpoint=request.checkpoint,
            job=request.job,
        )
        return self._painter[1].paint(request.prompt, settings, watch)


def _painted(request: PaintRequest) -> bool:
    """Say whether an earlier worker saved this job's picture but could not tell any more."""
    try:
        recipe = read_recipe(request.picture) if request.picture.exists() else None
    except PictureError:
        return False
    # The last frame of a cancelled job is not its picture, should it be asked for again.
    return bool(recipe and recipe.job == request.job and recipe.stop_reason != "cancelled")


def _preview(progress: "Progress", path: Path) -> None:
    try:
        if progress.image is not None:
            save_preview(progress.image, path)
    except DiskError as error:
        log.warning("%s", error)


def _die_with_parent() -> None:
    """Have the kernel end this process when the parent dies, even one that was stopped."""
    parent = os.getppid()
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)


def main() -> None:
    """Run the worker on this process's standard input and output."""
    started = time.time()
    _die_with_parent()
    # Ctrl-C reaches the whole terminal group; ending the worker is its parent's decision.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())  # the daemon holds some back for itself
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(levelname)s %(message)s")
    events = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    Worker(sys.stdin.buffer, events).run(started)
    os._exit(0)  # taking torch down in order takes seconds nobody has


if __name__ == "__main__":
    main()
