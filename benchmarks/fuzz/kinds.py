"""What is fuzzed."""

from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Protocol


class Kind(Protocol):
    """One kind of input: how cases are made, and how they are tried."""

    may_run: bool
    """Whether trying a case starts processes of ours."""

    def make(self, random: Random) -> tuple[bytes, str]:
        """Return a case, and the suffix of its file's name."""

    def attempt(self, path: Path) -> None:
        """Give a case to mused. Raises an error of mused's where that refuses it."""


@dataclass(frozen=True)
class Limits:
    """Where a kind is, and what its cases may cost."""

    where: str
    seconds: float = 10.0
    """Processor time of one case."""
    mib: float = 256
    """By how much a case may make the process larger."""
    address_mib: int = 1500
    """How much more address space there is; what asks for more finds no memory."""


KINDS = {
    "prompts": Limits("benchmarks.fuzz.prompts:Prompts"),
    "recipes": Limits("benchmarks.fuzz.recipes:Recipes"),
    # 64 million pixels, the most that are read, are 244 MiB in each of a few copies.
    "images": Limits("benchmarks.fuzz.images:Images", seconds=20, mib=1200, address_mib=2500),
    "checkpoints": Limits("benchmarks.fuzz.checkpoints:Checkpoints"),
    "resumes": Limits("benchmarks.fuzz.resumes:Resumes"),
    "prompt_files": Limits("benchmarks.fuzz.prompt_files:PromptFiles"),
    "requests": Limits("benchmarks.fuzz.requests:Requests", seconds=30),
}
