"""Kaldi's binary files, written from Python: the acoustic model am/final.mdl.

A token is ASCII and a space; an integer or float carries its size before it. Sources: Kaldi's
base/io-funcs.h, hmm/transition-model.cc, nnet3/nnet-nnet.cc.
"""

import struct
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from mused.training.speech.errors import ModelWriteError
from mused.training.speech.features import MELS, Floats
from mused.training.speech.network import CONTEXT, Affine
from mused.training.speech.phones import (
    CLASSES,
    GARBAGE_CLASS,
    LAST_PHONE_ID,
    SILENCE_PHONE_ID,
    acoustic_class,
)

TRANSITION_IDS = 2 * LAST_PHONE_ID
_STAY = 0.5  # probability of a phone's one state staying for another frame


def token(text: str) -> bytes:
    """A word of the format."""
    return text.encode("ascii") + b" "


def integer(value: int) -> bytes:
    """A sized 32-bit integer."""
    return struct.pack("<bi", 4, value)


def floating(value: float) -> bytes:
    """A sized 32-bit float."""
    return struct.pack("<bf", 4, value)


def integers(values: Sequence[int]) -> bytes:
    """A vector of 32-bit integers."""
    return struct.pack("<bi", 4, len(values)) + np.asarray(values, dtype="<i4").tobytes()


def vector(values: Floats | Sequence[float]) -> bytes:
    """A vector of 32-bit floats."""
    data = np.asarray(values, dtype="<f4")
    return token("FV") + integer(len(data)) + data.tobytes()


def matrix(values: Floats) -> bytes:
    """A matrix in one byte a value (matrix/compressed-matrix.h, with a header for each column).

    Kaldi reads it wherever it reads a matrix of floats. A column's bytes stand for 256 levels, half
    of them between its quartiles.
    """
    exact = np.asarray(values, dtype=np.float64)
    low = float(exact.min())
    span = float(exact.max()) - low or 1.0
    marks = np.percentile(exact, (0, 25, 75, 100), axis=0).T
    header = np.round((marks - low) * (65535 / span)).astype("<u2")
    levels = _levels(header, low, span)
    columns = [_nearest(column, steps) for column, steps in zip(exact.T, levels, strict=True)]
    shape = struct.pack("<ffii", low, span, *exact.shape)
    return token("CM") + shape + header.tobytes() + b"".join(columns)


def _levels(header: npt.NDArray[np.uint16], low: float, span: float) -> npt.NDArray[np.float64]:
    """What the 256 bytes mean in each column, shape (columns, 256), from the marks (columns, 4)."""
    marks = low + header.astype(np.float64) * (span / 65535)
    places = np.interp(np.arange(256), (0, 64, 192, 255), (0, 1, 2, 3))
    below = np.minimum(places.astype(int), 2)
    share = places - below
    return np.asarray(marks[:, below] * (1 - share) + marks[:, below + 1] * share)


def _nearest(values: npt.NDArray[np.float64], levels: npt.NDArray[np.float64]) -> bytes:
    """The byte of the level next to each value; levels rise."""
    at = np.searchsorted((levels[1:] + levels[:-1]) / 2, values)
    return at.astype(np.uint8).tobytes()


def transition_model() -> bytes:
    """One emitting state a phone, staying or leaving with equal probability."""
    phones = range(SILENCE_PHONE_ID, LAST_PHONE_ID + 1)
    state = integer(0) + integer(2) + b"".join(integer(s) + floating(_STAY) for s in (0, 1))
    final = integer(-1) + integer(0)
    topology = (
        token("<Topology>")
        + integers(phones)
        + integers([-1] + [0] * len(phones))
        + integer(1)
        + integer(2)
        + state
        + final
        + token("</Topology>")
    )
    triples = b"".join(integer(p) + integer(0) + integer(acoustic_class(p)) for p in phones)
    log_probabilities = np.full(TRANSITION_IDS + 1, np.log(_STAY), dtype=np.float32)
    log_probabilities[0] = 0.0
    return (
        token("<TransitionModel>")
        + topology
        + token("<Triples>")
        + integer(len(phones))
        + triples
        + token("</Triples>")
        + token("<LogProbs>")
        + vector(log_probabilities)
        + token("</LogProbs>")
        + token("</TransitionModel>")
    )


def read_affines(model: bytes, offsets: Sequence[tuple[int, ...]]) -> list[Affine]:
    """The affine layers of an am/final.mdl that `acoustic_model` wrote, in order.

    `offsets` are those of the layers; the score of the garbage class behind them is left out.
    Raises ModelWriteError where the file is of another shape.
    """
    affines, at = [], 0
    for each in offsets:
        at = model.find(token("<LinearParams>"), at)
        if at < 0:
            raise ModelWriteError(f"the model has fewer than {len(offsets)} layers")
        weight, at = _read_matrix(model, at + len(token("<LinearParams>")))
        at += len(token("<BiasParams>") + token("FV"))
        size, start = struct.unpack_from("<bi", model, at)[1], at + 5
        bias = np.frombuffer(model, "<f4", size, start).astype(np.float32)
        affines.append(Affine(each, weight, bias))
    return affines


