"""Published networks in the files they were published in: their architecture, random weights.

Widths are shrunken where the shape is the point; one file has its full size.
"""

import io
import sys
import types
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.torch
import torch
from torch import Tensor

from mused.art.clip import Clip, ClipConfig, config_of
from mused.art.errors import WeightsError
from mused.art.painter import Painter
from mused.art.picture import Weights
from mused.art.settings import Settings
from mused.art.vqgan import GUMBEL_F8, VQGAN, VQGAN_F16_1024, VQGAN_F16_16384
from mused.art.weights import load, load_clip, load_vqgan

NARROW: dict[str, Any] = {"ch": 32, "z_channels": 32, "embed_dim": 32}
VQGANS = {
    "f16-1024": replace(VQGAN_F16_1024, **NARROW, n_embed=64),
    "f16-16384": replace(VQGAN_F16_16384, **NARROW, n_embed=256),
    "gumbel-f8": replace(GUMBEL_F8, **NARROW, n_embed=128),
}
CLIPS = {
    "vit-b32": ClipConfig(16, 224, 2, 64, 32, 77, 49408, 64, 1, 2),
    "vit-b16": ClipConfig(16, 224, 2, 64, 16, 77, 49408, 64, 1, 2),
    "vit-l14": ClipConfig(24, 224, 3, 128, 14, 77, 49408, 128, 2, 2),
    "rn50": ClipConfig(16, 224, (3, 4, 6, 3), 4, None, 77, 49408, 64, 1, 2),
}


@pytest.fixture
def callback(monkeypatch: pytest.MonkeyPatch) -> type:
    """The class that Lightning leaves in its checkpoints."""
    made = type("ModelCheckpoint", (), {})
    made.__module__ = "pytorch_lightning.callbacks.model_checkpoint"
    parent = ""
    for name in made.__module__.split("."):
        parent = f"{parent}.{name}".strip(".")
        monkeypatch.setitem(sys.modules, parent, types.ModuleType(parent))
    vars(sys.modules[made.__module__])["ModelCheckpoint"] = made
    return made


def lightning(model: VQGAN, callback: type) -> dict[str, Any]:
    """What Lightning wrote: the state with that of the losses, and the optimisers' numbers."""
    losses = {
        "loss.perceptual_loss.net.slice1.0.weight": torch.zeros(64, 3, 3, 3),
        "loss.discriminator.main.3.num_batches_tracked": torch.tensor(7),
    }
    moments = {0: {"step": 3, "exp_avg": torch.zeros(3), "exp_avg_sq": torch.zeros(3)}}
    return {
        "epoch": 12,
        "global_step": 34567,
        "pytorch-lightning_version": "1.0.8",
        "state_dict": {**model.state_dict(), **losses},
        "optimizer_states": [{"state": moments, "param_groups": [{"lr": 4.5e-6, "params": [0]}]}],
        "lr_schedulers": [],
        "callbacks": {callback: {"best_model_score": np.float64(0.5), "best_model_path": "/x"}},
    }


@pytest.mark.parametrize("name", VQGANS)
def test_a_vqgan_loads_from_its_lightning_checkpoint(
    name: str, callback: type, tmp_path: Path
) -> None:
    model = VQGAN(VQGANS[name]).eval()
    torch.save(lightning(model, callback), tmp_path / "last.ckpt")
    loaded = load(tmp_path / "last.ckpt")
    assert isinstance(loaded, VQGAN)
    assert loaded.config == VQGANS[name]
    with torch.inference_mode():
        x = torch.rand(1, 3, 32, 32)
        assert torch.equal(loaded(x)[0], model(x)[0])


def test_a_vqgan_loads_in_its_full_size(callback: type, tmp_path: Path) -> None:
    with torch.no_grad():
        model = VQGAN(VQGAN_F16_16384)
    torch.save(lightning(model, callback), tmp_path / "last.ckpt")
    loaded = load_vqgan(tmp_path / "last.ckpt")
    assert loaded.config == VQGAN_F16_16384
    assert torch.equal(loaded.codebook, model.codebook)


