"""Turns with a real queue, runner and voice; skills that misbehave on purpose."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, ClassVar, cast

import pytest

from mused.daemon import words
from mused.daemon.announcer import announce
from mused.daemon.assistant import Assistant
from mused.daemon.attention import Attention
from mused.daemon.config import Config, Folders, Speaking
from mused.daemon.events import Bus, Event
from mused.daemon.jobs.queue import JobQueue
from mused.daemon.jobs.runner import Runner
from mused.daemon.speaking.voice import Voice
from mused.skills.contract import Context, Match, Reply, Skill, Utterance
from mused.skills.registry import load_skills
from mused.skills.router import Router


class Slow(Skill):
    """Never answers in time."""

    name = "slow"
    deadline: ClassVar[float] = 0.05

    def sentences(self) -> dict[str, list[str]]:
        return {"wait": ["wait for ever"]}

    async def handle(self, match: Match, context: Context) -> Reply:
        await asyncio.sleep(60)
        return Reply("too late")


class Broken(Skill):
    """Raises what nobody expects."""

    name = "broken"

    def sentences(self) -> dict[str, list[str]]:
        return {"break": ["break now"]}

    async def handle(self, match: Match, context: Context) -> Reply:
        raise ZeroDivisionError


class Forgetful(Skill):
    """Forgets its reply."""

    name = "forgetful"

    def sentences(self) -> dict[str, list[str]]:
        return {"forget": ["forget it all"]}

    async def handle(self, match: Match, context: Context) -> Reply:
        return cast("Reply", None)  # what an untyped skill may do


class Impatient(Skill):
    """Fails with a time-out of its own, long before its deadline."""

    name = "impatient"

    def sentences(self) -> dict[str, list[str]]:
        return {"hurry": ["hurry up now"]}

    async def handle(self, match: Match, context: Context) -> Reply:
        raise TimeoutError


class Desk:
    """The assistant with what it needs, and the events it causes."""

    def __init__(self, home: Path, queue: JobQueue) -> None:
        config = Config(
            state=home / "state", folders=Folders(inbox=home / "inbox", gallery=home / "gallery")
        )
        self.bus = Bus()
        self.queue = queue
        self.voice = Voice(Speaking(sink=home / "said"), self.bus)
        skills: Sequence[Skill] = [
            *load_skills().working,
            Slow(),
            Broken(),
            Forgetful(),
            Impatient(),
        ]
        runner = Runner(queue, config, self.bus)
        self.attention = Attention(config.hearing, self.bus, config.state)
        router = Router(skills, ["computer"])
        self.assistant = Assistant(
            skills, router, runner, queue, self.voice, self.attention, self.bus
        )

    async def take(self, text: str, turn: str = "t1") -> Reply:
        return await self.assistant.take(Utterance(text=text, source="microphone", turn=turn))


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    with closing(JobQueue(tmp_path / "jobs.sqlite")) as queue:
        yield Desk(tmp_path, queue)


async def test_a_turn_tells_what_was_heard_meant_and_answered(desk: Desk) -> None:
    async with desk.bus.subscribe() as events:
        reply = await desk.take("generate a red boat: at 10:30")
    assert reply.text == "I am painting a red boat: at 10:30."
    told = [events.get_nowait() for _ in range(events.qsize())]
    assert [event.kind for event in told] == ["heard", "intent", "job.queued", "reply"]
    assert {event.turn for event in told} == {"t1"}
    assert told[1].data["slots"] == {"prompt": "a red boat: at 10:30"}
    assert desk.voice.speaking
    [job] = desk.queue.open_jobs()
    assert (job.prompt, job.source, job.turn) == ("a red boat: at 10:30", "voice", "t1")


async def test_words_that_nothing_knows_are_told_in_the_reply(desk: Desk) -> None:
    reply = await desk.take("generate a quokka on a boat")
    assert reply.text == "I am painting a quokka on a boat. I do not know the word quokka."


async def test_the_same_turn_makes_one_job(desk: Desk) -> None:
    await desk.take("generate a red boat")
    await desk.take("generate a red boat")
    await desk.take("generate a red boat", turn="t2")
    assert len(desk.queue.open_jobs()) == 2


async def test_progress_and_cancel(desk: Desk) -> None:
    await desk.take("generate a red boat")
    assert "waiting" in (await desk.take("how is it going")).text
    assert (await desk.take("cancel that")).text == "I cancelled a red boat."
    assert desk.queue.open_jobs() == []


async def test_a_spoken_cancel_leaves_files_and_what_was_typed(desk: Desk) -> None:
    desk.queue.add("file", "a castle", {}, "inbox")
    typed = Utterance("generate a green tree", "cli", "t1")
    await desk.assistant.take(typed)
    await desk.take("generate a red boat", "t2")
    assert (await desk.take("never mind")).text == "I cancelled a red boat."
    assert "I will paint a green tree, which was typed." in (await desk.take("never mind")).text
    assert [job.prompt for job in desk.queue.open_jobs()] == ["a green tree", "a castle"]


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("colourless green ideas", words.NOT_UNDERSTOOD),
        ("wait for ever", words.TOO_SLOW),
        ("break now", words.WENT_WRONG),
        ("forget it all", words.WENT_WRONG),
        ("hurry up now", words.WENT_WRONG),
    ],
)
async def test_what_goes_wrong_is_an_answer(desk: Desk, text: str, answer: str) -> None:
    reply = await desk.take(text)
    assert (reply.text, reply.understood) == (answer, False)
    assert (await desk.take("what time is it")).understood


async def test_help_names_what_can_be_said(desk: Desk) -> None:
    assert "sunset" in (await desk.take("what can you do")).text


async def test_announcements(desk: Desk) -> None:
    task = asyncio.create_task(announce(desk.bus, desk.voice))
    await asyncio.sleep(0)
    picture = {"picture": "/p.png", "prompt": "a red boat", "job": "k"}
    told: dict[str, Any] = {**picture, "unknown": (), "missed": False}
    desk.bus.publish("picture", stop_reason="cancelled", **told)
    desk.bus.publish("picture", stop_reason="finished", **told)
    for _ in range(3):
        desk.bus.publish("picture", stop_reason="finished", **(told | {"missed": True}))
    desk.bus.publish("pictures.missed", count=3, prompts=1, prompt="a red boat", unknown=())
    desk.bus.publish("job.retried", job=1, prompt="a red boat", reason="killed")
    desk.bus.publish("painter", state="failing", reason="the painter cannot start: no libcuda")
    desk.bus.publish("painter", state="ok", reason="")
    desk.bus.publish("job.failed", job=1, prompt="a red boat", reason="The disk is full.")
    speaking = asyncio.create_task(desk.voice.run())
    async with desk.bus.subscribe() as events:
        said = [await _ended(events) for _ in range(5)]
    task.cancel()
    speaking.cancel()
    await asyncio.wait({task, speaking})
    assert said == [
        "Your painting of a red boat is ready.",
        "While I was away, three paintings of a red boat were finished.",
        words.PAINTER_RETRIES,
        words.PAINTER_FAILS,
        "Sorry, I could not paint a red boat. The disk is full.",
    ]


async def _ended(events: asyncio.Queue[Event]) -> str:
    while (event := await asyncio.wait_for(events.get(), 20)).kind != "speech.ended":
        pass
    return str(event.data["text"])
