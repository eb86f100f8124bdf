"""torch's optimisers without the guards of torch.compile.

The guards import the compiler at the first step, although nothing here is ever compiled: a second
and 35 MB for each painter.
"""

import inspect
from collections.abc import Callable

import torch
from torch.optim import Optimizer

_GUARDED = ("add_param_group", "zero_grad", "state_dict", "load_state_dict")


def _plain(optimiser: type[Optimizer]) -> Callable[..., Optimizer]:
    methods = {name: inspect.unwrap(getattr(optimiser, name)) for name in _GUARDED}
    methods["step"] = torch.no_grad()(inspect.unwrap(optimiser.step))  # as the guard does
    return type(optimiser.__name__, (optimiser,), methods)


OPTIMISERS = {
    "adam": _plain(torch.optim.Adam),
    "adamw": _plain(torch.optim.AdamW),
    "radam": _plain(torch.optim.RAdam),
}
