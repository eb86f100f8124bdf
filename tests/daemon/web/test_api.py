"""The control API over a real unix socket."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from mused import __version__
from mused.art import foresight
from mused.daemon.attention import Attention
from mused.daemon.config import Hearing, Speaking
from mused.daemon.errors import ControlError
from mused.daemon.events import Bus
from mused.daemon.web.api import LARGEST_BODY
from mused.daemon.web.client import Client
from mused.daemon.web.stream import EventStream
from mused.skills.contract import Reply


@pytest.fixture
async def raw(desk: Any, socket: Path) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.AsyncHTTPTransport(uds=str(socket))
    async with httpx.AsyncClient(transport=transport, base_url="http://mused") as http:
        yield http


async def test_status(desk: Any, client: Client) -> None:
    status = await asyncio.to_thread(client.status)
    assert status["version"] == __version__
    off = {"state": "off", "reason": "switched off in the configuration", "muted": False}
    assert status["hearing"] == off
    assert status["skills"]["clock"] == "ok"
    assert status["painting"] == "0 jobs open"


async def test_ask(desk: Any, client: Client) -> None:
    reply = await asyncio.to_thread(client.ask, " paint Café | 1:2 ")
    assert reply == Reply("I am painting Café. I do not know the word café.")
    assert desk.queue.get(1).prompt == "Café | 1:2"
    unclear = await asyncio.to_thread(client.ask, "colourless green ideas")
    assert not unclear.understood


async def test_a_lone_surrogate_is_refused(desk: Any, client: Client) -> None:
    with pytest.raises(ControlError, match="Invalid JSON"):
        await asyncio.to_thread(client.ask, "paint \udcff")


async def test_say(desk: Any, client: Client) -> None:
    await asyncio.to_thread(client.say, "hello")
    assert desk.voice.speaking


async def test_mute_is_remembered_and_told(desk: Any, client: Client, tmp_path: Path) -> None:
    async with desk.bus.subscribe() as events:
        for on in (True, True, False):
            await asyncio.to_thread(client.mute, on=on)
            assert (await asyncio.to_thread(client.status))["hearing"]["muted"] == on
            again = Attention(Hearing(enabled=False), Bus(), tmp_path / "state")
            assert again.muted == on
        told = [events.get_nowait() for _ in range(events.qsize())]
    assert [(event.kind, event.data["on"]) for event in told] == [("mute", True), ("mute", False)]


def test_what_cannot_be_remembered_is_in_the_status(tmp_path: Path) -> None:
    (tmp_path / "state").touch()  # where a folder should be
    attention = Attention(Hearing(), Bus(), tmp_path / "state")
    assert attention.mute(on=True)
    assert attention.status()["muted"]
    assert "a restart will forget that mused was muted: " in attention.status()["reason"]


@pytest.mark.parametrize("speaking", [Speaking(enabled=False), Speaking(sink="none")])
async def test_a_voice_that_is_off_says_so(desk: Any, client: Client, speaking: Speaking) -> None:
    with pytest.raises(ControlError, match="the voice is switched off"):
        await asyncio.to_thread(client.say, "hello")
    assert not desk.voice.speaking


async def test_jobs_from_request_to_cancel(desk: Any, client: Client) -> None:
    assert await asyncio.to_thread(client.jobs) == []
    first = await asyncio.to_thread(client.submit, "a red boat:2 | sea", {"width": 64})
    second = await asyncio.to_thread(client.submit, "a cat and a quokka")
    assert second["notices"] == [
        "Job 2 waits: one painting comes before it.",
        "The sketch does not show: quokka.",
    ]
    assert first["settings"] == {"width": 64}
    assert [job["id"] for job in await asyncio.to_thread(client.jobs)] == [2, 1]
    found = await asyncio.to_thread(client.job, 1)
    history = found.pop("history")
    assert {**found, "notices": []} == first
    assert [(each["status"], each["reason"]) for each in history] == [("queued", None)]
    assert await asyncio.to_thread(client.cancel, second["id"])
    assert not await asyncio.to_thread(client.cancel, second["id"])
    assert not await asyncio.to_thread(client.cancel, 99)
    assert (await asyncio.to_thread(client.job, 2))["status"] == "cancelled"
    with pytest.raises(ControlError, match="there is no job 99"):
        await asyncio.to_thread(client.job, 99)


async def test_a_job_is_taken_whose_foresight_fails(
    desk: Any, client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(foresight, "unknown_to_sketch", None)
    assert (await asyncio.to_thread(client.submit, "a boat"))["notices"] == []
    reply = await asyncio.to_thread(client.ask, "paint a cat")
    assert reply.understood
    assert desk.queue.get(2).prompt == "a cat"
    assert "nothing is foretold of job 1" in caplog.text


async def test_a_job_with_a_model_that_is_not_installed_is_not_taken(
    desk: Any, client: Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    with pytest.raises(ControlError, match="not installed: mused models pull clip-rn50"):
        await asyncio.to_thread(client.submit, "a boat", {"clip": "clip-rn50"})
    assert desk.queue.next() is None


async def test_jobs_are_moved_and_retried(desk: Any, client: Client) -> None:
    for prompt in ("a boat", "a cat"):
        await asyncio.to_thread(client.submit, prompt)
    await asyncio.to_thread(client.first, 2)
    running = desk.queue.next()
    assert running.prompt == "a cat"
    with pytest.raises(ControlError, match="job 2 does not wait: it is running"):
        await asyncio.to_thread(client.first, 2)
    with pytest.raises(ControlError, match="job 2 neither failed nor was cancelled"):
        await asyncio.to_thread(client.retry, 2)
    desk.queue.fail(running, "no reason")
    await asyncio.to_thread(client.retry, 2)
    job = await asyncio.to_thread(client.job, 2)
    assert (job["status"], job["attempts"]) == ("queued", 0)
    assert "no reason" in [each["reason"] for each in job["history"]]
    assert desk.queue.next().id == 2
    await asyncio.to_thread(client.cancel, 1)
    await asyncio.to_thread(client.retry, 1)
    assert desk.control.status()["painting"] == "2 jobs open", "asked for again, and no trouble"
    for move in (client.first, client.retry):
        with pytest.raises(ControlError, match="there is no job 99"):
            await asyncio.to_thread(move, 99)


async def test_a_job_that_is_still_being_stopped_can_be_retried_later(
    desk: Any, client: Client
) -> None:
    await asyncio.to_thread(client.submit, "a boat")
    await asyncio.to_thread(client.cancel, 1)
    async with asyncio.timeout(10):
        while 1 in desk.runner._clearing:
            await asyncio.sleep(0.01)
    desk.runner._clearing[1] = asyncio.create_task(asyncio.sleep(60))
    with pytest.raises(ControlError, match="let go of job 1 yet: try again"):
        await asyncio.to_thread(client.retry, 1)
    desk.runner._clearing.pop(1).cancel()
    await asyncio.to_thread(client.retry, 1)


async def test_a_full_queue_answers_503_in_words(
    desk: Any, client: Client, raw: httpx.AsyncClient
) -> None:
    desk.queue._most_open = 2
    for _ in range(2):
        await asyncio.to_thread(client.submit, "a boat")
    answer = await raw.post("/jobs", json={"prompt": "a cat"})
    assert answer.status_code == 503
    assert "the queue is full, 2 jobs wait" in answer.json()["error"]


async def test_a_finished_job_names_its_picture(desk: Any, client: Client) -> None:
    await asyncio.to_thread(client.submit, "a cat")
    desk.queue.done(desk.queue.next(), Path("/pictures/cat.png"))
    job = await asyncio.to_thread(client.job, 1)
    assert (job["status"], job["picture"]) == ("done", "/pictures/cat.png")


async def test_an_unusable_prompt_is_refused_in_its_own_words(desk: Any, client: Client) -> None:
    with pytest.raises(ControlError, match="The weight 0 in 'sea:0' does nothing"):
        await asyncio.to_thread(client.submit, "boat | sea:0")
    assert not desk.queue.recent()


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "words"),
    [
        ("POST", "/utterances", b"{", 422, "Invalid JSON"),
        ("POST", "/utterances", b"[]", 422, "object"),
        ("POST", "/utterances", b"{}", 422, "text: Field required"),
        ("POST", "/utterances", b'{"text": "  "}', 422, "text: String should have at least 1"),
        ("POST", "/utterances", b'{"text": 5}', 422, "text: Input should be a valid string"),
        ("POST", "/utterances", b'{"text": "a", "txt": "b"}', 422, "txt: Extra inputs"),
        ("POST", "/utterances", b'{"text": "%s"}' % (b"a" * 2001), 422, "at most 2000"),
        ("POST", "/utterances", b'{"text": "\xff"}', 422, "Invalid JSON"),
        ("POST", "/jobs", b'{"prompt": "%s"}' % (b"a" * LARGEST_BODY), 413, "larger than"),
        ("POST", "/jobs", b'{"prompt": "a", "settings": 3}', 422, "settings: "),
        ("POST", "/jobs/1/first", b"", 422, "Invalid JSON"),
        ("POST", "/jobs/1/retry", b"{}", 404, "there is no job 1"),
        ("PUT", "/jobs", b"", 405, "Method Not Allowed"),
        ("GET", "/nowhere", b"", 404, "Not Found"),
        ("GET", "/jobs/zero", b"", 404, "there is no job zero"),
        ("GET", "/jobs/" + "9" * 5000, b"", 404, "there is no job"),
        ("POST", "/jobs", b'{"prompt": "a", "settings": {"stps": 1}}', 422, "did you mean steps"),
    ],
)
async def test_bad_requests(
    raw: httpx.AsyncClient, method: str, path: str, body: bytes, status: int, words: str
) -> None:
    answer = await raw.request(
        method, path, content=body, headers={"content-type": "application/json"}
    )
    assert answer.status_code == status
    assert words in answer.json()["error"]


async def test_web_pages_cannot_post_forms(raw: httpx.AsyncClient, desk: Any) -> None:
    answer = await raw.post("/speech", content=b'{"text": "boo"}')
    assert answer.status_code == 415
    assert not desk.voice.speaking


async def test_an_inner_failure_is_logged_and_not_shown(
    raw: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    answer = await raw.get("/broken")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "a secret of the inside" in caplog.text
    assert (await raw.get("/status")).status_code == 200


async def test_events_reach_every_listener(desk: Any, client: Client) -> None:
    streams = [await asyncio.to_thread(client.events) for _ in range(2)]
    desk.bus.publish("reply", "turn-7", text="naïve\nline", picture=Path("/p.png"))
    for stream in streams:
        event = await asyncio.to_thread(next, stream)
        assert (event.kind, event.turn) == ("reply", "turn-7")
        assert event.data == {"text": "naïve\nline", "picture": "/p.png"}
        await asyncio.to_thread(stream.close)


async def test_a_listener_that_left_is_forgotten(desk: Any, raw: httpx.AsyncClient) -> None:
    async with raw.stream("GET", "/events") as stream:
        assert await anext(stream.aiter_lines()) == ": listening"
        assert len(desk.bus._queues) == 1
    async with asyncio.timeout(5):
        while desk.bus._queues:
            await asyncio.sleep(0.01)


async def test_a_silent_stream_shows_that_it_lives() -> None:
    stream = EventStream(Bus(), heartbeat=0.01)
    lines = stream._lines()
    assert [await anext(lines) for _ in range(3)] == [
        ": listening\n\n", ": alive\n\n", ": alive\n\n",
    ]  # fmt: skip
    stream.close()
    with suppress(StopAsyncIteration):
        assert json.dumps(await anext(lines)) == ""


async def test_a_job_is_told_that_the_disk_refused_an_earlier_one(
    desk: Any, client: Client
) -> None:
    await asyncio.to_thread(client.submit, "a boat")
    desk.runner._ledger.postpone(desk.queue.next(), "no room")
    desk.queue.add("key-2", "a tree", {}, "voice")  # it comes first now
    assert (await asyncio.to_thread(client.submit, "a cat"))["notices"] == ["Job 3 waits: no room."]
    assert desk.control.status()["painting"] == "3 jobs open, waiting: no room"
    assert desk.control.line().endswith("3 jobs wait; no room")
    for job in (1, 2):
        await asyncio.to_thread(client.cancel, job)
    [waits] = (await asyncio.to_thread(client.submit, "a dog"))["notices"]
    assert waits == "Job 4 waits: one painting comes before it."


async def test_that_an_earlier_job_was_asked_for_again_is_no_trouble(
    desk: Any, client: Client
) -> None:
    await asyncio.to_thread(client.submit, "a boat")
    desk.queue.fail(desk.queue.next(), "no reason")
    await asyncio.to_thread(client.retry, 1)
    [waits] = (await asyncio.to_thread(client.submit, "a cat"))["notices"]
    assert waits == "Job 2 waits: one painting comes before it."


async def test_what_other_painters_work_at_does_not_wait(desk: Any) -> None:
    for number in range(4):
        desk.queue.add(f"key-{number}", "a boat", {}, "cli")
    desk.queue.next()
    desk.queue.next()
    assert "2 jobs wait" in desk.control.line()
