"""mused.art without the rest of mused."""

import inspect
import subprocess
import sys
from pathlib import Path

import pytest

from mused import art
from mused.art import Painter, Progress, Settings, Watch, errors, paint

ALONE = """
import sys
from pathlib import Path

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in BLOCKED or name.startswith(("mused.daemon", "mused.skills")):
            raise ModuleNotFoundError(f"{name} is not installed here", name=name)

BLOCKED = {
    "click", "hassil", "httpx", "platformdirs", "pydantic", "pyttsx3", "rich", "sounddevice",
    "soxr", "starlette", "textual_image", "uvicorn", "vosk", "watchdog", "webrtcvad", "systemd",
}
sys.meta_path.insert(0, Absent())
from mused.art import Progress, Settings, Watch, paint

seen = []
watch = Watch(on_progress=seen.append, cancelled=lambda: len(seen) == 2)
settings = Settings(width=64, height=64, steps=5, seed=1, threads=1)
picture = paint("a red boat", settings, watch)
assert [progress.step for progress in seen] == [1, 2], seen
assert picture.recipe.stop_reason == "cancelled"
picture.save(Path(sys.argv[1]))
"""


def test_it_paints_reports_and_stops_without_what_only_the_daemon_needs(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", ALONE, tmp_path / "x.png"],
        capture_output=True, text=True, check=False, timeout=100,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "x.png").is_file()
    assert done.stdout == ""


def test_what_is_public_is_there_and_says_what_it_is() -> None:
    assert sorted(art.__all__) == art.__all__
    for name in art.__all__:
        assert inspect.getdoc(getattr(art, name)), name
    with pytest.raises(AttributeError, match="has no attribute 'draw'"):
        art.draw  # noqa: B018 - it must raise


def test_a_painter_is_asked_like_the_function() -> None:
    once, often = (inspect.signature(each).parameters for each in (paint, Painter.paint))
    assert list(often)[1:] == list(once) == ["prompt", "settings", "watch"]
    assert {Watch, Settings, Progress} <= {getattr(art, name) for name in art.__all__}


def test_the_errors_are_drawn_as_they_are() -> None:
    """The tree in the docstring has every class, below the one it comes from."""
    drawn: dict[str, str] = {}
    above: list[str] = []
    for line in (errors.__doc__ or "").splitlines()[2:]:
        name = line.lstrip("├└│─ ").split()[0]
        depth = (len(line) - len(line.lstrip("├└│─ "))) // 4
        above[depth:] = [name]
        drawn[name] = above[depth - 1] if depth else "Exception"
    real = {
        name: kind.__mro__[1].__name__
        for name, kind in vars(errors).items()
        if isinstance(kind, type) and issubclass(kind, Exception)
    }
    assert drawn == real
