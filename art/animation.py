"""How a picture came about, as a GIF, an animated WebP or, where there is ffmpeg, an MP4."""

import io
import math
import shutil
import subprocess
from pathlib import Path
from typing import IO

from PIL import Image

from mused.art.errors import DiskError, PictureError
from mused.art.files import create_atomically
from mused.art.picture import Picture, save_options_of
from mused.art.progress import Progress

MOST_FRAMES = 60
LARGEST = 512
"""The longest side of a frame, in pixels."""
FRAME_SECONDS = 0.1
LAST_SECONDS = 2.0
"""How long the finished picture is shown."""
KINDS = {".gif": "GIF", ".webp": "WEBP", ".mp4": "MP4"}
FFMPEG_SECONDS = 300


def check(path: Path) -> None:
    """Raise PictureError where an animation of this name cannot be written."""
    kind = KINDS.get(path.suffix.lower())
    if kind is None:
        raise PictureError(f"{path} is no animation: its name must end in {', '.join(KINDS)}")
    if kind == "MP4" and shutil.which("ffmpeg") is None:
        raise PictureError(
            f"{path} needs ffmpeg, which is not installed: install it or take .gif or .webp"
        )


class Film:
    """Gathers frames while a picture is painted, evenly spread over its steps."""

    def __init__(self) -> None:
        self._frames: list[Image.Image] = []

    def look(self, progress: Progress) -> None:
        """Keep the frame of this step where it is due."""
        if (progress.step - 1) % math.ceil(progress.steps / MOST_FRAMES) == 0:
            frame = progress.picture().image
            frame.thumbnail((LARGEST, LARGEST), Image.Resampling.LANCZOS)
            self._frames.append(frame)

    def save(self, picture: Picture, path: Path, *, free_name: bool = False) -> Path:
        """Write the animation that ends with the picture, at once or not at all.

        Returns where it lies; free_name as in Picture.save(). Raises PictureError and DiskError.
        """
        check(path)
        last = picture.image.copy()
        last.thumbnail((LARGEST, LARGEST), Image.Resampling.LANCZOS)
        # A first part painted at half size is shown as large as the rest.
        frames = [*(frame.resize(last.size) for frame in self._frames), last]
        kind = KINDS[path.suffix.lower()]
        try:
            return create_atomically(
                path,
                lambda file: (
                    _write_mp4(frames, picture, file)
                    if kind == "MP4"
                    else _write(frames, picture, kind, file)
                ),
                free_name=free_name,
            )
        except OSError as error:
            raise DiskError(f"{path} cannot be written: {error.strerror or error}") from error


def _write(frames: list[Image.Image], picture: Picture, kind: str, file: IO[bytes]) -> None:
    durations = [round(1000 * FRAME_SECONDS)] * (len(frames) - 1) + [round(1000 * LAST_SECONDS)]
    buffer = io.BytesIO()
    frames[0].save(
        buffer,
        kind,
        save_all=True,
        append_images=frames[1:],
        duration=durations,
        loop=0,
        **save_options_of(picture.recipe, kind),
    )
    file.write(buffer.getvalue())


def _write_mp4(frames: list[Image.Image], picture: Picture, file: IO[bytes]) -> None:
    width, height = frames[0].size
    shown = [*frames, *frames[-1:] * round(LAST_SECONDS / FRAME_SECONDS)]
    command = [
        *("ffmpeg", "-hide_banner", "-loglevel", "error", "-y"),
        *("-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}"),
        *("-r", f"{1 / FRAME_SECONDS:g}", "-i", "-"),
        # Players want sides that are even and colours at half the resolution.
        *("-vf", "pad=ceil(iw/2)*2:ceil(ih/2)*2", "-pix_fmt", "yuv420p"),
        *("-movflags", "+faststart", "-metadata", f"title={picture.recipe.prompt}"),
        *("-f", "mp4", str(Path(file.name).absolute())),
    ]
    pixels = b"".join(frame.tobytes() for frame in shown)
    try:
        subprocess.run(
            command, input=pixels, capture_output=True, check=True, timeout=FFMPEG_SECONDS
        )
    except subprocess.CalledProcessError as error:
        words = error.stderr.decode(errors="replace").strip().splitlines()
        raise DiskError(f"ffmpeg failed: {words[-1] if words else error.returncode}") from error
    except subprocess.TimeoutExpired as error:
        raise DiskError(f"ffmpeg took more than {FFMPEG_SECONDS} seconds") from error
