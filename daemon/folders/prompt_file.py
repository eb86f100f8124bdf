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

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from mused.art import prompt
from mused.art.errors import PromptError
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


class PromptFileError(DaemonError):
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
    image_prompts: tuple[tuple[Place, float], ...] | None = None
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

    @model_validator(mode="after")
    def _in_range(self) -> Self:
        Settings.read(self.settings())
        return self

    @model_validator(mode="before")
    @classmethod
    def _split_size(cls, values: Any) -> Any:
        size = values.get("size") if isinstance(values, dict) else None
        if size is None:
            return values
        if "width" in values or "height" in values:
            raise ValueError("give either size or width and height")
        match = SIZE.fullmatch(size.strip()) if isinstance(size, str) else None
        if match is None:
            raise ValueError('size must look like "256x192"')
        return {**values, "width": int(match[1]), "height": int(match[2])}

    @classmethod
    def read(cls, text: str) -> Self:
        """The table in TOML `text`. Raises PromptFileError naming the key and a near miss."""
        try:
            return cls.model_validate(tomllib.loads(text))
        except ValidationError as error:
            raise PromptFileError(explain(error, cls)) from error
        except (ValueError, RecursionError) as error:  # also numbers too long, tables too deep
            raise PromptFileError(f"not valid TOML: {error}") from error

    def settings(self) -> dict[str, Any]:
        """What the painter is told beside the prompt."""
        return self.model_dump(mode="json", exclude={"prompt", "size"}, exclude_none=True)


def read_requests(path: Path, name: str, places: Sequence[Path]) -> list[PromptRequest]:
    """Every picture that the file at `path`, dropped as `name`, asks for.

    The pictures that it names must lie in one of `places`: whoever may drop files here may well
    have no right to see others.

    Raises PromptFileError when one of them cannot be painted: a file is taken whole or not; and
    OSError when it is gone or cannot be read just now.
    """
    suffix = Path(name).suffix.lower()
    if suffix not in SUFFIXES:
        kind = f"{suffix!r} is" if suffix else "no suffix is"
        raise PromptFileError(f"{kind} not read here; drop a .txt or .toml file")
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
    table = PromptTable.read(text)
    for picture, _ in table.image_prompts or ():
        _check_place(picture, places)
    return [PromptRequest(_checked(table.prompt), table.settings())]


def _check_place(picture: Path, places: Sequence[Path]) -> None:
    """Raises PromptFileError unless it is a file in one of `places` that no link leads to."""
    step = next((each for each in places if picture.is_relative_to(each)), None)
    if step is None or ".." in picture.parts:
        found = " nor in ".join(map(str, places))
        raise PromptFileError(f"image_prompts: {picture} lies neither in {found}: copy it there")
    try:
        for part in picture.relative_to(step).parts:
            step = step / part
            if step.is_symlink():
                raise PromptFileError(f"image_prompts: {step} is a link: name what it leads to")
        if not stat.S_ISREG(step.lstat().st_mode):
            raise PromptFileError(f"image_prompts: {picture} is no file")
    except (OSError, ValueError) as error:  # ValueError: a zero byte in its name
        raise PromptFileError(f"image_prompts: {picture} cannot be read: {error}") from error


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
