"""What systemctl shows, from what happened on a real bus."""

import asyncio
from typing import Any

import pytest

from mused.daemon.events import Bus
from mused.daemon.jobs.slot import Progress
from mused.daemon.service import notify, status


@pytest.mark.parametrize(
    ("hearing", "progress", "waiting", "obstacle", "text"),
    [
        ({"state": "ok", "muted": False}, None, 0, None, "listening"),
        (
            {"state": "ok", "muted": False},
            Progress(3, 4, 10),
            0,
            None,
            "listening; painting job 3, 40%",
        ),
        (
            {"state": "ok", "muted": False, "only_synthetic": True},
            None,
            0,
            None,
            "listening, to synthetic voices only: mused models pull vosk-small-en-us",
        ),
        (
            {"state": "retrying", "reason": "there is none", "muted": False},
            Progress(3),
            12,
            None,
            "no microphone, retrying: there is none; painting job 3, 0%; 12 jobs wait",
        ),
        (
            {"state": "off", "reason": "switched off", "muted": False},
            None,
            1,
            "torch is not installed",
            "not listening: switched off; 1 job waits; torch is not installed",
        ),
        ({"state": "ok", "muted": True, "only_synthetic": True}, None, 0, None, "muted"),
        (
            {"state": "retrying", "reason": "there is none", "muted": True},
            None,
            0,
            None,
            "muted, and no microphone, retrying: there is none",
        ),
        ({"state": "starting", "reason": "", "muted": False}, None, 0, None, "about to listen"),
        ({"state": "ended", "reason": "", "muted": False}, None, 0, None, "the sound has ended"),
    ],
)
def test_the_line(
    hearing: dict[str, Any], progress: Progress | None, waiting: int, obstacle: str, text: str
) -> None:
    assert status.line(hearing, progress, waiting, obstacle) == text


async def test_one_line_for_many_events(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(status, "EVERY", 0.05)
    sent: list[str] = []
    monkeypatch.setattr(notify, "status", sent.append)
    bus, now = Bus(), "one"
    task = asyncio.create_task(status.report(bus, lambda: now))
    await asyncio.sleep(0.01)
    for step in range(2000):
        bus.publish("job.progress", job=1, step=step)
    now = "two"
    await asyncio.sleep(0.1)
    bus.publish("job.progress", job=1)
    await asyncio.sleep(0.1)
    task.cancel()
    assert list(dict.fromkeys(sent)) == ["one", "two"]
    assert len(sent) <= 4


async def test_a_silence_shows_without_an_event_and_what_was_written_over_comes_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(status, "EVERY", 0.01)
    monkeypatch.setattr(status, "AT_MOST", 0.01)
    sent: list[str] = []
    monkeypatch.setattr(notify, "status", sent.append)
    task = asyncio.create_task(status.report(Bus(), lambda: "listening"))
    async with asyncio.timeout(5):
        while len(sent) < 3:
            await asyncio.sleep(0.01)
    task.cancel()
    assert status.line({"state": "ok", "muted": False}, None, 0, None, ["inbox"]).startswith(
        "no sign of life"
    )
