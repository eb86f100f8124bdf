"""OpenFst's binary files, written from Python: "const" and "olabel_lookahead" transducers.

Sources: OpenFst's fst/fst.cc (header), fst/const-fst.h, fst/add-on.h, fst/label-reachable.h.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

_FST_MAGIC = 2125659606
_ADD_ON_MAGIC = 446681434
_EXPANDED = 0x1
_ACCEPTOR, _NOT_ACCEPTOR = 0x10000, 0x20000
_EPSILONS, _NO_EPSILONS = 0x400000, 0x800000
_INPUT_EPSILONS, _NO_INPUT_EPSILONS = 0x1000000, 0x2000000
_OUTPUT_EPSILONS, _NO_OUTPUT_EPSILONS = 0x4000000, 0x8000000
_INPUT_SORTED, _OUTPUT_SORTED = 0x10000000, 0x40000000
_WEIGHTED = 0x100000000

NOT_FINAL = float("inf")


@dataclass(frozen=True)
class Arc:
    """A transition; label 0 is epsilon, weights are costs (tropical semiring)."""

    input: int
    output: int
    weight: float
    target: int


@dataclass
class Fst:
    """A transducer under construction; state 0 starts unless `start` says otherwise."""

    arcs: list[list[Arc]] = field(default_factory=list)
    finals: list[float] = field(default_factory=list)
    start: int = 0

    def add_state(self, final: float = NOT_FINAL) -> int:
        """A new state's number."""
        self.arcs.append([])
        self.finals.append(final)
        return len(self.arcs) - 1

    def add_arc(self, source: int, arc: Arc) -> None:
        """Let an arc leave a state."""
        self.arcs[source].append(arc)


Intervals = list[tuple[int, int]]
"""Half-open ranges of labels, ascending."""


def intervals(labels: Sequence[int]) -> Intervals:
    """The labels, sorted and distinct, as ranges."""
    found: Intervals = []
    for label in labels:
        if found and found[-1][1] == label:
            found[-1] = (found[-1][0], label + 1)
        else:
            found.append((label, label + 1))
    return found


def _string(text: str) -> bytes:
    return struct.pack("<i", len(text)) + text.encode("ascii")


def _header(kind: str, version: int, properties: int, start: int, states: int, arcs: int) -> bytes:
    return (
        struct.pack("<i", _FST_MAGIC)
        + _string(kind)
        + _string("standard")
        + struct.pack("<iiQqqq", version, 0, properties, start, states, arcs)
    )


def _properties(fst: Fst, order: Literal["input", "output"]) -> int:
    every = [arc for arcs in fst.arcs for arc in arcs]

    def either(condition: bool, yes: int, no: int) -> int:
        return yes if condition else no

    bits = _EXPANDED | (_INPUT_SORTED if order == "input" else _OUTPUT_SORTED)
    bits |= either(all(a.input == a.output for a in every), _ACCEPTOR, _NOT_ACCEPTOR)
    both = any(a.input == 0 and a.output == 0 for a in every)
    bits |= either(both, _EPSILONS, _NO_EPSILONS)
    bits |= either(any(a.input == 0 for a in every), _INPUT_EPSILONS, _NO_INPUT_EPSILONS)
    bits |= either(any(a.output == 0 for a in every), _OUTPUT_EPSILONS, _NO_OUTPUT_EPSILONS)
    if any(a.weight for a in every):
        bits |= _WEIGHTED
    return bits


def const_fst(fst: Fst, order: Literal["input", "output"]) -> bytes:
    """A "const" transducer with the arcs of each state sorted by one side's label."""
    states = bytearray()
    arcs = bytearray()
    first = 0
    for leaving, final in zip(fst.arcs, fst.finals, strict=True):
        ordered = sorted(leaving, key=lambda a: a.input if order == "input" else a.output)
        input_epsilons = sum(arc.input == 0 for arc in ordered)
        output_epsilons = sum(arc.output == 0 for arc in ordered)
        states += struct.pack("<fIIII", final, first, len(ordered), input_epsilons, output_epsilons)
        for arc in ordered:
            arcs += struct.pack("<iifi", arc.input, arc.output, arc.weight, arc.target)
        first += len(ordered)
    properties = _properties(fst, order)
    header = _header("const", 2, properties, fst.start, len(fst.arcs), first)
    return bytes(header + states + arcs)


def lookahead_fst(fst: Fst, reachable: Sequence[Intervals], final_label: int) -> bytes:
    """A const transducer that knows which output labels can come next from each state.

    `reachable` holds, per state, the labels that can be next along arcs without output, and
    `final_label` where the end can be reached so.
    """
    add_on = struct.pack("<biq", 0, final_label, len(reachable))
    written = bytearray(struct.pack("<b", 0) + add_on)
    for ranges in reachable:
        written += struct.pack("<q", len(ranges))
        for begin, end in ranges:
            written += struct.pack("<ii", begin, end)
        written += struct.pack("<i", sum(end - begin for begin, end in ranges))
    properties = _properties(fst, "output")
    return (
        _header("olabel_lookahead", 1, properties, -1, 0, 0)
        + struct.pack("<i", _ADD_ON_MAGIC)
        + const_fst(fst, "output")
        + struct.pack("<bbb", 1, 0, 1)
        + bytes(written)
    )
