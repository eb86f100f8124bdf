"""Tensors of a file and the network they are for: both agree, or nothing is built."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from mused.art.errors import WeightsError

Network = TypeVar("Network", bound=nn.Module)
_SAME_SHAPE = {"mul", "__mul__", "__rmul__", "div", "__truediv__", "triu_"}


def fitted(
    make: Callable[[], Network],
    filled: Callable[[Network], nn.Module],
    state: Mapping[str, Tensor],
    path: Path,
    name: str,
) -> Network:
    """Make a network, the part of it that `filled` returns with the tensors of a file.

    A network may need far more memory than the tensors that its shape was read from: it is made
    without any first. Raises WeightsError, which calls the network `name`.
    """
    try:
        with torch.device("meta"), _NoRandomStart():
            shape = filled(make()).state_dict()
    except Exception as error:  # a shape that makes no sense can fail anywhere in the network
        raise WeightsError(f"{path}: no {name} has such a shape: {error}") from error
    _compare(shape, state, path, name)
    _check_numbers(shape, state, path)
    with _NoRandomStart():
        network = make()
    filled(network).load_state_dict(dict(state), assign=True)
    return network.requires_grad_(requires_grad=False).eval()


def _compare(
    expected: Mapping[str, Tensor], state: Mapping[str, Tensor], path: Path, name: str
) -> None:
    missing = sorted(expected.keys() - state.keys())
    unknown = sorted(state.keys() - expected.keys())
    misshapen = [
        f"{k} is {tuple(state[k].shape)}, expected {tuple(expected[k].shape)}"
        for k in expected.keys() & state.keys()
        if state[k].shape != expected[k].shape
    ]
    if missing or unknown or misshapen:
        problems = [
            *(
                f"{len(x)} {word} ({x[0][:100]!a} …)"
                for x, word in ((missing, "missing"), (unknown, "unknown"))
                if x
            ),
            *misshapen[:1],
        ]
        raise WeightsError(f"{path} does not fit this {name}: {'; '.join(problems)}")


def _check_numbers(expected: Mapping[str, Tensor], state: Mapping[str, Tensor], path: Path) -> None:
    for key, tensor in state.items():
        wanted, found = expected[key].is_floating_point(), tensor.is_floating_point()
        if wanted != found or tensor.layout != torch.strided or tensor.is_quantized:
            raise WeightsError(f"{path} is damaged: {key} holds {tensor.dtype}, {tensor.layout}")
        if found and not tensor.isfinite().all():
            raise WeightsError(f"{path} is damaged: {key} holds values that are no numbers")


class _NoRandomStart(TorchFunctionMode):
    """Leaves out the random numbers a weights file overwrites: a second for large networks."""

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: object,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        kwargs = kwargs or {}
        name = getattr(func, "__name__", "")
        if name in {"normal_", "uniform_", "kaiming_uniform_"}:
            return args[0] if args else kwargs["tensor"]
        # Where there are no numbers, torch would import its compiler to draw and scale them.
        if name in _SAME_SHAPE and args[0].is_meta:
            return args[0]
        return (torch.empty if name == "randn" else func)(*args, **kwargs)
