"""The prompts that are painted to be judged."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).with_name("prompts.toml")


@dataclass(frozen=True)
class Asked:
    """One prompt and what it is about."""

    number: int
    """From 0; also the seed of its pictures."""
    text: str
    subject: str
    """A key of `mused.art.scenes.words.OBJECTS`; empty where the prompt is about a view."""
    plain: str
    """The same in the scene painter's words."""


def prompts(count: int | None = None) -> tuple[Asked, ...]:
    """All prompts, or so many of them spread evenly over the file."""
    rows = tomllib.loads(FILE.read_text())["prompts"]
    asked = [Asked(number, *row) for number, row in enumerate(rows)]
    if count is None or count >= len(asked):
        return tuple(asked)
    return tuple(asked[i * len(asked) // count] for i in range(count))
