"""Which parts of the daemon live: each says so in its own loop, and the watchdog asks here.

A part at work calls `beat` at least once in the time it promises; one that waits for something to
do calls `rest`. Both find their part by the context, also from its tasks and threads, and do
nothing outside of one. A part that hangs, in a thread or in the loop, beats no more. Where it can
only hang in what a restart does not mend, a mount whose server is gone, it is merely told of.
"""

import asyncio
import math
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from typing import ParamSpec, TypeVar

PATIENCE = 60.0  # seconds; a file, a picture, a database on a slow disk takes a fraction
LOOP_BEAT = 5.0  # seconds
LOOP_PATIENCE = 20.0
START_LOOK = 0.02
MOMENT = 2.0  # seconds that a start waits for parts that may hang outside of us

_P = ParamSpec("_P")
_Result = TypeVar("_Result")


class _Pulse:
    def __init__(self, owner: "Health", clock: Callable[[], float]) -> None:
        self.owner = owner
        self._clock = clock
        self.started = False
        self.due = clock() + PATIENCE

    def sign(self, within: float) -> None:
        self.due = self._clock() + within
        self.started = True

    @property
    def late(self) -> bool:
        return self._clock() > self.due


_part: ContextVar[_Pulse | None] = ContextVar("part", default=None)


def beat(within: float = PATIENCE) -> None:
    """The current part is at work and gives its next sign within so many seconds."""
    pulse = _part.get()
    if pulse is not None:
        pulse.sign(within)


def rest() -> None:
    """The current part waits for something to do."""
    beat(math.inf)


@contextmanager
def own_part(name: str) -> Iterator[None]:
    """A part beside the current one, for a task of it that has signs of its own to give."""
    pulse = _part.get()
    with pulse.owner.part(name) if pulse is not None else nullcontext():
        yield


async def aside(work: Callable[_P, _Result], *args: _P.args, **kwargs: _P.kwargs) -> _Result:
    """`work` in a thread, for as long as it takes: no restart brings a dead mount back."""
    rest()
    try:
        return await asyncio.to_thread(work, *args, **kwargs)
    finally:
        beat()


async def heart() -> None:
    """The event loop as a part of its own: whatever blocks it is noticed."""
    while True:
        beat(LOOP_PATIENCE)
        await asyncio.sleep(LOOP_BEAT)


class Health:
    """The parts that are switched on; `silent` and `lost` may be asked from any thread.

    `outside` names those whose silence no restart mends.
    """

    def __init__(
        self, outside: Collection[str] = (), clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._outside = outside
        self._clock = clock
        self._pulses: dict[str, _Pulse] = {}
        self._probes: dict[str, Callable[[], bool]] = {}

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """`beat` and `rest` inside, and in whatever is started there, are those of part `name`."""
        pulse = self._pulses[name] = _Pulse(self, self._clock)
        token = _part.set(pulse)
        try:
            yield
        finally:
            _part.reset(token)
            del self._pulses[name]

    @contextmanager
    def probed(self, name: str, alive: Callable[[], bool]) -> Iterator[None]:
        """A part that keeps its own account: it lives while `alive` says so."""
        self._probes[name] = alive
        try:
            yield
        finally:
            del self._probes[name]

    def silent(self) -> list[str]:
        """The parts that should have given a sign of life by now."""
        late = [name for name, pulse in self._pulses.copy().items() if pulse.late]
        return late + [name for name, alive in self._probes.copy().items() if not alive()]

    def lost(self) -> list[str]:
        """Those of the silent that only a restart can bring back."""
        return [name for name in self.silent() if name not in self._outside]

    async def started(self) -> None:
        """Wait until every part has given its first sign, those outside a moment only."""
        # The signs may come from threads, and it is waited for once in a daemon's life.
        moment = self._clock() + MOMENT
        while any(  # noqa: ASYNC110
            not pulse.started and (name not in self._outside or self._clock() < moment)
            for name, pulse in self._pulses.items()
        ):
            await asyncio.sleep(START_LOOK)
