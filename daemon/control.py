"""What the control socket may ask of the daemon; implements `mused.daemon.web.api.Control`."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from mused.art.picture import Settings
from mused.art.prompt import parse
from mused.daemon.assistant import Assistant, new_turn
from mused.daemon.attention import Attention
from mused.daemon.config import Config
from mused.daemon.errors import QueueError, SpeakingError, WorkerError
from mused.daemon.folders.gallery import Gallery
from mused.daemon.folders.inbox import Inbox
from mused.daemon.health import Health
from mused.daemon.jobs.queue import ORDER, Job, JobQueue, Transition
from mused.daemon.jobs.runner import Runner
from mused.daemon.models import store
from mused.daemon.service.status import line
from mused.daemon.speaking.voice import Voice
from mused.daemon.web.api import RECENT
from mused.skills.contract import Reply, Utterance
from mused.skills.registry import Registry
from mused.skills.wording import count as counted


class DaemonControl:
    """Answers the command line and whoever else may open the socket."""

    def __init__(
        self,
        config: Config,
        assistant: Assistant,
        runner: Runner,
        queue: JobQueue,
        inbox: Inbox,
        gallery: Gallery,
        voice: Voice,
        attention: Attention,
        skills: Registry,
        health: Health,
    ) -> None:
        self._config = config
        self._assistant = assistant
        self._runner = runner
        self._queue = queue
        self._inbox = inbox
        self._gallery = gallery
        self._voice = voice
        self._attention = attention
        self._skills = skills
        self._health = health

    def status(self) -> Mapping[str, Any]:
        """Every part, and what it is doing."""
        return {
            "hearing": self._attention.status(),
            "speaking": self._speaking(),
            "painting": self._runner.obstacle or self._painting(),
            "inbox": self._inbox.status(),
            "gallery": self._gallery.status(),
            "health": self._living(),
            "skills": {entry.name: entry.reason or entry.status for entry in self._skills.entries},
        }

    def line(self) -> str:
        """The same in one line, for `systemctl status`."""
        hearing, silent = self._attention.status(), self._health.silent()
        try:
            waiting, front = self._queue.waiting(), self._queue.open_jobs(1)
            obstacle = self._runner.obstacle or self._trouble(front)
        except QueueError as error:
            return line(hearing, None, 0, f"nothing can be queued: {error}", silent)
        progress = self._runner.progress(front[0].id) if front else None
        return line(hearing, progress, waiting, obstacle if waiting else None, silent)

    def _living(self) -> str:
        silent = self._health.silent()
        return f"no sign of life from {', '.join(silent)}" if silent else "every part lives"

    def _speaking(self) -> str:
        if not self._config.speaking.enabled:
            return "off"
        trouble = f", but {self._voice.trouble}" if self._voice.trouble else ""
        return f"{self._config.speaking.sink}{trouble}"

    def _painting(self) -> str:
        try:
            count, front = self._queue.count_open(), self._queue.open_jobs(1)
            waiting = self._trouble(front)
        except QueueError as error:
            return f"nothing can be queued: {error}"
        return f"{count} {'job' if count == 1 else 'jobs'} open" + (
            f", waiting: {waiting}" if waiting else ""
        )

    def _trouble(self, front: Sequence[Job]) -> str | None:
        """Why none of the open jobs, of which `front` is painted first, is painted just now."""
        is_tried = bool(front) and front[0].status == "running"
        return None if is_tried else self._runner.trouble

    async def ask(self, text: str) -> Reply:
        """A typed utterance, answered in text and aloud."""
        return await self._assistant.take(Utterance(text=text, source="cli", turn=new_turn()))

    def say(self, text: str) -> None:
        """Speak `text` when it is its turn; raises SpeakingError where nothing can be said."""
        if not self._config.speaking.enabled or self._config.speaking.sink == "none":
            raise SpeakingError("the voice is switched off: see [speaking] in the configuration")
        self._voice.say(text)

    def mute(self, *, on: bool) -> None:
        """Ignore all sound, or listen again."""
        self._attention.mute(on=on)

    def jobs(self) -> Sequence[Job]:
        """The newest jobs, newest first."""
        return self._queue.recent(RECENT)

    def job(self, job: int) -> Job | None:
        """One job."""
        return self._queue.get(job)

    def submit(self, prompt: str, settings: Mapping[str, Any]) -> Job:
        """Queue a typed prompt with settings of its own.

        Raises ArtError for unusable ones, StoreError where they name a model that is not
        installed, WorkerError where nothing can paint.
        """
        if obstacle := self._runner.obstacle:
            raise WorkerError(f"nothing can be painted: {obstacle}")
        text = parse(prompt).text
        Settings.read(settings)
        store.resolved(settings)
        return self._runner.submit(f"{ORDER}{new_turn()}", text, settings, "cli")

    def notices(self, job: Job) -> Sequence[str]:
        """Why a new job has to wait, and what is sure already of what it asks for in vain."""
        waits: list[str] = []
        with suppress(QueueError):  # it is queued, whatever became of the disk since
            before = self._queue.count_before(job)
            come = f"{counted(before, 'painting')} {'comes' if before == 1 else 'come'} before it"
            # Also while the disk is tried again: that it still refuses is not told twice.
            why = self._runner.trouble or (come if before >= self._runner.able else None)
            waits = [f"Job {job.id} waits: {why}."] if why else []
        return (*waits, *self._runner.foresee(job).notices)

    def cancel(self, job: int) -> bool:
        """Cancel an open job."""
        return self._runner.cancel(job)

    def history(self, job: int) -> Sequence[Transition]:
        """What happened to a job, oldest first."""
        return self._queue.history(job)

    def first(self, job: int) -> bool:
        """Move a queued job to the front."""
        return self._queue.first(job)

    def retry(self, job: int) -> bool:
        """Queue a failed or cancelled job again."""
        return self._runner.retry(job)
