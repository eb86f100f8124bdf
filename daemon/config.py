"""The configuration: one TOML file, one model, every key documented where it is defined."""

import difflib
import os
import tomllib
import unicodedata
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails

from mused.art.settings import LONGEST_SIDE, MOST_CLIPS, SHORTEST_SIDE, FreshStart, quoted
from mused.daemon import paths
from mused.daemon.errors import ConfigError
from mused.daemon.models import store

Share = Annotated[float, Field(ge=0.0, le=1.0)]
Seconds = Annotated[float, Field(gt=0.0, le=3600.0)]
# A letter may be typed as one character or as two, and looks the same; models have it as one.
Composed = AfterValidator(partial(unicodedata.normalize, "NFC"))
Spoken = StringConstraints(strip_whitespace=True, to_lower=True, min_length=1)
Phrase = Annotated[str, Spoken, Composed]
Side = Annotated[int, Field(ge=SHORTEST_SIDE, le=LONGEST_SIDE)]

INBOX_FOLDERS = ("work", "done", "failed")
"""What the inbox keeps in itself: what it took, and what became of it."""
LONGEST_QUEUE = 100_000  # jobs; a flood of files waits in the inbox instead


def _absolute(path: Path) -> Path:
    """A service has no working folder to speak of, and a shell is not there to expand a ~."""
    try:
        path = path.expanduser()
    except RuntimeError as error:  # "~somebody", whom this machine does not know
        raise ValueError(f"{path}: {error}") from error
    if not path.is_absolute():
        raise ValueError(f"{path} must be an absolute path or begin with ~")
    return path


Place = Annotated[Path, AfterValidator(_absolute)]


def _model(path: Path) -> Path:
    try:
        return path if store.is_name(path) else _absolute(path)
    except ValueError as error:
        raise ValueError(f"{error}, or be a name of `mused models list`") from error


Weights = Annotated[Path, AfterValidator(_model)]
"""A path, or the name of an installed model; it is looked for when it is used."""


def _listed(value: Any) -> Any:
    return value if isinstance(value, list | tuple) else [value]


OneOrMore = Annotated[
    tuple[Weights, ...],
    BeforeValidator(_listed),
    Field(min_length=1, max_length=MOST_CLIPS),
]


class Section(BaseModel):
    """A part of the configuration; unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Hearing(Section):
    """``[hearing]``: microphone, wake phrase and recogniser."""

    enabled: bool = True
    """``false`` makes an inbox-only server that never opens a microphone."""
    source: str = "microphone"
    """``microphone``, ``stdin`` (raw 16-bit mono PCM) or the path of a WAV file."""
    device: str | None = None
    """Part of the microphone's name, or of a source's of the sound server, as ``mused devices``
    lists them; unset takes the system's default."""
    model: Weights | None = None
    """A Vosk model: a name of ``mused models list`` or a folder; unset takes the bundled one, which
    knows synthetic voices only."""
    wake_phrases: Annotated[tuple[Phrase, ...], Field(min_length=1)] = ("computer",)
    """What opens a turn; every word must be in the model."""
    wake_confidence: Share = 0.5
    """Confidence that every word of the wake phrase must reach in the final result."""
    stop_phrases: tuple[Phrase, ...] = ("stop",)
    """What silences the voice while it speaks."""
    interrupting_commands: tuple[Phrase, ...] = ("cancel",)
    """Commands that silence it likewise and are then carried out, with no wake phrase. Nothing but
    these and the stop phrases is listened for while mused speaks."""
    ask_below: Share = 0.6
    """A command from the microphone that was heard with less confidence is not carried out before
    mused has asked and heard a yes; 0 never asks."""
    endpointing: Literal["quick", "normal", "patient"] = "normal"
    """How long a pause may be before mused takes a sentence for finished: at the end of a whole
    command 0.2, 0.35 or 0.8 seconds, of a prompt 0.5, 0.7 or 2.0, after "a red boat on the" and
    the like 1.0, 1.6 or 3.0, elsewhere 0.5, 0.8 or 1.6."""
    no_speech_timeout: Seconds = 6.0
    """How long to wait for a command after the wake phrase."""
    longest_utterance: Seconds = 20.0
    """An utterance is taken as it is after so long."""
    energy_floor: float = Field(default=60.0, ge=0.0)
    """RMS of 16-bit samples below which nothing is taken for speech."""