@pytest.mark.parametrize("name", VQGANS)
def test_a_sketch_begins_the_pictures_of_published_networks_too(name: str) -> None:
    vqgan, clip = VQGAN(VQGANS[name]).eval(), Clip(CLIPS["vit-b32"]).eval()
    weights = Weights("random", "0" * 64)
    painter = Painter(vqgan, clip, weights, weights)
    settings = Settings(width=64, height=64, steps=2, seed=1, start="sketch", threads=1)
    picture = painter.paint("a red boat on a lake", settings)
    assert picture.image.size == (64, 64)
    assert {"sailboat", "lake"} <= set(picture.recipe.sketched)
    noise = painter.paint("a red boat on a lake", replace(settings, start="noise"))
    assert np.asarray(picture.image).tobytes() != np.asarray(noise.image).tobytes()


def traced(clip: Clip, path: Path) -> None:
    """Write the TorchScript archive of a CLIP, in half precision as OpenAI's are."""
    side = clip.input_resolution
    for name, number in (("input_resolution", side), ("context_length", 77), ("vocab_size", 49408)):
        if not hasattr(clip.model, name) or isinstance(getattr(clip.model, name), int):
            vars(clip.model).pop(name, None)
            clip.model.register_buffer(name, torch.tensor(number))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        examples = {
            "encode_image": torch.rand(1, 3, side, side),
            "encode_text": clip.tokenizer(["a"]),
        }
        archive: Any = torch.jit.trace_module(clip.model, examples)  # type: ignore[no-untyped-call]  # torch's
        archive.half().save(str(path))


@pytest.mark.parametrize("name", CLIPS)
def test_a_clip_loads_from_its_torchscript_archive(name: str, tmp_path: Path) -> None:
    clip = Clip(CLIPS[name]).eval()
    traced(clip, tmp_path / "clip.pt")
    loaded = load(tmp_path / "clip.pt")
    assert isinstance(loaded, Clip)
    assert loaded.config == CLIPS[name]
    with torch.inference_mode():
        x = torch.rand(1, 3, loaded.input_resolution, loaded.input_resolution)
        assert torch.equal(loaded.encode_image(x), clip.float().encode_image(x))
        texts = ["a red boat", "the sea"]
        assert torch.equal(loaded.encode_text(texts), clip.encode_text(texts))


@pytest.mark.parametrize(
    "config",
    [
        ClipConfig(512, 224, (3, 4, 23, 3), 64, None, 77, 49408, 512, 8, 12),
        ClipConfig(640, 288, (4, 6, 10, 6), 80, None, 77, 49408, 640, 10, 12),
    ],
    ids=["RN101", "RN50x4"],
)
def test_the_other_resnets_are_recognised_by_their_shapes(config: ClipConfig) -> None:
    with torch.device("meta"):
        assert config_of(Clip(config).model.state_dict()) == config


@pytest.mark.parametrize("metadata", [None, {"format": "pt"}])
def test_safetensors_of_others_load_whatever_they_note(
    metadata: dict[str, str] | None, tmp_path: Path
) -> None:
    model = VQGAN(VQGANS["f16-1024"])
    safetensors.torch.save_file(model.state_dict(), tmp_path / "v", metadata)
    assert load_vqgan(tmp_path / "v").config == VQGANS["f16-1024"]


def refused(load_it: Callable[[Path], object], content: object, path: Path) -> str:
    torch.save(content, path)
    with pytest.raises(WeightsError) as error:
        load_it(path)
    return str(error.value)


def test_files_of_neighbours_are_told_with_what_they_lack(tmp_path: Path) -> None:
    """What people take for a VQGAN or a CLIP: a transformer over one, and other names of one."""
    state = VQGAN(VQGANS["f16-1024"]).state_dict()
    inside = {f"first_stage_model.{k}": v for k, v in state.items()}
    words = refused(load_vqgan, {"state_dict": inside}, tmp_path / "drin.ckpt")
    assert "drin.ckpt is no vqgan: it lacks 'encoder.conv_in.weight'" in words
    assert "it has first_stage_model.decoder" in words
    renamed = {"text_model.embeddings.token_embedding.weight": torch.zeros(49408, 8)}
    words = refused(load_clip, renamed, tmp_path / "pytorch_model.bin")
    assert "is no clip: it lacks" in words
    assert "it has text_model.embeddings" in words


