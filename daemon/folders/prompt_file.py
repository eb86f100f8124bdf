"""Reads a prompt file: text with a prompt a line, or TOML with one prompt and its settings."""

import errno
import os
import re
import stat
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from mused.art import prompt
from mused.art.errors import PromptError, SettingsError
from mused.art.settings import FreshStart, Settings
from mused.daemon.config import OneOrMore, Place, Side, explain
from mused.daemon.errors import DaemonError
from mused.daemon.models import store

LARGEST = 64 * 1024  # bytes
SUFFIXES = (".txt", ".toml")
MOST_PROMPTS = 100  # in one file
REFUSING = (errno.ELOOP, errno.ENXIO, errno.ENODEV, errno.EACCES, errno.EPERM)
"""What opening says about the file itself; anything else is the machine's trouble and passes."""
SIZE = re.compile(r"(\d{1,5})\s*x\s*(\d{1,5})", re.IGNORECASE)
NO_SETTINGS = ("prompt", "size")
"""Keys of a table that the painter's settings do not have."""

ImagePrompts = tuple[tuple[Place, float], ...]


class PromptFileError(DaemonError, ValueError):
    """A prompt file cannot be painted; its text tells the person who dropped it why."""


@dataclass(frozen=True)
class PromptRequest:
    """One picture asked for by a file."""

    prompt: str
    settings: dict[str, Any] = field(default_factory=dict)
    line: int | None = None
    """The line of a text file, from 1."""


def _names_only(clips: tuple[Path, ...]) -> tuple[Path, ...]:
    for clip in clips:
        if not store.is_name(clip):
            raise ValueError(f"{clip} is no name of `mused models list`; files are not taken here")
    return clips


def _sides(size: Any) -> tuple[int, int]:
    match = SIZE.fullmatch(size.strip()) if isinstance(size, str) else None
    if match is None:
        raise ValueError('it must look like "256x192"')
    return int(match[1]), int(match[2])


