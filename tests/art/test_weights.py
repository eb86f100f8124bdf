import json
import os
import struct
import sys
import types
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from mused.art.clip import Clip, ClipConfig
from mused.art.errors import WeightsError
from mused.art.vqgan import VQGAN, VQGANConfig
from mused.art.weights import load_clip, load_vqgan, save_clip, save_vqgan, sha256

PLAIN = VQGANConfig(
    ch=32,
    ch_mult=(1, 2),
    num_res_blocks=1,
    attn_resolutions=(128,),
    resolution=256,
    z_channels=8,
    embed_dim=8,
    n_embed=16,
)


def test_a_vqgan_comes_back(vqgan: VQGAN, tmp_path: Path) -> None:
    save_vqgan(vqgan, tmp_path / "v.safetensors", torch.float32)
    loaded = load_vqgan(tmp_path / "v.safetensors")
    x = torch.rand(1, 3, 16, 16)
    assert loaded.config == vqgan.config
    assert torch.equal(loaded(x)[0], vqgan(x)[0])
    assert not loaded.training
    assert not any(p.requires_grad for p in loaded.parameters())


def test_a_clip_comes_back(clip: Clip, tmp_path: Path) -> None:
    save_clip(clip, tmp_path / "c.safetensors", torch.float32)
    loaded = load_clip(tmp_path / "c.safetensors")
    texts, x = ["a red boat", "a lake"], torch.rand(2, 3, 32, 32)
    assert loaded.config == clip.config
    assert torch.equal(loaded.encode_text(texts), clip.encode_text(texts))
    assert torch.equal(loaded.encode_image(x), clip.encode_image(x))


def test_half_precision_halves_the_file_and_loads_as_float32(vqgan: VQGAN, tmp_path: Path) -> None:
    full, half = tmp_path / "full.safetensors", tmp_path / "half.safetensors"
    save_vqgan(vqgan, full, torch.float32)
    save_vqgan(vqgan, half)
    assert half.stat().st_size < 0.6 * full.stat().st_size
    assert load_vqgan(half).codebook.dtype == torch.float32
    assert len(sha256(half)) == 64


@pytest.fixture
def lightning(monkeypatch: pytest.MonkeyPatch) -> type:
    """The class Lightning leaves in its checkpoints, gone again before they are loaded."""
    callback = type("ModelCheckpoint", (), {})
    callback.__module__ = "pytorch_lightning.callbacks.model_checkpoint"
    parent = ""
    for name in callback.__module__.split("."):
        parent = f"{parent}.{name}".strip(".")
        monkeypatch.setitem(sys.modules, parent, types.ModuleType(parent))
    vars(sys.modules[callback.__module__])["ModelCheckpoint"] = callback
    return callback


def test_a_lightning_checkpoint_loads_without_lightning(tmp_path: Path, lightning: type) -> None:
    model = VQGAN(PLAIN)
    state = {**model.state_dict(), "loss.discriminator.main.0.weight": torch.zeros(3)}
    score = np.float64(0.5)
    torch.save(
        {
            "epoch": 1,
            "state_dict": state,
            "callbacks": {lightning: {"best_model_score": score}, "own": lightning()},
        },
        tmp_path / "last.ckpt",
    )
    for name in [n for n in sys.modules if n.startswith("pytorch_lightning")]:
        del sys.modules[name]
    loaded = load_vqgan(tmp_path / "last.ckpt")
    assert loaded.config == PLAIN
    assert torch.equal(loaded.codebook, model.codebook)


def _traced(clip: Clip, path: Path) -> None:
    """Write a TorchScript archive as OpenAI published them, a number beside the weights."""
    model = clip.model
    model.register_buffer("input_resolution", torch.tensor(7))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        side = clip.input_resolution
        example = {
            "encode_image": torch.rand(1, 3, side, side),
            "encode_text": clip.tokenizer(["a"]),
        }
        torch.jit.trace_module(model, example).save(str(path))  # type: ignore[no-untyped-call]  # torch's


