"""How to paint: everything but the prompt, checked when it is made."""

import dataclasses
import difflib
import math
import reprlib
import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from mused.art.errors import SettingsError
from mused.art.prompt import HEAVIEST

FreshStart = Literal["sketch", "draft", "noise", "pixels", "gradient"]
"""What a picture may begin with where there is only a prompt."""
Start = Literal[FreshStart, "picture"]
SHORTEST_SIDE, LONGEST_SIDE = 16, 4096
"""Pixels of a picture's sides, whoever asks for it."""
MOST_IMAGE_PROMPTS = 16
MOST_CLIPS = 8

BUNDLED = Path(__file__).parent / "bundled"
"""Where the weights shipped with mused lie."""

SHIPPED = "shipped"
"""What a command calls the weights shipped with mused, where it takes others as well."""

WORTH_HOLDING = ("sketch", "draft", "picture")
"""Starts that show what the picture is to show."""
LOOSELY = 1.0
"""How strongly they are held where their picture is to be changed."""

_BRIEF = reprlib.Repr()
_BRIEF.maxstring = _BRIEF.maxother = 80
quoted = _BRIEF.repr
"""Writes a value that somebody gave into a message: whatever it is, in a few words."""


@dataclass(frozen=True)
class Settings:
    """How to paint. Raises SettingsError where a value is out of range.

    The defaults suit the shipped networks over a sketch: 40 gentle steps make brush strokes and
    leave the objects whole. From noise nothing holds the picture and steps are larger; published
    networks want about steps=300 and cutouts=32 as well.
    """

    width: int = 256
    """Pixels; rounded down to a multiple of the VQGAN's factor."""
    height: int = 256
    steps: int = 40
    seed: int | None = None
    """None: a new one is drawn and written into the recipe."""
    start: Start = "sketch"
    """What the first frame shows: "sketch", the words the scene painter knows; "draft", what a
    transformer makes of the words; "noise", random codes; "pixels", random pixels; "gradient",
    random colours in the corners; "picture"."""
    start_picture: Path | None = None
    image_prompts: tuple[tuple[Path, float], ...] = ()
    """Pictures to paint towards, each with a weight like a part of the prompt."""
    learning_rate: float | None = None
    """How far a step goes; None: 0.03 over a sketch or a draft, 0.05 over a picture, else 0.1."""
    optimiser: Literal["adam", "adamw", "radam"] = "adam"
    cutouts: int = 6
    anchor: float | None = None
    """How strongly the picture is held to its first frame, by the mean squared error of codes;
    None: over a sketch or a draft 20 where a small CLIP guides, the shipped one or another that
    `mused train clip` made, and 1 where only published ones do; 1 over a picture, else 0: there is
    nothing in it to hold."""
    anchor_fade: float = 0.0
    """The part of the steps, 0 to 1, over which the anchor falls to nothing, in five stairs with
    a fresh optimiser on each; 0: it stays. With anchor=1.5 the MSE-regularised start."""
    total_variation: float = 0.0
    """How strongly neighbouring pixels are drawn together: about 1 to 20."""
    average: float = 0.0
    """Decay of the moving average of the latent that is decoded in the end: about 0.9 for 40
    steps, 0.99 for 500; 0: the last latent itself."""
    patience: int = 0
    """Stop where the loss has not fallen over so many steps; 0: never. 20 is a good number."""
    sweep: int = 1
    """How many starts, with seeds from the seed on, are tried for a tenth of the steps; the one
    with the lowest loss goes on."""
    progressive: float = 0.0
    """The first part of the steps, 0 to 0.95, painted at half the size, where steps are cheaper."""
    vqgan: Path | None = None
    """Weights; None: the small ones shipped with mused."""
    clip: Path | tuple[Path, ...] | None = None
    """Likewise; of several CLIPs the mean of their losses counts."""
    drafter: Path | None = None
    """Likewise, for the draft start."""
    device: str = "auto"
    """"auto", "cpu", "cuda" or "cuda:1"."""
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    threads: int | None = None
    """CPU threads; None: torch's choice. Pixels repeat only with the same number."""
    at_once: int | None = None
    """Pictures, or starts of a sweep, that share their steps; None: one on the CPU or where
    deterministic, 16 on a GPU, which one alone does not fill."""
    deterministic: bool = False
    """Whether the same pixels come out in every run on a GPU as well; there it is slower, and
    one is painted at a time. On the CPU they do anyway."""

    def __post_init__(self) -> None:
        for name, low, high in (
            ("width", SHORTEST_SIDE, LONGEST_SIDE),
            ("height", SHORTEST_SIDE, LONGEST_SIDE),
            ("steps", 0, 100_000),
            ("cutouts", 1, 512),
            ("learning_rate", 1e-6, 10.0),
            ("anchor", 0.0, 1e6),
            ("anchor_fade", 0.0, 1.0),
            ("total_variation", 0.0, 1e6),
            ("average", 0.0, 0.9999),
            ("patience", 0, 100_000),
            ("sweep", 1, 64),
            ("progressive", 0.0, 0.95),
            ("seed", 0, 2**63 - 1),
            ("threads", 1, 1024),
            ("at_once", 1, 256),
        ):
            value = getattr(self, name)
            if value is not None and not low <= value <= high:
                raise SettingsError(f"{name} = {quoted(value)} is not between {low} and {high}")
        if (
            isinstance(self.clip, tuple)
            and not 1 <= len(set(self.clip)) == len(self.clip) <= MOST_CLIPS
        ):
            raise SettingsError(f"clip names one to {MOST_CLIPS} files, each of them once")
        if (self.start == "picture") != (self.start_picture is not None):
            raise SettingsError('start = "picture" and start_picture = PATH belong together')
        if len(self.image_prompts) > MOST_IMAGE_PROMPTS:
            raise SettingsError(f"at most {MOST_IMAGE_PROMPTS} image_prompts are looked at")
        if not all(0 < abs(weight) <= HEAVIEST for _, weight in self.image_prompts):
            raise SettingsError(f"a weight of image_prompts is 0 or beyond ±{HEAVIEST:g}")

    @property
    def rate(self) -> float:
        """The learning rate, where none was chosen the one that suits the start."""
        if self.learning_rate is not None:
            return self.learning_rate
        if self.start not in WORTH_HOLDING:
            return 0.1
        return 0.05 if self.start == "picture" else 0.03

    @property
    def hold(self) -> float:
        """The anchor's strength, likewise, where a small CLIP guides; see in_numbers()."""
        if self.anchor is not None:
            return self.anchor
        if self.start not in WORTH_HOLDING:
            return 0.0
        # What is shown is right already, and a small CLIP, followed freely, frays it. A picture is
        # given to be changed.
        return LOOSELY if self.start == "picture" else 20.0

    def in_numbers(self, *, small: bool) -> "Settings":
        """The same with numbers for what is left to the start and the CLIPs.

        small: whether one of those that guide is as small as mused's own; the settings know its
        file only.
        """
        held = self.hold if small or self.anchor is not None else min(self.hold, LOOSELY)
        return dataclasses.replace(self, learning_rate=self.rate, anchor=held)

    @property
    def chosen_by_start(self) -> tuple[str, ...]:
        """Which of learning_rate and anchor suit this start and may not suit another."""
        bare = dataclasses.replace(self, learning_rate=None, anchor=None)
        # Unnamed, the CLIP is the shipped one, which is small; a named one may be large.
        holds = {bare.in_numbers(small=small).anchor for small in (True, self.clip is None)}
        pairs = (("learning_rate", bare.rate == self.rate), ("anchor", self.hold in holds))
        return tuple(name for name, same in pairs if same)

    @property
    def files(self) -> tuple[Path, ...]:
        """The pictures that are painted from, whose content matters as much as their names."""
        start = () if self.start_picture is None else (self.start_picture,)
        return (*start, *(path for path, _ in self.image_prompts))

    @property
    def clips(self) -> tuple[Path, ...]:
        """The files of `clip`; none: the one shipped with mused."""
        if self.clip is None:
            return ()
        return self.clip if isinstance(self.clip, tuple) else (self.clip,)

    @classmethod
    def read(cls, values: Mapping[str, object]) -> "Settings":
        """Make settings from a mapping such as JSON gives. Raises SettingsError."""
        hints = typing.get_type_hints(cls)
        checked = {}
        for name, value in values.items():
            if name not in hints:
                close = difflib.get_close_matches(name, hints, 1)
                hint = f": did you mean {close[0]}?" if close else ""
                raise SettingsError(f"There is no setting {quoted(name)}{hint}")
            checked[name] = typed(name, value, hints[name])
        return cls(**checked)

    def plain(self) -> dict[str, Any]:
        """Return the settings as JSON values; read() takes them back."""
        return {name: _plain(value) for name, value in dataclasses.asdict(self).items()}


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return str(value) if isinstance(value, Path) else value


