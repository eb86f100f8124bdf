"""The status of the daemon for people: a few lines in words for each part."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from mused.daemon.commands.paint_shown import clock
from mused.daemon.hearing.audio import FRAME_SECONDS
from mused.daemon.service.status import heard

SOURCES = {"microphone": "the microphone", "stdin": "standard input"}
WIDTH = 12  # characters before the words


def lines(status: Mapping[str, Any]) -> Iterator[str]:
    """The lines of what `Client.status` gives; parts that are new to us are shown as they are."""
    shown: dict[str, Callable[[Any], Iterator[str]]] = {
        "hearing": _hearing,
        "speaking": _speaking,
        "skills": _skills,
        "inbox": _inbox,
    }
    for part, value in status.items():
        words = shown[part](value) if part in shown else [str(value)]
        for number, line in enumerate(words):
            yield f"{'' if number else part + ':':<{WIDTH}}{line}"


def _hearing(hearing: Mapping[str, Any]) -> Iterator[str]:
    yield heard(hearing)
    if "source" in hearing:
        sound, lost = (hearing[f"blocks_{each}"] * FRAME_SECONDS for each in ("heard", "lost"))
        missed = f"{lost:.1f} s of it lost" if lost else "none of it lost"
        source = SOURCES.get(hearing["source"], hearing["source"])
        if hearing.get("device"):
            source += f" {hearing['device']}"
        yield f"{clock(sound)} of sound from {source}, {missed}; model {hearing['model']}"
    if hearing["muted"]:
        yield "`mused unmute` has it listen again"
    if hearing["state"] in ("ok", "starting") and hearing["reason"]:
        yield hearing["reason"]
    yield from filter(None, hearing.get("note", "").split("; "))


def _speaking(sink: str) -> Iterator[str]:
    name, but, trouble = sink.partition(", but ")
    words = {
        "off": "switched off",
        "none": "nobody hears it: [speaking] sink is none",
        "speaker": "through the speaker",
    }
    yield words.get(name, f"into the folder {name}") + but + trouble


def _inbox(inbox: str) -> Iterator[str]:
    yield from inbox.split("; ")


def _skills(skills: Mapping[str, str]) -> Iterator[str]:
    works = [name for name, state in skills.items() if state == "ok"]
    yield ", ".join(works) if works else "none works"
    yield from (f"{name}: {state}" for name, state in skills.items() if state != "ok")
