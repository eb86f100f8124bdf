"""Checks a weights file and keeps it as safetensors.

``python -c "from mused.art import convert; convert.main()" FROM TO KIND``, each in JSON, KIND null
where it is found out. Prints one JSON object: ``{"kind", "parameters", "shape"}`` of what was
written to TO, or ``{"error", "is_bad"}``, what was expected and what was found, and whether it is
the file that is to blame. Whatever FROM holds, nothing of it is run; a file that needs more memory
than there is ends this process and no other.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mused.art.clip import Clip
from mused.art.errors import ArtError
from mused.art.vqgan import VQGAN
from mused.art.weights import load, load_clip, load_vqgan, save_clip, save_vqgan

LOADERS: dict[str | None, Callable[[Path], VQGAN | Clip]] = {
    "vqgan": load_vqgan,
    "clip": load_clip,
    None: load,
}


def convert(source: Path, target: Path, kind: str | None = None) -> dict[str, Any]:
    """Write the network of `source` to `target`, no number changed, and say what it is.

    kind: "vqgan" or "clip", where it must be that. Raises WeightsError and OSError.
    """
    model = LOADERS[kind](source)
    if isinstance(model, VQGAN):
        save_vqgan(model, target, dtype=None)
        shape = f"f{model.config.factor}, {model.config.n_embed} codes"
    else:
        save_clip(model, target, dtype=None)
        shape = _clip_shape(model)
    parameters = sum(each.numel() for each in model.parameters())
    kind = "vqgan" if isinstance(model, VQGAN) else "clip"
    return {"kind": kind, "parameters": parameters, "shape": shape}


def _clip_shape(model: Clip) -> str:
    patch = model.config.vision_patch_size
    tower = f"vision transformer, patches of {patch}" if patch else "ResNet"
    return f"{tower}, pictures of {model.input_resolution}"


def main() -> None:
    """Convert what the arguments, each in JSON, say: source, target and kind or null."""
    source, target, kind = map(json.loads, sys.argv[1:])
    try:
        answer = convert(Path(source), Path(target), kind)
    except ArtError as error:
        answer = {"error": str(error), "is_bad": True}
    except (OSError, MemoryError, RuntimeError) as error:
        answer = {"error": f"{source} cannot be converted: {error or type(error).__name__}"}
    print(json.dumps(answer))  # noqa: T201 - whoever started us reads it