class Speaking(Section):
    """``[speaking]``: the voice."""

    enabled: bool = True
    """``false`` answers in log and events only."""
    sink: Literal["speaker", "none"] | Place = "speaker"
    """``speaker``, ``none``, or a folder that receives one WAV file for each announcement."""
    device: str | None = None
    """Part of the speaker's name, or of a sink's of the sound server; unset takes the system's
    default."""
    voice: str | None = None
    """A voice id of pyttsx3; unset takes the synthesizer's default."""
    rate: int = Field(default=165, ge=80, le=400)
    """Words a minute."""
    volume: Share = 1.0
    """0 to 1."""
    earcons: bool = False
    """Short sounds: a command is waited for, it was taken, none came, a picture is ready, or has
    failed."""


class Painting(Section):
    """``[painting]``: defaults of a picture; a prompt file can override them."""

    width: Side | None = None
    """Pixels; unset takes what suits the painter and the machine."""
    height: Side | None = None
    """Pixels, like the width."""
    steps: Annotated[int, Field(ge=0, le=5000)] | None = None
    """Optimisation steps; unset takes what suits the painter."""
    start: FreshStart = "sketch"
    """What the loop begins with: the words a scene painter can draw, a transformer's draft,
    random codes, random pixels or random colours in the corners."""
    vqgan: Weights | None = None
    """A VQGAN: a name of ``mused models list`` or a file; unset takes the bundled one."""
    clip: OneOrMore | None = None
    """A CLIP, likewise, or a list of several that judge together."""
    drafter: Place | None = None
    """The file of a transformer for ``start = "draft"``; unset takes the bundled one."""
    deterministic: bool | None = None
    """``true``: the same pixels in every run on a GPU too, where it is slower."""
    idle_minutes: Annotated[float, Field(gt=0)] = 10.0
    """The painter's process is unloaded after so long without a job."""
    attempts: Annotated[int, Field(ge=1, le=10)] = 3
    """How often a job is tried when its worker dies; one that hung or ran out of memory twice."""
    hung_seconds: Seconds = 60.0
    """Without progress for so long a worker is taken for hung; at its start for twice as long."""
    devices: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    """One worker each: ``cpu``, or what CUDA_VISIBLE_DEVICES takes; unset takes all GPUs found."""
    longest_queue: Annotated[int, Field(ge=1)] = LONGEST_QUEUE
    """Open jobs above which only what is spoken gets in, and files wait in the inbox."""
    keep_jobs_days: Annotated[float, Field(ge=0.0)] = 365.0
    """Days that the queue remembers jobs that ended, never their pictures; 0: for ever."""

    def chosen(self) -> dict[str, Any]:
        """What is set here of `mused.art.settings.Settings`, as JSON values."""
        keys = {"width", "height", "steps", "start", "vqgan", "clip", "drafter", "deterministic"}
        found = self.model_dump(mode="json", include=keys, exclude_none=True)
        if self.clip is not None and len(self.clip) == 1:
            [found["clip"]] = found["clip"]
        return found


class Folders(Section):
    """``[folders]``: the two watched folders."""

    inbox: Place = Field(default_factory=paths.inbox)
    """Prompt files dropped here are painted."""
    gallery: Place = Field(default_factory=paths.pictures)
    """Pictures appear here."""
    announce: bool = True
    """Say aloud when a picture appears in the gallery."""
    poll: Annotated[float, Field(ge=0.5, le=3600.0)] | None = None
    """Seconds between two looks into both; unset: 3 on network mounts, 30 elsewhere."""
    keep_done_days: Annotated[float, Field(ge=0.0)] = 30.0
    """Days that prompt files stay in the inbox's ``done`` and ``failed``; 0 keeps them. What is no
    prompt file is refused, too, and kept for ever."""
    keep_pictures: Annotated[int, Field(ge=1)] | None = None
    """Pictures kept in the gallery, the oldest painted by mused go first; unset keeps all."""
    keep_gigabytes: Annotated[float, Field(gt=0.0)] | None = None
    """Their size in 10^9 bytes, likewise."""

    @model_validator(mode="after")
    def _apart(self) -> Self:
        """The inbox moves away every file in it, and removes what lies in its own folders."""
        kept = [self.inbox, *(self.inbox / name for name in INBOX_FOLDERS)]
        # By their names alone: to look at them may hang, where a network mount is gone.
        if os.path.normpath(self.gallery) in map(os.path.normpath, kept):
            raise ValueError(
                f"gallery: {self.gallery} is the inbox's own, which takes every file in it for a "
                "prompt: give pictures another folder"
            )
        return self


