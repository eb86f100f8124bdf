"""The turn: utterance → intent → reply, and what skills may ask the daemon for."""

import asyncio
import logging
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from mused.art.errors import ArtError
from mused.art.prompt import parse
from mused.daemon import words
from mused.daemon.attention import Attention
from mused.daemon.errors import DaemonError, WorkerError
from mused.daemon.events import Bus
from mused.daemon.jobs.queue import TURN, Job, JobQueue
from mused.daemon.jobs.runner import Runner
from mused.daemon.service import journal
from mused.daemon.speaking.voice import Voice
from mused.skills.contract import JobView, Match, Reply, Skill, Utterance
from mused.skills.router import Router

log = logging.getLogger(__name__)


def new_turn() -> str:
    """A turn id: short enough to read in a log, random enough never to come back."""
    return uuid.uuid4().hex[:12]


@dataclass(frozen=True)
class _Question(Reply):
    """Whether the utterance was meant; a yes or no is waited for once it was asked."""


class Assistant:
    """Answers utterances; implements `mused.skills.contract.Context`.

    A command that was heard with little confidence is asked back. A prompt is not: the reply, "I
    am painting …", reads it back already, and "cancel" takes it back.
    """

    def __init__(
        self,
        skills: Sequence[Skill],
        router: Router,
        runner: Runner,
        queue: JobQueue,
        voice: Voice,
        attention: Attention,
        bus: Bus,
    ) -> None:
        self._skills = {skill.name: skill for skill in skills}
        self._router = router
        self._runner = runner
        self._queue = queue
        self._voice = voice
        self._attention = attention
        self._bus = bus

    async def take(self, utterance: Utterance) -> Reply:
        """One turn. Never raises: whatever goes wrong becomes a reply."""
        with journal.about(turn=utterance.turn):
            return await self._take(utterance)

    async def _take(self, utterance: Utterance) -> Reply:
        turn = utterance.turn
        self._bus.publish(
            "heard",
            turn,
            text=utterance.text,
            confidence=utterance.confidence,
            source=utterance.source,
        )
        log.debug("heard: %s", utterance.text)
        reply = await self._answer(utterance)
        log.debug("reply: %s", reply.text)
        self._bus.publish("reply", turn, text=reply.text, understood=reply.understood)
        if reply.text:
            asks = isinstance(reply, _Question)
            then = partial(self._attention.expect_answer, utterance) if asks else None
            self._voice.say(reply.text, turn=turn, then=then)
        return reply

    async def answered(self, utterance: Utterance, yes: bool) -> Reply:
        """Go on with an utterance about which a question was answered."""
        if yes:
            return await self.take(replace(utterance, confidence=1.0))
        self._bus.publish("reply", utterance.turn, text=words.ALL_RIGHT, understood=True)
        self._voice.say(words.ALL_RIGHT, turn=utterance.turn)
        return Reply(words.ALL_RIGHT)

    async def _answer(self, utterance: Utterance) -> Reply:
        try:
            match = self._router.match(utterance)
            if match is None:
                return Reply(words.NOT_UNDERSTOOD, understood=False)
            if self._is_doubtful(match):
                return _Question(words.did_you_say(utterance.text))
            self._bus.publish(
                "intent",
                utterance.turn,
                skill=match.skill,
                intent=match.intent,
                slots=dict(match.slots),
            )
            with journal.about(skill=match.skill):
                return await self._handled(match)
        except (ArtError, DaemonError) as error:
            return Reply(str(error), understood=False)
        except Exception:
            log.exception("the turn failed")
            return Reply(words.WENT_WRONG, understood=False)

    def _is_doubtful(self, match: Match) -> bool:
        """Whether to ask first; where nobody would hear the question, it is not asked."""
        return (
            self._router.is_fixed(match)
            and self._voice.audible
            and self._attention.doubts(match.utterance)
        )

    async def _handled(self, match: Match) -> Reply:
        """The skill's answer, if it comes in time."""
        skill = self._skills[match.skill]
        deadline = asyncio.timeout(skill.deadline)
        try:
            async with deadline:
                reply = await skill.handle(match, self)
        except TimeoutError:
            if not deadline.expired():  # one of the skill's own
                raise
            log.warning("skill %s missed its deadline", skill.name)
            return Reply(words.TOO_SLOW, understood=False)
        if not isinstance(reply, Reply):  # a skill of others, not type-checked by us
            raise TypeError(f"skill {skill.name} answered {reply!r} instead of a Reply")
        return reply

    # What skills may ask (mused.skills.contract.Context).

    def now(self) -> datetime:
        """Local time."""
        return datetime.now().astimezone()

    def paint(self, prompt: str, match: Match) -> JobView:
        """Queue a painting job for this turn; raises WorkerError where nothing can paint."""
        if obstacle := self._runner.obstacle:
            raise WorkerError(f"I cannot paint: {obstacle}")
        turn = match.utterance.turn
        job = self._runner.submit(
            f"{TURN}{turn}", parse(prompt).text, {}, match.utterance.asks_by, turn
        )
        return replace(self._view(job), unknown=self._runner.foresee(job).unknown)

    def open_jobs(self) -> Sequence[JobView]:
        """Queued and running jobs, in the order they are painted."""
        return [self._view(job) for job in self._queue.open_jobs()]

    def cancel(self, job: int) -> bool:
        """Cancel an open job."""
        return self._runner.cancel(job)

    def hush(self) -> bool:
        """Stop speaking and drop what waits to be said."""
        return self._voice.hush()

    def mute(self, *, on: bool) -> bool:
        """Ignore all sound, or listen again."""
        return self._attention.mute(on=on)

    def examples(self) -> Sequence[str]:
        """One sentence a skill."""
        return [skill.example for skill in self._skills.values() if skill.example]

    def _view(self, job: Job) -> JobView:
        progress = self._runner.progress(job.id)
        return JobView(
            id=job.id,
            prompt=job.prompt,
            status=job.status.value,
            progress=progress.share if progress else 0.0,
            seconds_left=progress.seconds_left if progress else None,
            source=job.source,
        )