@pytest.mark.parametrize("name", VQGANS)
def test_a_mismatched_vqgan_is_told_with_expected_and_found(name: str, tmp_path: Path) -> None:
    model = VQGAN(VQGANS[name])
    state = model.state_dict()
    lacking = {k: v for k, v in state.items() if k != "decoder.mid.attn_1.q.weight"}
    words = refused(load_vqgan, lacking, tmp_path / "a.ckpt")
    assert "1 missing ('decoder.mid.attn_1.q.weight'" in words
    words = refused(load_vqgan, {**state, "decoder.extra": torch.ones(1)}, tmp_path / "b.ckpt")
    assert "1 unknown ('decoder.extra'" in words
    other = {**state, "decoder.conv_out.weight": torch.ones(3, 7, 3, 3)}
    words = refused(load_vqgan, other, tmp_path / "c.ckpt")
    assert "decoder.conv_out.weight is (3, 7, 3, 3), expected (3, 32, 3, 3)" in words


def test_a_file_of_before_torch_1_6_is_told(tmp_path: Path) -> None:
    torch.save({"x": torch.zeros(3)}, tmp_path / "old.pt", _use_new_zipfile_serialization=False)
    with pytest.raises(WeightsError, match=r"format of before torch 1\.6"):
        load_vqgan(tmp_path / "old.pt")


def test_a_packed_checkpoint_could_swell_and_is_refused(tmp_path: Path) -> None:
    plain = io.BytesIO()
    torch.save({"x": torch.zeros(10**6)}, plain)
    with (
        zipfile.ZipFile(plain) as source,
        zipfile.ZipFile(tmp_path / "packed.ckpt", "w", zipfile.ZIP_DEFLATED) as packed,
    ):
        for name in source.namelist():
            packed.writestr(name, source.read(name))
    with pytest.raises(WeightsError, match="is packed, which no checkpoint is"):
        load_vqgan(tmp_path / "packed.ckpt")


def test_a_tensor_that_repeats_itself_is_not_larger_than_its_file(tmp_path: Path) -> None:
    state: dict[str, Tensor] = dict(VQGAN(VQGANS["f16-1024"]).state_dict())
    state["quantize.embedding.weight"] = torch.zeros(1).expand(10**12, 32)
    words = refused(load_vqgan, state, tmp_path / "vast.ckpt")
    assert "its tensors are larger than the file" in words


def test_a_torchscript_tensor_that_repeats_itself_is_refused(tmp_path: Path) -> None:
    class Vast(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.register_buffer("x", torch.zeros(1).expand(10**12))

        def forward(self, y: Tensor) -> Tensor:
            return y

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        archive: Any = torch.jit.trace(Vast(), torch.zeros(1))  # type: ignore[no-untyped-call]  # torch's
        archive.save(str(tmp_path / "vast.pt"))
    with pytest.raises(WeightsError, match=r"vast\.pt.* larger than its storage"):
        load_clip(tmp_path / "vast.pt")


def test_torchscript_tensors_that_share_a_storage_do_not_fill_the_memory(tmp_path: Path) -> None:
    class Shared(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            storage = torch.zeros(10**5)
            for number in range(50):
                self.register_buffer(f"x{number}", storage[:])

        def forward(self, y: Tensor) -> Tensor:
            return y

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        archive: Any = torch.jit.script(Shared())
        archive.save(str(tmp_path / "shared.pt"))
    assert (tmp_path / "shared.pt").stat().st_size < 10**6
    with pytest.raises(WeightsError, match=r"shared\.pt.* far larger than the file"):
        load_clip(tmp_path / "shared.pt")