class ControlSocket(Section):
    """``[control]``: how the command line reaches the daemon."""

    socket: Place = Field(default_factory=lambda: paths.runtime() / "mused.sock")
    """A unix socket in a folder that only its owner may enter."""


class Config(Section):
    """The whole configuration."""

    hearing: Hearing = Hearing()
    speaking: Speaking = Speaking()
    painting: Painting = Painting()
    folders: Folders = Field(default_factory=Folders)
    control: ControlSocket = Field(default_factory=ControlSocket)
    state: Place = Field(default_factory=paths.state)
    """Folder of the job database, checkpoints and work files."""
    skills: dict[str, dict[str, Any]] = {}
    """``[skills.NAME]``: a skill's own settings; ``enabled = false`` switches one off."""


def load(file: Path | None = None) -> Config:
    """The configuration in `file`, else in the first default place that has one, else defaults.

    Raises ConfigError naming file, key and a near miss.
    """
    if file is None:
        file = next((each for each in paths.config_files() if paths.exists(each)), None)
        if file is None:
            return Config()
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{file} cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        place = f"byte {error.start + 1} is no letter in UTF-8"
        raise ConfigError(f"{file}: {place}: save the file as UTF-8 text") from error
    except tomllib.TOMLDecodeError as error:
        hint = ": text needs quotes" if "Invalid value" in str(error) else ""
        raise ConfigError(f"{file}: {error}{hint}") from error
    try:
        return Config.model_validate(data)
    except ValidationError as error:
        raise ConfigError(f"{file}: {explain(error, Config)}") from error


_PLAINER = {
    "tuple_type": 'it must be a list, such as ["one", "two"]',
    "too_short": "it must not be empty",
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float"), "it must be a whole number"),
    "int_parsing_size": "it must be a whole number of fewer digits",
    **dict.fromkeys(("float_type", "float_parsing"), "it must be a number"),
    "finite_number": "it must be a finite number",
    **dict.fromkeys(("bool_type", "bool_parsing"), "it must be true or false"),
    **dict.fromkeys(("string_type", "path_type"), "it must be text in quotes"),
    **dict.fromkeys(
        ("model_type", "dict_type"), "it must be a section: its name in [brackets] on a line"
    ),
    "literal_error": "it must be {expected}",
    "greater_than": "it must be more than {gt:g}",
    "greater_than_equal": "it must be at least {ge:g}",
    "less_than": "it must be less than {lt:g}",
    "less_than_equal": "it must be at most {le:g}",
}
"""What pydantic says in the words of Python, by the kind of error."""


def explain(error: ValidationError, model: type[BaseModel]) -> str:
    """What is wrong with values read for `model`, an unknown key with its near miss."""
    return "; ".join(_word(model, each) for each in error.errors())


def _word(model: type[BaseModel], error: ErrorDetails) -> str:
    location, kind, given = list(error["loc"]), error["type"], error["input"]
    key = ".".join(str(part) for part in location)
    if kind in _PLAINER:
        shown = f" = {quoted(given)}" if isinstance(given, str | int | float) else ""
        return f"{key}{shown}: {_PLAINER[kind].format(**error.get('ctx', {}))}"
    if kind != "extra_forbidden":
        message = error["msg"].removeprefix("Value error, ")
        return f"{key}: {message}" if key else message
    near = difflib.get_close_matches(str(location[-1]), _siblings(model, location), n=1)
    if near:
        return f"unknown key {quoted(key)}, did you mean {near[0]!r}?"
    tables = [name for name in model.model_fields if key in _siblings(model, [name, key])]
    hint = f", does it belong under [{'] or ['.join(tables)}]?" if tables else ""
    return f"unknown key {quoted(key)}{hint}"


def _siblings(section: type[BaseModel], location: list[int | str]) -> list[str]:
    for part in location[:-1]:
        annotation = section.model_fields[str(part)].annotation
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            section = annotation
    return list(section.model_fields)