def _read_matrix(model: bytes, at: int) -> tuple[Floats, int]:
    """A matrix of floats or of one or two bytes a value, and where it ends."""
    if model.startswith(token("FM"), at):
        _, rows, _, columns = struct.unpack_from("<bibi", model, at + 3)
        return _numbers(model, at + 13, "<f4", rows, columns)
    name = next((name for name in ("CM", "CM2") if model.startswith(token(name), at)), None)
    if name is None:
        raise ModelWriteError("the model has weights of a kind that is not known")
    start = at + len(token(name))
    low, span, rows, columns = struct.unpack_from("<ffii", model, start)
    if name == "CM2":
        values, end = _numbers(model, start + 16, "<u2", rows, columns)
        return (low + span / 65535 * values).astype(np.float32), end
    header = np.frombuffer(model, "<u2", 4 * columns, start + 16).reshape(columns, 4)
    data = np.frombuffer(model, np.uint8, rows * columns, start + 16 + header.nbytes)
    codes = data.reshape(columns, rows).astype(int)
    decoded = np.take_along_axis(_levels(header, low, span), codes, axis=1).T
    return decoded.astype(np.float32), start + 16 + header.nbytes + data.nbytes


def _numbers(model: bytes, start: int, kind: str, rows: int, columns: int) -> tuple[Floats, int]:
    values = np.frombuffer(model, kind, rows * columns, start).reshape(rows, columns)
    return values.astype(np.float32), start + values.nbytes


def _affine(weight: Floats, bias: Floats) -> bytes:
    return (
        token("<FixedAffineComponent>")
        + token("<LinearParams>")
        + matrix(weight)
        + token("<BiasParams>")
        + vector(bias)
        + token("</FixedAffineComponent>")
    )


def _nonlinearity(kind: str, size: int) -> bytes:
    return (
        token(f"<{kind}>")
        + token("<Dim>")
        + integer(size)
        + token("<ValueAvg>")
        + vector([])
        + token("<DerivAvg>")
        + vector([])
        + token("<Count>")
        + struct.pack("<bd", 8, 0.0)
        + token(f"</{kind}>")
    )


def _appended(source: str, offsets: Sequence[int]) -> str:
    if tuple(offsets) == (0,):
        return source
    parts = [source if offset == 0 else f"Offset({source}, {offset})" for offset in offsets]
    return f"Append({', '.join(parts)})"


def _components(affines: Sequence[Affine], garbage: float) -> list[tuple[str, str, bytes]]:
    """(name, input descriptor, bytes) of every component in order."""
    components = []
    source = "input"
    for index, affine in enumerate(affines):
        name = f"affine{index}"
        descriptor = _appended(source, affine.offsets)
        components.append((name, descriptor, _affine(affine.weight, affine.bias)))
        last = index == len(affines) - 1
        kind = "LogSoftmaxComponent" if last else "RectifiedLinearComponent"
        source = "scores" if last else f"relu{index}"
        components.append((source, name, _nonlinearity(kind, len(affine.bias))))
    classes = len(affines[-1].bias)
    weight = np.eye(classes, dtype=np.float32)
    # What is learnt as garbage takes its probability from the phones; its own score is a constant,
    # which wins where every phone does worse for long. Measured better than the learnt score.
    weight[GARBAGE_CLASS] = 0.0
    bias = np.zeros(classes, dtype=np.float32)
    bias[GARBAGE_CLASS] = -garbage
    components.append(("garbage", source, _affine(weight, bias)))
    return components


def nnet(affines: Sequence[Affine], garbage: float) -> bytes:
    """The network; the garbage class scores -garbage on every frame."""
    components = _components(affines, garbage)
    lines = [f"input-node name=input dim={MELS}"]
    lines += [
        f"component-node name={name} component={name} input={descriptor}"
        for name, descriptor, _ in components
    ]
    lines += [f"output-node name=output input={components[-1][0]} objective=linear", ""]
    body = b"".join(
        token("<ComponentName>") + token(name) + written for name, _, written in components
    )
    return (
        token("<Nnet3>")
        + b"\n"
        + "".join(f"{line}\n" for line in lines).encode("ascii")
        + token("<NumComponents>")
        + integer(len(components))
        + body
        + token("</Nnet3>")
    )


def acoustic_model(affines: Sequence[Affine], priors: Floats, garbage: float) -> bytes:
    """All of am/final.mdl; `priors` are divided out of the scores, garbage keeps its own.

    Raises ModelWriteError where sizes do not fit: libvosk would crash instead.
    """
    width = MELS
    for index, affine in enumerate(affines):
        if affine.weight.shape != (len(affine.bias), width * len(affine.offsets)):
            raise ModelWriteError(f"layer {index} has weights of shape {affine.weight.shape}")
        width = len(affine.bias)
    if width != len(CLASSES) or len(priors) != len(CLASSES):
        raise ModelWriteError(
            f"{width} outputs and {len(priors)} priors for {len(CLASSES)} acoustic classes"
        )
    return (
        b"\0B"
        + transition_model()
        + nnet(affines, garbage)
        + token("<LeftContext>")
        + integer(CONTEXT)
        + token("<RightContext>")
        + integer(CONTEXT)
        + token("<Priors>")
        + vector(np.where(np.arange(len(priors)) == GARBAGE_CLASS, np.float32(1.0), priors))
    )
