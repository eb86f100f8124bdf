"""What `mused status` says to people; `--json` says the same to programs."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner

from mused.daemon.commands import main
from mused.daemon.commands.status_shown import lines

HEARS = {
    "state": "ok",
    "reason": "",
    "muted": False,
    "source": "microphone",
    "model": "vosk-mused-en",
    "blocks_heard": 9600,
    "blocks_lost": 0,
}


@pytest.mark.parametrize(
    ("hearing", "shown"),
    [
        (
            HEARS,
            [
                "listening",
                "3:12 of sound from the microphone, none of it lost; model vosk-mused-en",
            ],
        ),
        (
            {**HEARS, "device": "usb"},
            [
                "listening",
                "3:12 of sound from the microphone usb, none of it lost; model vosk-mused-en",
            ],
        ),
        (
            {**HEARS, "muted": True, "source": "stdin", "blocks_lost": 75, "note": "one; two"},
            [
                "muted",
                "3:12 of sound from standard input, 1.5 s of it lost; model vosk-mused-en",
                "`mused unmute` has it listen again",
                "one",
                "two",
            ],
        ),
        (
            {**HEARS, "state": "retrying", "reason": "it was pulled out", "source": "/tmp/a.wav"},
            [
                "no microphone, retrying: it was pulled out",
                "3:12 of sound from /tmp/a.wav, none of it lost; model vosk-mused-en",
            ],
        ),
        (
            {"state": "off", "reason": "there is no model", "muted": False},
            ["not listening: there is no model"],
        ),
        (
            {"state": "starting", "reason": "a mute cannot be remembered", "muted": False},
            ["about to listen", "a mute cannot be remembered"],
        ),
    ],
)
def test_hearing_in_words(hearing: dict[str, Any], shown: list[str]) -> None:
    first, *more = shown
    expected = [f"hearing:    {first}", *(f"            {each}" for each in more)]
    assert list(lines({"hearing": hearing})) == expected


def test_parts_are_told_in_words_and_new_ones_as_they_are() -> None:
    status = {
        "speaking": "speaker, but there is no sound server",
        "painting": "1 job open",
        "skills": {"clock": "ok", "coffee": "cannot be imported", "stop": "ok"},
        "inbox": "/home/a/inbox; 'boat' waits: it is no file; 2 files wait",
        "weather": "fine",
    }
    assert list(lines(status)) == [
        "speaking:   through the speaker, but there is no sound server",
        "painting:   1 job open",
        "skills:     clock, stop",
        "            coffee: cannot be imported",
        "inbox:      /home/a/inbox",
        "            'boat' waits: it is no file",
        "            2 files wait",
        "weather:    fine",
    ]


@pytest.mark.parametrize(
    ("sink", "words"),
    [
        ("off", "switched off"),
        ("none", "nobody hears it: [speaking] sink is none"),
        ("speaker", "through the speaker"),
        ("/home/a/said", "into the folder /home/a/said"),
    ],
)
def test_where_it_speaks(sink: str, words: str) -> None:
    assert list(lines({"speaking": sink})) == [f"speaking:   {words}"]


def test_a_running_daemon_tells_people_and_programs_the_same(
    household: Callable[..., Any],
) -> None:
    home = household()
    home.start()
    home.client.submit("a red boat", {"steps": 5000})
    file = str(home.home / "mused.toml")
    shown = CliRunner().invoke(main, ["--config", file, "status"]).output
    told = json.loads(CliRunner().invoke(main, ["--config", file, "status", "--json"]).output)
    assert shown.splitlines() == list(lines(told))
    assert "painting:   1 job open" in shown
    assert f"inbox:      {home.inbox}" in shown
    assert "{" not in shown
    assert home.stop() == 0
