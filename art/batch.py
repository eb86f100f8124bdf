"""Paintings that share their steps, so that a big GPU has enough to do.

Each has its own seed, random numbers, cutouts, optimiser, checkpoint, notices and end; only the
networks' work is done for all of them together.
"""

import gc
import itertools
import math
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import torch

from mused.art.errors import ArtError, DeviceLostError
from mused.art.loop import Loop
from mused.art.memory import is_device_lost, is_out_of_memory
from mused.art.painting import Painting
from mused.art.picture import Picture
from mused.art.settings import Settings
from mused.art.step import step

ON_A_GPU = 16
"""How many loops share a step there, where the settings do not say."""

Due = Sequence[tuple[Painting, Loop]]


def how_many(settings: Settings, device: torch.device) -> int:
    """Return how many loops share a step. More than one gain nothing on a processor."""
    if settings.deterministic:
        return 1  # the last bits may depend on how many share it
    return settings.at_once or (ON_A_GPU if device.type == "cuda" else 1)


class Batch:
    """Several paintings, so many of them under way at once."""

    def __init__(self, paintings: Sequence[Painting], at_once: int) -> None:
        self._waiting = deque(paintings)
        self._under_way: list[Painting] = []
        self._at_once = at_once
        self._failures: list[ArtError] = []

    def run(self, ended: Callable[[Painting, Picture], None]) -> None:
        """Paint all; `ended` is told each picture as soon as it is there.

        Where one of them fails, the others are painted to their ends before its error is raised.
        Raises PictureError, OutOfMemoryError, NotANumberError, and DeviceLostError at once.
        """
        try:
            while self._waiting or self._under_way:
                self._begin()
                due = [(each, loop) for each in self._under_way for loop in self._due(each, ended)]
                for group in self._groups(due):
                    self._step(group)
        except RuntimeError as error:
            if not is_device_lost(error):
                raise
            raise DeviceLostError(f"The GPU was lost while painting: {error}") from error
        if self._failures:
            raise self._failures[0]

    def _begin(self) -> None:
        while self._waiting and len(self._under_way) < self._at_once:
            painting = self._waiting.popleft()
            self._under_way = [*self._under_way, painting]
            with self._own(painting):
                painting.begin(self._at_once)

    def _due(self, painting: Painting, ended: Callable[[Painting, Picture], None]) -> list[Loop]:
        loops: list[Loop] = []
        with self._own(painting):
            loops = painting.due()
            if not loops:
                ended(painting, painting.end())
                self._drop(painting)
        return loops

    @contextmanager
    def _own(self, painting: Painting) -> Iterator[None]:
        """Take what fails in here for this painting's trouble, not the others'."""
        try:
            yield
        except ArtError as error:
            self._failures.append(error)
            self._drop(painting)

    def _drop(self, painting: Painting) -> None:
        self._under_way = [each for each in self._under_way if each is not painting]

    def _groups(self, due: Due) -> Iterator[Due]:
        """Share out what can share a step."""
        kinds: dict[tuple[object, ...], list[tuple[Painting, Loop]]] = {}
        for painting, loop in due:
            kinds.setdefault(loop.kind, []).append((painting, loop))
        for group in kinds.values():
            rest = iter(group)
            # Looked up anew for each: it falls where memory runs short.
            while some := list(itertools.islice(rest, self._at_once)):
                yield some

    def _step(self, group: Due) -> None:
        loops = [loop for _, loop in group]
        try:
            losses = step(loops, lambda: any(painting.cancelled() for painting, _ in group))
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            self._save_memory(group, error)
            return
        if losses is None:
            return  # one of them was cancelled; the others repeat the step
        for (painting, loop), loss in zip(group, losses, strict=True):
            painting.at_once = max(painting.at_once, len(group))
            with self._own(painting):
                if math.isfinite(loss):
                    painting.moved(loop)
                else:
                    painting.lose_numbers(loop)

    def _save_memory(self, group: Due, error: BaseException) -> None:
        """Step fewer together, and where it is one already, have it spend less."""
        if len(group) > 1:
            self._at_once = (len(group) + 1) // 2
            for painting, _ in group:
                painting.notice(f"Memory ran short: painting {self._at_once} at a time.")
        else:
            painting, loop = group[0]
            with self._own(painting):
                painting.save_memory(loop, error)
        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
