"""Says aloud what happens without being asked: pictures that appear, jobs that fail."""

from mused.daemon import words
from mused.daemon.events import Bus, Event
from mused.daemon.health import rest
from mused.daemon.speaking.tones import Earcon
from mused.daemon.speaking.voice import Voice


def announcement(event: Event) -> str | None:
    """The sentence for an event, or None where silence is better."""
    match event.kind:
        case "picture" if event.data["stop_reason"] != "cancelled":
            return words.ready(event.data["prompt"])
        case "job.failed":
            return words.failed(event.data["prompt"], event.data["reason"])
        case "job.retried":
            return words.PAINTER_RETRIES
        case "painter" if event.data["state"] == "failing":
            return words.PAINTER_FAILS
        case _:
            return None


def earcon(event: Event) -> Earcon | None:
    """What sounds before the sentence for an event."""
    match event.kind:
        case "picture":
            return "done"
        case "job.failed" | "painter":
            return "failed"
        case _:
            return None


async def announce(bus: Bus, voice: Voice, *, pictures: bool = True) -> None:
    """Speak about events until cancelled; `pictures` False keeps quiet about new pictures."""
    async with bus.subscribe() as events:
        rest()
        while True:
            event = await events.get()
            if event.kind == "picture" and not pictures:
                continue
            sentence = announcement(event)
            if sentence:
                voice.say(sentence, event.turn, announcement=True, earcon=earcon(event))
