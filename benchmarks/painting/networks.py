"""Random weights of the published architectures: speed does not depend on them."""

import json
import warnings
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor, nn

from mused.art.clip import Clip, ClipConfig
from mused.art.vqgan import VQGAN, VQGAN_F16_16384, VQGANConfig

VIT_B_32 = ClipConfig(512, 224, 12, 768, 32, 77, 49408, 512, 8, 12)


def write(
    folder: Path, vqgan: VQGANConfig = VQGAN_F16_16384, clip: ClipConfig = VIT_B_32
) -> dict[str, str]:
    """Write a VQGAN and a CLIP as they were published; return their paths.

    A Lightning checkpoint with its configuration and a TorchScript archive: both loops read them.
    """
    torch.manual_seed(0)
    paths = {
        "vqgan": folder / "vqgan.ckpt",
        "vqgan_config": folder / "vqgan.yaml",
        "clip": folder / "clip.pt",
    }
    model = VQGAN(vqgan)
    torch.save({"state_dict": model.state_dict()}, paths["vqgan"])
    # JSON is YAML as well.
    paths["vqgan_config"].write_text(json.dumps(_published(vqgan)))
    state = Clip(replace(clip, tokens=None)).model.state_dict()
    with warnings.catch_warnings():
        # Deprecated, and what the published CLIPs are.
        warnings.simplefilter("ignore", DeprecationWarning)
        archive = torch.jit.script(_tree({name: each.half() for name, each in state.items()}))
        torch.jit.save(archive, paths["clip"])
    return {name: str(path) for name, path in paths.items()}


def _published(config: VQGANConfig) -> dict[str, object]:
    shape = {
        "double_z": False,
        "z_channels": config.z_channels,
        "resolution": config.resolution,
        "in_channels": 3,
        "out_ch": 3,
        "ch": config.ch,
        "ch_mult": list(config.ch_mult),
        "num_res_blocks": config.num_res_blocks,
        "attn_resolutions": list(config.attn_resolutions),
        "dropout": 0.0,
    }
    parameters = {
        "embed_dim": config.embed_dim,
        "n_embed": config.n_embed,
        "ddconfig": shape,
        # Training's loss would be downloaded and is deleted at once.
        "lossconfig": {"target": "taming.modules.losses.vqperceptual.DummyLoss"},
    }
    return {"model": {"target": "taming.models.vqgan.VQModel", "params": parameters}}


def _tree(state: dict[str, Tensor]) -> nn.Module:
    """Return modules that hold a state dict and do nothing."""
    root = nn.Module()
    for key, tensor in state.items():
        module = root
        *parents, leaf = key.split(".")
        for parent in parents:
            if parent not in dict(module.named_children()):
                module.add_module(parent, nn.Module())
            module = module.get_submodule(parent)
        module.register_parameter(leaf, nn.Parameter(tensor, requires_grad=False))
    return root