def typed(name: str, value: object, hint: Any) -> Any:
    """Return value as the type of its field. Raises SettingsError."""
    options = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
    if value is None and type(None) in options:
        return None
    for option in options:
        if typing.get_origin(option) is tuple and isinstance(value, list | tuple):
            return _typed_tuple(name, value, typing.get_args(option))
        if typing.get_origin(option) is Literal and value in typing.get_args(option):
            return value
        if option is float and isinstance(value, int | float) and not isinstance(value, bool):
            try:
                return float(value)
            except OverflowError:
                return math.inf if value > 0 else -math.inf
        if option is bool and isinstance(value, bool):
            return value
        if option is int and isinstance(value, int) and not isinstance(value, bool):
            return value
        if option is str and isinstance(value, str):
            return value
        if option is Path and isinstance(value, str) and value:
            return Path(value)
        if option is Path and isinstance(value, Path):
            return value
    wanted = " or ".join(_words(option) for option in options if option is not type(None))
    raise SettingsError(f"{name} = {quoted(value)} is not {wanted}")


def _typed_tuple(name: str, value: Sequence[object], inner: tuple[Any, ...]) -> tuple[Any, ...]:
    if inner[-1] is Ellipsis:
        return tuple(typed(name, each, inner[0]) for each in value)
    if len(value) != len(inner):
        raise SettingsError(f"{name}: {quoted(value)} is not {' and '.join(map(_words, inner))}")
    return tuple(typed(name, each, hint) for each, hint in zip(value, inner, strict=True))


def _words(option: Any) -> str:
    if typing.get_origin(option) is tuple:
        return "a list"
    if typing.get_origin(option) is Literal:
        return " or ".join(repr(choice) for choice in typing.get_args(option))
    words = {bool: "true or false", int: "a whole number", float: "a number", str: "text"}
    return "a path" if option is Path else words[option]
