"""The whole path, with a real daemon, real sound, real painting and real kills."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mused.art.picture import read_recipe
from mused.daemon.hearing.model import Model
from mused.daemon.hearing.recognizer import Recognizer
from mused.daemon.hearing.source import WavSource
from mused.daemon.service.room import Room


def heard_again(wav: Path, model: Model) -> str:
    recognizer = Recognizer(model, 0.0)
    for block in WavSource(wav).blocks():
        assert isinstance(block, bytes)
        recognizer.feed(block)
    return " ".join(word.text for word in recognizer.finish())


def render(text: str, wav: Path) -> None:
    subprocess.run(["espeak-ng", "-v", "en-us", "-s", "165", "-w", str(wav), text], check=True)


def test_speak_and_it_paints(
    household: Callable[..., Any], room: Room, vosk_model: Model, tmp_path: Path
) -> None:
    home = household({"enabled": True}, {"steps": 40}, {"sink": "speaker"}, room.environment)
    render("computer, generate a sunset with a boat on a lake", tmp_path / "said.wav")
    with room.recording(tmp_path / "announced.wav"):
        home.start()
        room.speak(tmp_path / "said.wav")
        assert home.event("heard").data["text"] == "generate a sunset with a boat on a lake"
        assert home.event("reply").data["understood"]
        lost_before = home.client.status()["hearing"]["blocks_lost"]
        picture = Path(home.event("picture").data["picture"])
        lost = home.client.status()["hearing"]["blocks_lost"] - lost_before
        ended = home.event("speech.ended")
        while not ended.data["text"].endswith("ready."):
            ended = home.event("speech.ended")
        assert ended.data["outcome"] == "said"
    assert lost == 0
    assert read_recipe(picture).prompt == "a sunset with a boat on a lake"
    announced = heard_again(tmp_path / "announced.wav", vosk_model)
    assert {"sunset", "boat", "lake", "ready"} <= set(announced.split())
    assert home.stop() == 0


def test_muted_it_hears_nothing_also_after_a_restart(
    household: Callable[..., Any], room: Room, tmp_path: Path
) -> None:
    home = household({"enabled": True}, speaking={"sink": "none"}, environment=room.environment)
    render("computer, stop listening", tmp_path / "mute.wav")
    render("computer, what time is it", tmp_path / "time.wav")
    home.start()
    room.speak(tmp_path / "mute.wav")
    assert home.event("mute", 20).data == {"on": True}
    assert home.stop() == 0
    home.start()
    assert home.client.status()["hearing"]["muted"]
    room.speak(tmp_path / "time.wav")
    assert "wake" not in {event.kind for event in list(home.events.queue)}
    home.client.mute(on=False)
    room.speak(tmp_path / "time.wav")
    assert home.event("reply", 20).data["text"].startswith("It is")
    assert home.stop() == 0


def test_a_prompt_file_becomes_a_picture_and_a_bad_one_its_reason(
    household: Callable[..., Any], vosk_model: Model
) -> None:
    home = household()
    home.start()
    (home.inbox / "boat.txt").write_text("a red boat\n")
    (home.inbox / "bad.toml").write_text('promt = "a red boat"\n')
    assert "promt" in home.event("inbox.refused").data["reason"]
    event = home.event("picture")
    assert event.data["prompt"] == "a red boat"
    home.wait_for((home.home / "said" / "001.wav").exists)
    assert "red boat is ready" in heard_again(home.home / "said" / "001.wav", vosk_model)
    assert (home.inbox / "done" / "boat.txt").exists()
    assert "promt" in (home.inbox / "failed" / "bad.toml.error.txt").read_text()
    assert home.stop() == 0


def test_a_killed_worker_is_told_and_tried_again(household: Callable[..., Any]) -> None:
    home = household(painting={"steps": 60})
    home.start()
    home.client.submit("a red boat")
    home.event("job.progress")
    os.kill(home.worker(), signal.SIGKILL)
    assert home.event("job.retried").data["job"] == 1
    picture = Path(home.event("job.done").data["picture"])
    assert read_recipe(picture).steps_done == 60
    home.wait_for(lambda: len(list((home.home / "said").glob("*.wav"))) == 2)
    assert len(list(home.gallery.glob("2*/*.png"))) == 1


def test_a_killed_daemon_takes_its_worker_along_and_paints_once(
    household: Callable[..., Any],
) -> None:
    home = household(painting={"steps": 60})
    home.start()
    home.client.submit("a red boat")
    home.event("job.progress")
    worker = home.worker()
    home.kill()
    home.wait_for(lambda: not Path(f"/proc/{worker}").exists(), 10)
    home.start()
    home.event("picture")
    job = home.client.job(1)
    assert (job["status"], job["attempts"]) == ("done", 1)
    assert len(list(home.gallery.glob("2*/*.png"))) == 1
    assert home.stop() == 0
    home.start()
    assert home.client.job(1)["attempts"] == 1
    assert home.stop() == 0


def test_stopping_in_mid_painting_keeps_the_job(household: Callable[..., Any]) -> None:
    home = household(painting={"steps": 5000})
    home.start()
    home.client.submit("a red boat")
    home.event("job.progress")
    worker = home.worker()
    status = Path(f"/proc/{worker}/status").read_text()
    assert "SigBlk:\t0000000000000000" in status  # the daemon's own are held back
    assert home.stop() == 0
    assert not Path(f"/proc/{worker}").exists()
    home.start()
    home.event("job.progress")
    assert home.client.cancel(1)
    home.event("job.cancelled", 10)
    assert home.client.job(1)["status"] == "cancelled"


def test_a_second_daemon_on_the_same_state_is_refused(household: Callable[..., Any]) -> None:
    home = household()
    home.start()
    other = home.home / "other.toml"
    other.write_text(f'state = "{home.home}/state"\n[control]\nsocket = "{home.home}/other.sock"\n')
    second = subprocess.run(
        [sys.executable, "-m", "mused", "--config", str(other), "run"],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert second.returncode == 1
    assert "another mused already runs" in second.stderr
    assert home.client.status()


def test_a_bad_model_is_a_status_and_the_inbox_goes_on(household: Callable[..., Any]) -> None:
    home = household({"enabled": True, "source": "stdin", "model": "/nowhere/model"})
    home.start()
    assert "/nowhere/model" in home.client.status()["hearing"]["reason"]
    assert home.client.ask("what time is it").understood


def test_an_unusable_state_folder_is_a_status_and_the_inbox_keeps_its_files(
    household: Callable[..., Any],
) -> None:
    home = household()
    state = home.home / "state"
    state.write_text("a file is in the way")
    home.start()
    assert "nothing can be queued" in home.client.status()["painting"]
    assert home.client.ask("what time is it").understood
    refused = home.client.ask("paint a red boat")
    assert str(state) in refused.text
    home.wait_for((home.home / "said" / "002.wav").exists)
    (home.inbox / "boat.txt").write_text("a red boat\n")
    home.wait_for(lambda: "the inbox cannot be used" in home.log)
    assert str(state) in home.log
    state.unlink()
    assert home.event("picture").data["prompt"] == "a red boat"
    assert home.client.status()["painting"] == "0 jobs open"
    assert home.stop() == 0