@pytest.mark.parametrize(
    "config",
    [
        ClipConfig(16, 64, 1, 64, 32, 77, 49408, 64, 1, 1),
        ClipConfig(16, 64, (1, 2, 1, 1), 8, None, 77, 49408, 64, 1, 1),
    ],
    ids=["vision transformer", "resnet"],
)
def test_a_torchscript_archive_loads_without_running_it(config: ClipConfig, tmp_path: Path) -> None:
    clip = Clip(config).eval()
    _traced(clip, tmp_path / "clip.pt")
    loaded = load_clip(tmp_path / "clip.pt")
    assert loaded.config == config
    assert torch.equal(loaded.encode_text(["a boat"]), clip.encode_text(["a boat"]))
    x = torch.rand(1, 3, 64, 64)
    assert torch.equal(loaded.encode_image(x), clip.encode_image(x))


def test_a_plain_state_dict_loads(tmp_path: Path) -> None:
    clip = Clip(ClipConfig(16, 64, 1, 64, 32, 77, 49408, 64, 1, 1)).eval()
    torch.save(clip.model.state_dict(), tmp_path / "clip.pt")
    assert load_clip(tmp_path / "clip.pt").config == clip.config


class Bomb:
    """Touches a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        return os.system, (f"touch {self.path}",)


@pytest.mark.parametrize("load", [load_vqgan, load_clip])
def test_a_pickle_bomb_is_named_and_does_not_go_off(
    load: Callable[[Path], object], tmp_path: Path
) -> None:
    torch.save({"state_dict": {"bomb": Bomb(tmp_path / "boom")}}, tmp_path / "evil.ckpt")
    with pytest.raises(WeightsError, match=r"asks to run posix\.system"):
        load(tmp_path / "evil.ckpt")
    assert not (tmp_path / "boom").exists()


def test_a_bomb_in_a_torchscript_archive_does_not_go_off(tmp_path: Path) -> None:
    """The same bomb in a zip that passes for TorchScript."""
    import pickle
    import zipfile

    with zipfile.ZipFile(tmp_path / "evil.pt", "w") as archive:
        archive.writestr("evil/constants.pkl", b"")
        archive.writestr("evil/data.pkl", pickle.dumps(Bomb(tmp_path / "boom")))
    with pytest.raises(WeightsError, match=r"asks to run posix\.system"):
        load_clip(tmp_path / "evil.pt")
    assert not (tmp_path / "boom").exists()


def _header(path: Path, change: Callable[[dict[str, str]], None]) -> None:
    """Rewrite the metadata of a safetensors file."""
    content = path.read_bytes()
    (size,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8 : 8 + size])
    change(header["__metadata__"])
    new = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(new)) + new + content[8 + size :])


def _change_config(path: Path, **fields: object) -> None:
    def change(metadata: dict[str, str]) -> None:
        metadata["config"] = json.dumps({**json.loads(metadata["config"]), **fields})

    _header(path, change)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"n_embed": 65}, "says n_embed = 65, its tensors show 64"),
        ({"ch": 10**9}, "says ch = 1000000000, its tensors show 32"),
        ({"ch_mult": [1] * 10**6}, "says ch_mult"),
        ({"ch": None}, "says ch = None"),
        ({"attn_resolutions": [16]}, r"missing \(.*attn"),
        ({"resolution": -1}, "cannot be read"),
        ({"resolution": "large"}, "cannot be read"),
        ({"attn_resolutions": ["16"]}, "cannot be read"),
    ],
)
def test_a_configuration_that_does_not_fit_is_refused(
    fields: dict[str, object], words: str, vqgan: VQGAN, tmp_path: Path
) -> None:
    path = tmp_path / "v.safetensors"
    save_vqgan(vqgan, path)
    _change_config(path, **fields)
    with pytest.raises(WeightsError, match=words):
        load_vqgan(path)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"transformer_heads": 3}, "3 heads do not share 64 channels"),
        ({"tokens": [320]}, "1 known tokens need 4 embeddings"),
        ({"tokens": 3.5}, "cannot be read"),
    ],
)
def test_a_clip_configuration_that_does_not_fit_is_refused(
    fields: dict[str, object], words: str, clip: Clip, tmp_path: Path
) -> None:
    path = tmp_path / "c.safetensors"
    save_clip(clip, path)
    _change_config(path, **fields)
    with pytest.raises(WeightsError, match=words):
        load_clip(path)


def test_wrong_files_are_told_apart(vqgan: VQGAN, clip: Clip, tmp_path: Path) -> None:
    save_vqgan(vqgan, tmp_path / "v.safetensors")
    save_clip(clip, tmp_path / "c.safetensors")
    torch.save(vqgan.state_dict(), tmp_path / "v.ckpt")
    torch.save([1, 2], tmp_path / "list.ckpt")
    for name, load, words in (
        ("v.safetensors", load_clip, "holds vqgan, where a clip is expected"),
        ("c.safetensors", load_vqgan, "holds clip, where a vqgan is expected"),
        ("v.ckpt", load_clip, "is no clip"),
        ("list.ckpt", load_vqgan, "no state dict but a list"),
        ("missing.ckpt", load_vqgan, "There is no weights file"),
    ):
        with pytest.raises(WeightsError, match=words):
            load(tmp_path / name)


@pytest.mark.parametrize("part", [0, 7, 200, -1000])
def test_truncated_files_are_said(part: int, vqgan: VQGAN, clip: Clip, tmp_path: Path) -> None:
    save_vqgan(vqgan, tmp_path / "v.safetensors")
    torch.save(vqgan.state_dict(), tmp_path / "v.ckpt")
    torch.save({"state_dict": vqgan.state_dict()}, tmp_path / "old.ckpt")
    for name in ("v.safetensors", "v.ckpt", "old.ckpt"):
        path = tmp_path / name
        path.write_bytes(path.read_bytes()[:part])
        with pytest.raises(WeightsError, match=name):
            load_vqgan(path)


def test_a_truncated_torchscript_archive_is_said(tmp_path: Path) -> None:
    _traced(Clip(ClipConfig(16, 64, 1, 64, 32, 77, 49408, 64, 1, 1)).eval(), tmp_path / "c.pt")
    whole = (tmp_path / "c.pt").read_bytes()
    (tmp_path / "c.pt").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(WeightsError, match=r"c\.pt"):
        load_clip(tmp_path / "c.pt")


def test_a_zip_with_a_damaged_directory_is_said(clip: Clip, tmp_path: Path) -> None:
    path = tmp_path / "c.pt"
    torch.save(clip.model.state_dict(), path)
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b"PK\1\2", b"PK\0\0"))
    with pytest.raises(WeightsError, match=r"c\.pt"):
        load_clip(path)


def test_an_empty_tensor_is_said(clip: Clip, tmp_path: Path) -> None:
    state = clip.model.state_dict()
    name = "visual.positional_embedding"
    torch.save({**state, name: state[name][:0]}, tmp_path / "c.pt")
    with pytest.raises(WeightsError, match=f"{name} is empty"):
        load_clip(tmp_path / "c.pt")


def test_weights_that_are_no_numbers_are_refused(vqgan: VQGAN, tmp_path: Path) -> None:
    state = {k: v.clone() for k, v in vqgan.state_dict().items()}
    state["quant_conv.bias"][0] = float("nan")
    torch.save(state, tmp_path / "v.ckpt")
    with pytest.raises(WeightsError, match=r"quant_conv\.bias holds values that are no numbers"):
        load_vqgan(tmp_path / "v.ckpt", replace(vqgan.config))


@pytest.mark.parametrize(
    "other", [torch.Tensor.int, torch.Tensor.to_sparse, lambda bias: bias.to(torch.complex64)]
)
def test_tensors_of_another_kind_are_refused(
    other: Callable[[Tensor], Tensor], vqgan: VQGAN, tmp_path: Path
) -> None:
    state = dict(vqgan.state_dict())
    state["quant_conv.bias"] = other(state["quant_conv.bias"])
    torch.save(state, tmp_path / "v.ckpt")
    with pytest.raises(WeightsError, match=r"v\.ckpt is damaged: quant_conv\.bias holds torch"):
        load_vqgan(tmp_path / "v.ckpt")


def test_a_network_larger_than_its_tensors_is_never_built(vqgan: VQGAN, tmp_path: Path) -> None:
    """One tensor of a few megabytes shows a network of terabytes."""
    state = dict(vqgan.state_dict())
    for name in [name for name in state if ".block.0.conv1.weight" in name]:
        del state[name]
    for level in range(2):
        state[f"encoder.down.{level}.block.0.conv1.weight"] = torch.zeros(320_000, 1, 1, 1)
    torch.save(state, tmp_path / "v.ckpt")
    with pytest.raises(WeightsError, match="does not fit this VQGAN"):
        load_vqgan(tmp_path / "v.ckpt")


def test_a_shape_no_network_can_have_is_refused(vqgan: VQGAN, tmp_path: Path) -> None:
    """Its normalisation wants channels in groups of 32."""
    state = dict(vqgan.state_dict())
    state["encoder.conv_in.weight"] = torch.zeros(31, 12, 3, 3)
    torch.save(state, tmp_path / "v.ckpt")
    with pytest.raises(WeightsError, match="no VQGAN has such a shape"):
        load_vqgan(tmp_path / "v.ckpt")


def test_a_vocabulary_that_is_not_clips_is_refused(tmp_path: Path) -> None:
    clip = Clip(ClipConfig(16, 64, 1, 64, 32, 77, 49_000, 64, 1, 1)).eval()
    torch.save(clip.model.state_dict(), tmp_path / "clip.pt")
    with pytest.raises(WeightsError, match="embeddings for 49000 tokens, CLIP's text has 49408"):
        load_clip(tmp_path / "clip.pt")


def test_a_pickle_cannot_ask_for_any_amount_of_memory(tmp_path: Path) -> None:
    """Torch takes bytearray for safe."""
    path = tmp_path / "v.ckpt"
    torch.save({"state_dict": Greedy()}, path)
    with pytest.raises(WeightsError, match=r"asks to run builtins\.bytearray"):
        load_vqgan(path)


class Greedy:
    """Becomes a terabyte of zeros when it is unpickled."""

    def __reduce__(self) -> tuple[type[bytearray], tuple[int]]:
        return bytearray, (10**12,)


def test_a_length_that_lies_costs_no_memory(tmp_path: Path) -> None:
    import tracemalloc
    import zipfile

    with zipfile.ZipFile(tmp_path / "c.pt", "w") as archive:
        archive.writestr("c/constants.pkl", b"")
        archive.writestr("c/data.pkl", b"\x80\x02B\xff\xff\xff\x7f")  # "2 GiB of bytes follow"
    tracemalloc.start()
    try:
        with pytest.raises(WeightsError, match=r"c\.pt"):
            load_clip(tmp_path / "c.pt")
        assert tracemalloc.get_traced_memory()[1] < 10 * 2**20
    finally:
        tracemalloc.stop()


def test_names_in_a_refusal_do_not_steer_the_terminal(tmp_path: Path) -> None:
    import zipfile

    with zipfile.ZipFile(tmp_path / "c.pt", "w") as archive:
        archive.writestr("c/constants.pkl", b"")
        archive.writestr("c/data.pkl", b"\x80\x02c\x1b[2Jos\nsystem\n.")
    with pytest.raises(WeightsError, match=r"asks to run \\x1b\[2Jos\.system"):
        load_clip(tmp_path / "c.pt")


@pytest.mark.parametrize("load", [load_vqgan, load_clip])
def test_a_file_that_cannot_be_read_is_told(load: Callable[[Path], object]) -> None:
    with pytest.raises(WeightsError, match=r"/mem cannot be read: Input/output error"):
        load(Path("/proc/self/mem"))  # as a disk that fails gives it
