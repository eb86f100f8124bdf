"""How to paint: everything but the prompt, checked when it is made."""

import dataclasses
import difflib
import math
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from mused.art.errors import SettingsError

Start = Literal["sketch", "noise", "picture"]


@dataclass(frozen=True)
class Settings:
    """How to paint. Raises SettingsError where a value is out of range.

    The defaults suit the shipped networks over a sketch: 40 gentle steps make brush strokes and
    leave the objects whole. Published networks from noise want about steps=300,
    learning_rate=0.1, cutouts=32, anchor=0.
    """

    width: int = 256
    """Pixels; rounded down to a multiple of the VQGAN's factor."""
    height: int = 256
    steps: int = 40
    seed: int | None = None
    """None: a new one is drawn and written into the recipe."""
    start: Start = "sketch"
    """What the first frame shows: the words the scene painter knows, random codes, a picture."""
    start_picture: Path | None = None
    learning_rate: float = 0.05
    cutouts: int = 6
    anchor: float = 1.0
    """How strongly the picture is held to its first frame."""
    vqgan: Path | None = None
    """Weights; None: the small ones shipped with mused."""
    clip: Path | None = None
    device: str = "auto"
    """"auto", "cpu", "cuda" or "cuda:1"."""
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    threads: int | None = None
    """CPU threads; None: torch's choice. Pixels repeat only with the same number."""

    def __post_init__(self) -> None:
        for name, low, high in (
            ("width", 16, 4096),
            ("height", 16, 4096),
            ("steps", 0, 100_000),
            ("cutouts", 1, 512),
            ("learning_rate", 1e-6, 10.0),
            ("anchor", 0.0, 1e6),
            ("seed", 0, 2**63 - 1),
            ("threads", 1, 1024),
        ):
            value = getattr(self, name)
            if value is not None and not low <= value <= high:
                raise SettingsError(f"{name} = {value} is not between {low} and {high}")
        if (self.start == "picture") != (self.start_picture is not None):
            raise SettingsError('start = "picture" and start_picture = PATH belong together')

    @classmethod
    def read(cls, values: Mapping[str, object]) -> "Settings":
        """Make settings from a mapping such as JSON gives. Raises SettingsError."""
        hints = typing.get_type_hints(cls)
        checked = {}
        for name, value in values.items():
            if name not in hints:
                close = difflib.get_close_matches(name, hints, 1)
                hint = f": did you mean {close[0]}?" if close else ""
                raise SettingsError(f"There is no setting {name!r}{hint}")
            checked[name] = typed(name, value, hints[name])
        return cls(**checked)

    def plain(self) -> dict[str, Any]:
        """Return the settings as JSON values; read() takes them back."""
        values = dataclasses.asdict(self)
        return {k: str(v) if isinstance(v, Path) else v for k, v in values.items()}


def typed(name: str, value: object, hint: Any) -> Any:
    """Return value as the type of its field. Raises SettingsError."""
    options = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
    if value is None and type(None) in options:
        return None
    for option in options:
        if typing.get_origin(option) is Literal and value in typing.get_args(option):
            return value
        if option is float and isinstance(value, int | float) and not isinstance(value, bool):
            try:
                return float(value)
            except OverflowError:
                return math.inf if value > 0 else -math.inf
        if option is int and isinstance(value, int) and not isinstance(value, bool):
            return value
        if option is str and isinstance(value, str):
            return value
        if option is Path and isinstance(value, str) and value:
            return Path(value)
        if option is Path and isinstance(value, Path):
            return value
    wanted = " or ".join(_words(option) for option in options if option is not type(None))
    raise SettingsError(f"{name} = {value!r} is not {wanted}")


def _words(option: Any) -> str:
    if typing.get_origin(option) is Literal:
        return " or ".join(repr(choice) for choice in typing.get_args(option))
    return {int: "a whole number", float: "a number", str: "text", Path: "a path"}[option]
