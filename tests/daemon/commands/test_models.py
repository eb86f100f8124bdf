import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from PIL import Image

import mused.art
from mused.art.picture import read_recipe
from mused.daemon.commands import main
from mused.daemon.commands.models import _progress
from mused.daemon.hearing.model import BUNDLED
from mused.daemon.models import store

ART = Path(str(mused.art.__file__)).parent
PAUSE_AT = 1_000_000


class Shelf(ThreadingHTTPServer):
    """Serves a folder; stops in the middle of each file while it is held."""

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ranges: list[str | None] = []
        self.go = threading.Event()
        self.go.set()
        super().__init__(("127.0.0.1", 0), _Clerk)
        self.url = f"http://127.0.0.1:{self.server_address[1]}/model.zip"

    def handle_error(self, *_: object) -> None:
        """A client that is killed is no news here."""


class _Clerk(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Shelf

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        content = (self.server.folder / self.path.lstrip("/")).read_bytes()
        wanted = self.headers.get("Range")
        self.server.ranges.append(wanted)
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
        self.send_response(206 if start else 200)
        self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.send_header("Content-Length", str(len(content) - start))
        self.send_header("ETag", '"one"')
        self.end_headers()
        self.wfile.write(content[start:PAUSE_AT])
        self.wfile.flush()
        self.server.go.wait(30)
        self.wfile.write(content[max(start, PAUSE_AT) :])


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    """Has the bundled model as ``model.zip``."""
    shutil.make_archive(str(tmp_path / "shelf" / "model"), "zip", BUNDLED)
    shelf = Shelf(tmp_path / "shelf")
    thread = threading.Thread(target=shelf.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield shelf
    shelf.go.set()
    shelf.shutdown()
    thread.join()
    shelf.server_close()


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where models are installed."""
    monkeypatch.delenv("STATE_DIRECTORY", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return tmp_path / "data" / "mused" / "models"


@pytest.fixture
def run(tmp_path: Path, models: Path) -> Callable[..., Result]:
    file = tmp_path / "mused.toml"
    file.touch()
    runner = CliRunner()
    return lambda *given: runner.invoke(main, ["--config", str(file), *map(str, given)])


def started(tmp_path: Path, *given: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "mused", "--config", str(tmp_path / "mused.toml"), *given]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_for(condition: Callable[[], object], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_model_is_pulled_shown_used_and_removed(
    run: Callable[..., Result], shelf: Shelf, models: Path, tmp_path: Path
) -> None:
    done = run("models", "pull", "mine", "--url", shelf.url)
    assert done.exit_code == 0, done.output
    assert f"mine is installed: {models}/mine\n" in done.stdout
    assert 'use it: [hearing] model = "mine"' in done.stdout
    assert re.search(r"mine: \d+ kB of (\d\.\d MB)\n(.*\n)*mine: \1 of \1\n", done.stderr)
    assert "\x1b" not in done.stderr

    assert "installed already" in run("models", "pull", "mine", "--url", shelf.url).stdout
    rows = [json.loads(line) for line in run("models", "list", "--json").stdout.splitlines()]
    assert [row["name"] for row in rows if row["path"]] == ["mine"]
    assert "vosk-small-en-us" in [row["name"] for row in rows]
    assert "mine" in run("models", "list").stdout
    assert shelf.url in run("models", "show", "mine").stdout

    (tmp_path / "mused.toml").write_text('[hearing]\nmodel = "mine"\n')
    assert json.loads(run("models", "show", "mine", "--json").stdout)["used_by"] == [
        "[hearing] model"
    ]
    refused = run("models", "remove", "mine", "--yes")
    assert refused.exit_code == 1
    assert "[hearing] model uses mine" in refused.output
    (tmp_path / "mused.toml").write_text(f'[hearing]\nmodel = "{models}/mine"\n')
    assert run("models", "remove", "mine", "--yes").exit_code == 1
    assert run("models", "remove", "mine", "--force").exit_code == 1  # nobody says yes
    assert run("models", "remove", "mine", "--force", "--yes").exit_code == 0
    assert run("models", "remove", "mine", "--yes").exit_code == 1
    assert not (models / "mine").exists()


def test_the_installed_model_hears(
    run: Callable[..., Result], shelf: Shelf, tmp_path: Path
) -> None:
    (tmp_path / "mused.toml").write_text('[hearing]\nmodel = "mine"\n')
    wav = tmp_path / "said.wav"
    subprocess.run(["espeak-ng", "-v", "en-us", "-w", wav, "computer, stop"], check=True)
    unheard = run("hear", wav)
    assert "the model mine is not installed: `mused models list`" in unheard.output
    done = run("models", "pull", "mine", "--url", shelf.url)
    assert "[hearing] model uses it: restart mused" in done.stdout
    assert json.loads(run("hear", wav).stdout)["text"] == "stop"


def test_what_cannot_be_pulled_is_told(run: Callable[..., Result], shelf: Shelf) -> None:
    for given, words in (
        (["vosk-small-en-u"], "did you mean vosk-small-en-us"),
        (["../x", "--url", shelf.url], "cannot be a model's name"),
        (["a", "b", "--url", shelf.url], "give one NAME"),
        (["mine", "--url", shelf.url, "--sha256", "abc"], "64 hexadecimal digits"),
        (["mine", "--url", shelf.url, "--sha256", "0" * 64], "another file than expected"),
        (["mine", "--url", "ftp://x/y"], "only http and https"),
    ):
        done = run("models", "pull", *given)
        assert done.exit_code > 0
        assert words in done.output, done.output
    assert run("models", "show", "nothing").exit_code == 1


def test_ones_own_network_is_imported_and_paints(
    run: Callable[..., Result], tmp_path: Path
) -> None:
    bundled = ART / "bundled" / "vqgan.safetensors"
    done = run("models", "import", bundled, "--name", "own")
    assert done.exit_code == 0, done.output
    assert "use it: mused paint --vqgan own" in done.stdout
    again = run("models", "import", bundled, "--name", "own")
    assert "--again replaces it" in again.output
    out = tmp_path / "boat.png"
    quick = ("--size", "64x64", "--steps", "1")
    painted = run("paint", "a boat", "--alone", "-o", out, *quick, "--vqgan", "own")
    assert painted.exit_code == 0, painted.output
    assert read_recipe(out).vqgan.name == "own.safetensors"
    missing = run("paint", "a boat", "--alone", "-o", out, "--clip", "clip-vit-b32")
    assert "not installed: mused models pull clip-vit-b32" in missing.output
    wrong = run("paint", "a boat", "--alone", "-o", out, "--clip", "./no.pt")
    assert "there is no file no.pt" in wrong.output


def test_names_of_models_do_for_all_that_takes_weights(
    run: Callable[..., Result], tmp_path: Path
) -> None:
    for kind in ("vqgan", "clip"):
        bundled = ART / "bundled" / f"{kind}.safetensors"
        assert run("models", "import", bundled, "--name", f"my-{kind}").exit_code == 0
    picture = tmp_path / "red.png"
    Image.new("RGB", (64, 64), "red").save(picture)
    seen = run("classify", picture, "--labels", "red, blue", "--clip", "my-clip")
    assert seen.exit_code == 0, seen.output
    out = ("--size", "64", "-o", tmp_path / "back.png")
    back = run("reconstruct", picture, *out, "--vqgan", "my-vqgan")
    assert back.exit_code == 0, back.output
    named, shipped = back.stdout.splitlines(), run("reconstruct", picture, *out).stdout.splitlines()
    assert named[0].endswith("my-vqgan.safetensors")
    assert named[1] == shipped[1], "the same network gives the same figures"
    for name, words in (
        ("my-clip", "the model my-clip is a clip, where a vqgan is needed"),
        ("vqgan-f16-1024", "not installed: mused models pull vqgan-f16-1024"),
        ("./my-vqgan", "there is no file my-vqgan"),
    ):
        for command in (["reconstruct", picture], ["train", "transformer"], ["sample", picture]):
            refused = run(*command, "--vqgan", name)
            assert refused.exit_code > 0
            assert words in refused.output


def test_after_kill_9_the_next_pull_goes_on(
    run: Callable[..., Result], shelf: Shelf, models: Path, tmp_path: Path
) -> None:
    shelf.go.clear()
    pulling = started(tmp_path, "models", "pull", "mine", "--url", shelf.url)
    part = models / ".mine.part"
    wait_for(lambda: part.exists() and part.stat().st_size >= PAUSE_AT - 70_000)
    pulling.kill()
    pulling.communicate()
    shelf.go.set()
    kept = part.stat().st_size
    done = run("models", "pull", "mine", "--url", shelf.url)
    assert done.exit_code == 0, done.output
    assert shelf.ranges == [None, f"bytes={kept}-"]
    assert not part.exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_pull_says_what_is_kept(
    number: signal.Signals, shelf: Shelf, models: Path, run: Callable[..., Result], tmp_path: Path
) -> None:
    shelf.go.clear()
    pulling = started(tmp_path, "models", "pull", "mine", "--url", shelf.url)
    part = models / ".mine.part"
    wait_for(lambda: part.exists() and part.stat().st_size >= PAUSE_AT - 70_000)
    pulling.send_signal(number)
    _, errors = pulling.communicate(timeout=20)
    assert pulling.returncode == 1
    kept = store.megabytes(part.stat().st_size)
    assert f"stopped; {kept} of mine are kept, the same command goes on from there" in errors
    assert not (models / ".mine.new").exists()
    done = run("models", "remove", "mine", "--yes")
    assert done.stdout == f"mine is removed, {kept} are free again\n"
    assert {each.suffix for each in models.iterdir()} == {".lock"}


def test_two_pulls_of_one_model_do_not_meet(
    run: Callable[..., Result], shelf: Shelf, models: Path, tmp_path: Path
) -> None:
    shelf.go.clear()
    pulling = started(tmp_path, "models", "pull", "mine", "--url", shelf.url)
    wait_for((models / ".mine.part").exists)
    second = run("models", "pull", "mine", "--url", shelf.url)
    assert "another mused is just pulling or importing mine" in second.output
    shelf.go.set()
    _, errors = pulling.communicate(timeout=60)
    assert pulling.returncode == 0, errors
    assert len(shelf.ranges) == 1


def test_a_terminal_gets_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    main_end, end = os.openpty()
    with os.fdopen(end, "w") as terminal:
        monkeypatch.setattr(sys, "stderr", terminal)
        monkeypatch.setenv("TERM", "xterm")
        with _progress("mine") as (report, say):
            report(5_000_000, 10_000_000)
            say("going [on]")
            time.sleep(0.2)
    shown = os.read(main_end, 100_000).decode()
    os.close(main_end)
    assert "5.0/10.0 MB" in shown
    assert "going [on]" in shown
