import json
import subprocess
import sys
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from mused.daemon.commands import main


def test_hear_prints_the_turns_of_a_file(tmp_path: Path) -> None:
    wav = tmp_path / "said.wav"
    text = "computer, generate a sunset with a boat on a lake"
    subprocess.run(["espeak-ng", "-v", "en-us", "-s", "165", "-w", wav, text], check=True)
    result = CliRunner().invoke(main, ["hear", str(wav)])
    assert result.exit_code == 0, result.output
    [turn] = [json.loads(line) for line in result.output.splitlines()]
    assert turn["text"] == "generate a sunset with a boat on a lake"
    assert turn["intent"] == "generate.paint"
    assert turn["slots"] == {"prompt": "a sunset with a boat on a lake"}
    assert turn["confidence"] > 0.7


def test_hear_says_that_there_was_no_turn(tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "silence.wav"), "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        file.writeframes(bytes(32_000))
    result = CliRunner().invoke(main, ["hear", str(tmp_path / "silence.wav")])
    assert (result.exit_code, result.stdout) == (0, "")
    assert "silence.wav: no turn" in result.stderr


def test_hear_names_a_file_it_cannot_read(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["hear", str(tmp_path / "no.wav")])
    assert result.exit_code == 1
    assert "no.wav" in result.output


def test_ask_say_queue_and_status_reach_the_daemon(household: Callable[..., Any]) -> None:
    home = household()
    home.start()

    def mused(*arguments: str) -> Any:
        file = str(home.home / "mused.toml")
        return CliRunner().invoke(main, ["--config", file, *arguments])

    assert mused("ask", "what time is it").output.startswith("It is")
    assert mused("ask", "what", "day", "is", "it").output.startswith("It is")
    nonsense = mused("ask", "colourless green ideas")
    assert nonsense.exit_code == 1
    assert "did not understand" in nonsense.output
    assert mused("queue").output.startswith("Nothing has been asked for")
    assert mused("paint", "a red boat").output.strip().endswith(".png")
    [job] = [json.loads(line) for line in mused("queue", "--json").output.splitlines()]
    assert (job["prompt"], job["status"]) == ("a red boat", "done")
    assert "a red boat" in mused("queue").output
    refused = mused("queue", "cancel", "1")
    assert (refused.exit_code, refused.output) == (
        1,
        "Error: job 1 has already ended: it is done\n",
    )
    assert mused("queue", "cancel", "99").output == "Error: there is no job 99\n"
    home.client.submit("a [/b] boat", {"steps": 3000})
    home.wait_for(lambda: home.client.job(2)["status"] == "running")  # what comes now has to wait
    assert "a [/b] boat" in mused("queue").output
    [waits] = home.client.submit("a cat")["notices"]
    assert waits == "Job 3 waits: one painting comes before it."
    assert mused("queue", "first", "3").output == "job 3 is painted next\n"
    assert mused("queue", "cancel", "3").exit_code == 0
    # Once what was on disk of it is cleared away.
    home.wait_for(lambda: mused("queue", "retry", "3").output == "job 3 is queued again\n")
    assert "it is done" in mused("queue", "retry", "1").output
    shown = mused("queue", "show", "2").output
    assert "prompt:     a [/b] boat" in shown
    assert "steps = 3000" in shown
    assert "queued\n" in shown
    job = json.loads(mused("queue", "show", "--json", "3").output)
    assert [each["status"] for each in job["history"]][:3] == ["queued", "cancelled", "queued"]
    assert mused("queue", "cancel", "2").exit_code == 0
    assert mused("say", "hello").exit_code == 0
    home.wait_for(lambda: any("hello" in each.data.get("text", "") for each in drained(home)))
    assert "inbox" in mused("status").output
    painted = mused("paint", "a quokka")
    assert painted.exit_code == 0
    assert painted.stderr.count("The sketch does not show: quokka.") == 1
    asked = mused("ask", "paint a quokka").output
    assert asked == "I am painting a quokka. I do not know the word quokka.\n"
    ready: list[str] = []
    while len(ready) < 2:
        said = home.event("speech.ended", 30).data["text"]
        ready += [said] if "a quokka is ready" in said else []
    assert ready == ["Your painting of a quokka is ready."] * 2
    told = mused("queue", "show", "4").output
    assert "note: " in told
    assert "not know" in told


def test_paint_tells_why_it_waits(household: Callable[..., Any]) -> None:
    home = household()
    home.gallery.write_text("a file is in the way")
    home.start()
    file = str(home.home / "mused.toml")
    process = subprocess.Popen(
        [sys.executable, "-m", "mused", "--config", file, "paint", "a red boat"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stderr is not None
    assert next(process.stderr).startswith("Job 1 waits: the gallery cannot be used: ")
    home.gallery.unlink()
    picture, _ = process.communicate(timeout=60)
    assert (process.returncode, Path(picture.strip()).suffix) == (0, ".png")


def drained(home: Any) -> list[Any]:
    return [home.events.get() for _ in range(home.events.qsize())]


def test_say_alone_writes_what_it_would_say(tmp_path: Path) -> None:
    file = tmp_path / "mused.toml"
    file.write_text(
        f'[speaking]\nsink = "{tmp_path}/said"\n[control]\nsocket = "{tmp_path}/none.sock"\n'
    )
    result = CliRunner().invoke(main, ["--config", str(file), "say", "hello"])
    assert result.exit_code == 0, result.output
    assert (tmp_path / "said" / "001.wav").exists()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "there is no text"),
        ("...", "there is nothing to say"),
        ("x" * 2001, "more than 2000"),
        ("caf\udce9", "is not UTF-8"),
    ],
)
def test_what_cannot_be_said_is_refused(text: str, words: str) -> None:
    silent = CliRunner().invoke(main, ["say", text])
    assert silent.exit_code != 0
    assert words in silent.output


def test_a_daemon_is_reached_in_spite_of_a_spoilt_configuration(
    household: Callable[..., Any],
) -> None:
    home = household()
    home.start()
    file = home.home / "mused.toml"
    file.write_text(file.read_text() + "\n[hearing2]\n")
    result = CliRunner().invoke(main, ["--config", str(file), "status"])
    assert result.exit_code == 0, result.output
    assert "Warning: " in result.output
    assert "hearing2" in result.output
    assert "painting:" in result.output


def test_a_long_table_is_not_cut_where_nobody_looks(household: Callable[..., Any]) -> None:
    home = household()
    home.start()
    prompt = "a boat " + "and a lake " * 40
    home.client.submit(prompt.strip(), {"steps": 0})
    file = str(home.home / "mused.toml")
    shown = CliRunner().invoke(main, ["--config", file, "queue"]).output
    assert prompt.strip() in shown
    assert len(shown.splitlines()) == 2


@pytest.mark.parametrize(
    ("speaking", "words"),
    [
        ({"enabled": False}, "the voice is switched off"),
        ({"sink": "speaker"}, "not said: "),
    ],
)
def test_a_daemon_that_cannot_speak_says_why(
    household: Callable[..., Any], speaking: dict[str, Any], words: str
) -> None:
    """Nowhere is a sound card, nor a server that could play for one."""
    home = household(speaking=speaking, environment={"PULSE_SERVER": "unix:/nowhere"})
    home.start()
    done = CliRunner().invoke(main, ["--config", str(home.home / "mused.toml"), "say", "hello"])
    assert done.exit_code == 1
    assert words in done.output
