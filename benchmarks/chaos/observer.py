"""A witness in a process of its own: ``python -m benchmarks.chaos.observer HOME``.

Watches the folders of a house with inotify and opens each file the moment it appears under its
final name. Every one that is not whole is a line on standard output.
"""

import os
import sys
import wave
import zipfile
from pathlib import Path
from threading import Event

from PIL import Image
from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer

from benchmarks.chaos.load import WHOLE
from mused.art.errors import ArtError
from mused.art.picture import read_recipe

FOLDERS = ("gallery", "said", "inbox/done", "state/work")
READY = "watching"


def flaw(path: Path) -> str | None:
    """Why the file at `path` is not whole; None if it is, is not ours to judge, or is gone."""
    if path.name.startswith(".") or path.is_symlink():
        return None
    try:
        if path.suffix == ".png":
            _look_at_picture(path)
        elif path.suffix == ".wav":
            _listen_to(path)
        elif path.suffix == ".ckpt" and zipfile.ZipFile(path).testzip() is not None:
            return "a damaged checkpoint"
        elif path.suffix in (".txt", ".toml") and path.parent.name == "done":
            return None if path.read_text().rstrip().endswith(WHOLE) else "half a prompt file"
    except FileNotFoundError:
        return None
    except (ArtError, OSError, SyntaxError, ValueError, EOFError, wave.Error) as error:
        return None if not path.exists() else f"{type(error).__name__}: {error}"
    except zipfile.BadZipFile as error:
        return f"a damaged checkpoint: {error}"
    return None


def _look_at_picture(path: Path) -> None:
    with Image.open(path) as image:
        image.verify()  # every chunk, up to the last
    with Image.open(path) as image:
        image.load()
    if not path.name.endswith(".preview.png"):
        read_recipe(path)


def _listen_to(path: Path) -> None:
    with wave.open(str(path)) as sound:
        frames = sound.readframes(sound.getnframes())
        if not frames or len(frames) != sound.getnframes() * sound.getsampwidth():
            raise EOFError("the sound ends early")


class Witness(FileSystemEventHandler):
    """Runs in the observer's thread."""

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Look at what has appeared; nobody may write under a final name."""
        if event.is_directory or event.event_type not in ("created", "moved", "closed"):
            return
        path = Path(os.fsdecode(event.dest_path or event.src_path))
        reason = flaw(path)
        written = event.event_type == "closed" and path.suffix in (".png", ".wav")
        if reason is None and written and not path.name.startswith("."):
            reason = "written under its final name"
        if reason is not None:
            print(f"{path}: {reason}", flush=True)


def main() -> None:
    """Watch until killed."""
    observer = Observer()
    for folder in FOLDERS:
        observer.schedule(Witness(), str(Path(sys.argv[1]) / folder), recursive=True)
    observer.start()
    print(READY, flush=True)
    Event().wait()


if __name__ == "__main__":
    main()