class PromptTable(BaseModel):
    """The keys of a TOML prompt file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    prompt: str
    width: Side | None = None
    """Pixels."""
    height: Side | None = None
    size: str | None = None
    """Both at once: ``size = "256x192"``."""
    steps: Annotated[int, Field(ge=0, le=5000)] | None = None
    seed: Annotated[int, Field(ge=0, le=2**63 - 1)] | None = None
    start: FreshStart | None = None
    image_prompts: ImagePrompts | None = None
    """Pictures to paint towards, in a folder inside the inbox or in the gallery:
    ``image_prompts = [["~/Pictures/mused/sea.jpg", 0.5]]``."""
    learning_rate: float | None = None
    """From here on as in `mused.art.settings.Settings`, which also knows the ranges."""
    optimiser: Literal["adam", "adamw", "radam"] | None = None
    cutouts: int | None = None
    anchor: float | None = None
    anchor_fade: float | None = None
    total_variation: float | None = None
    average: float | None = None
    patience: int | None = None
    sweep: int | None = None
    progressive: float | None = None
    deterministic: bool | None = None
    clip: Annotated[OneOrMore, AfterValidator(_names_only)] | None = None
    """Names of ``mused models list``: whoever may drop files here does not choose among files."""

    # Each field by itself, so that a person hears of everything that is wrong at once.

    @field_validator("prompt")
    @classmethod
    def _can_be_painted(cls, text: str) -> str:
        return _checked(text)

    @field_validator("size", mode="before")
    @classmethod
    def _of_two_sides(cls, size: Any, read: ValidationInfo) -> Any:
        # A side that is wrong is not in the data.
        if any(read.data.get(side, "wrong") is not None for side in ("width", "height")):
            raise ValueError("give either size or width and height")
        width, height = _sides(size)
        Settings(width=width, height=height)
        return size

    @field_validator("*")
    @classmethod
    def _in_range(cls, value: Any, read: ValidationInfo) -> Any:
        name = str(read.field_name)
        if name in NO_SETTINGS:
            return value
        try:
            Settings.read({name: value})
        except SettingsError as error:
            raise ValueError(str(error).removeprefix(f"{name} = ")) from error
        return value

    @field_validator("image_prompts")
    @classmethod
    def _in_our_folders(cls, pictures: ImagePrompts, read: ValidationInfo) -> ImagePrompts:
        for picture, _ in pictures:
            _check_place(picture, read.context or ())
        return pictures

    @classmethod
    def read(cls, text: str, places: Sequence[Path]) -> Self:
        """The table in TOML `text`; the pictures that it names must lie in one of `places`.

        Raises PromptFileError that tells of every key that is wrong, and of near misses.
        """
        try:
            return cls.model_validate(tomllib.loads(text), context=places)
        except ValidationError as error:
            raise PromptFileError(explain(error, cls)) from error
        except (ValueError, RecursionError) as error:  # also numbers too long, tables too deep
            raise PromptFileError(f"not valid TOML: {error}") from error

    def settings(self) -> dict[str, Any]:
        """What the painter is told beside the prompt."""
        values = self.model_dump(mode="json", exclude={*NO_SETTINGS}, exclude_none=True)
        if self.size is not None:
            values["width"], values["height"] = _sides(self.size)
        return values


def read_requests(path: Path, name: str, places: Sequence[Path]) -> list[PromptRequest]:
    """Every picture that the file at `path`, dropped as `name`, asks for.

    The pictures that it names must lie in one of `places`: whoever may drop files here may well
    have no right to see others.

    Raises PromptFileError when one of them cannot be painted: a file is taken whole or not; and
    OSError when it is gone or cannot be read just now.
    """
    suffix = Path(name).suffix.lower()
    if suffix not in SUFFIXES:
        kind = f"a {suffix} file" if suffix else "a file without a suffix"
        raise PromptFileError(f"{kind} is not read here; drop a .txt or .toml file")
    content = _read(path)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise PromptFileError(
            f"byte {error.start + 1} is no letter in UTF-8: save the file as UTF-8 text"
        ) from error
    if "\0" in text:
        raise PromptFileError("not text: it contains zero bytes")
    if suffix == ".txt":
        return _from_lines(text)
    table = PromptTable.read(text, places)
    return [PromptRequest(table.prompt, table.settings())]


def _check_place(picture: Path, places: Sequence[Path]) -> None:
    """Raises PromptFileError unless it is a file in one of `places` that no link leads to."""
    step = next((each for each in places if picture.is_relative_to(each)), None)
    if not places:
        raise PromptFileError(f"{picture} cannot be named: there is no folder for pictures")
    if step is None or ".." in picture.parts:
        found = " or in ".join(map(str, places))
        raise PromptFileError(f"{picture} does not lie in {found}: copy it there")
    try:
        for part in picture.relative_to(step).parts:
            step = step / part
            if step.is_symlink():
                raise PromptFileError(f"{step} is a link: name what it leads to")
        if not stat.S_ISREG(step.lstat().st_mode):
            raise PromptFileError(f"{picture} is no file")
    except (OSError, ValueError) as error:  # ValueError: a zero byte in its name
        raise PromptFileError(f"{picture} cannot be read: {error}") from error


def _read(path: Path) -> bytes:
    # O_NONBLOCK: opening a named pipe would wait for its writer.
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        handle = os.open(path, flags)
    except OSError as error:
        if error.errno not in REFUSING:
            raise
        if path.is_symlink():
            raise PromptFileError("a symbolic link; drop a copy of the file instead") from error
        raise PromptFileError(f"cannot be opened: {error.strerror}") from error
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise PromptFileError("not a regular file")
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise PromptFileError(f"larger than {LARGEST // 1024} KiB, too much for a prompt")
    return content


def _from_lines(text: str) -> list[PromptRequest]:
    requests = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        try:
            requests.append(PromptRequest(_checked(line), line=number))
        except PromptFileError as error:
            raise PromptFileError(f"line {number}: {error}") from error
    if not requests:
        raise PromptFileError("no prompt in it; write one a line, for example: a red boat")
    if len(requests) > MOST_PROMPTS:
        raise PromptFileError(f"{len(requests)} prompts, at most {MOST_PROMPTS} are read; split it")
    return requests


def _checked(text: str) -> str:
    try:
        return prompt.parse(text).text
    except PromptError as error:
        raise PromptFileError(str(error)) from error
