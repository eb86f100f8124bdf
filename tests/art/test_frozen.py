"""The frozen networks beside the packages' own, with the same random weights."""

import copy
import gc
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from mused.art import frozen, swish
from mused.art.attention import LARGEST, attend
from mused.art.clip import Clip, ClipConfig
from mused.art.decoder import FrozenDecoder
from mused.art.vision import FrozenResNet, FrozenTransformer
from mused.art.vqgan import VQGAN, VQGANConfig

LEVELS = VQGANConfig(
    ch=32,
    ch_mult=(1, 1, 2),
    num_res_blocks=1,
    attn_resolutions=(8,),
    resolution=32,
    z_channels=16,
    embed_dim=8,
    n_embed=64,
)
TRANSFORMER = ClipConfig(32, 32, 3, 128, 8, 77, 512, 64, 2, 1)
RESNET = ClipConfig(32, 64, (1, 2, 1, 1), 8, None, 77, 512, 64, 2, 1)


def shaken(network: nn.Module) -> nn.Module:
    """Give norms and biases weights that a mistake would show in: they begin as ones and zeros."""
    torch.manual_seed(3)
    with torch.no_grad():
        for tensor in (*network.parameters(), *network.buffers()):
            if tensor.ndim == 1 and tensor.is_floating_point():
                tensor.add_(torch.rand_like(tensor) * 0.3)
    return network.requires_grad_(requires_grad=False).eval()


def make_vqgan(config: VQGANConfig) -> VQGAN:
    torch.manual_seed(0)
    vqgan = VQGAN(config)
    shaken(vqgan)
    return vqgan


def make_clip(config: ClipConfig) -> Clip:
    torch.manual_seed(0)
    clip = Clip(config)
    shaken(clip.model)
    return clip


def with_gradient(network: Callable[[Tensor], Tensor], x: Tensor) -> tuple[Tensor, Tensor]:
    """Return what a network makes of x and the gradient of x for a random one of that."""
    x = x.clone().requires_grad_()
    y = network(x)
    towards = torch.randn(y.shape, generator=torch.Generator().manual_seed(1))
    torch.autograd.backward((y * towards).sum())
    assert x.grad is not None
    return y.detach(), x.grad


def distance(a: Tensor, b: Tensor) -> float:
    return float((a - b).norm() / b.norm())


@pytest.mark.parametrize("shape", ["patches", "levels"])
def test_the_decoder_is_tamings_own(vqgan: VQGAN, shape: str) -> None:
    model = make_vqgan(vqgan.config if shape == "patches" else LEVELS)
    z = torch.randn(2, 8, 6, 9)
    theirs = with_gradient(model.decode, z)
    ours = with_gradient(lambda z: frozen.decode(model, z, "float32"), z)
    assert ours[0].shape == theirs[0].shape
    assert [distance(a, b) < 2e-5 for a, b in zip(ours, theirs, strict=True)] == [True, True]
    rounded = with_gradient(lambda z: frozen.decode(model, z, "bfloat16"), z)
    assert [distance(a, b) < 0.08 for a, b in zip(rounded, theirs, strict=True)] == [True, True]
    assert rounded[0].dtype == rounded[1].dtype == torch.float32


@pytest.mark.parametrize("config", [TRANSFORMER, RESNET], ids=["transformer", "resnet"])
def test_the_image_network_is_clips_own(config: ClipConfig) -> None:
    clip = make_clip(config)
    x = torch.rand(3, 3, config.image_resolution, config.image_resolution)
    theirs = with_gradient(clip.encode_image, x)
    ours = with_gradient(lambda x: frozen.embed(clip, x, "float32"), x)
    assert [distance(a, b) < 2e-5 for a, b in zip(ours, theirs, strict=True)] == [True, True]
    rounded = with_gradient(lambda x: frozen.embed(clip, x, "bfloat16"), x)
    assert distance(rounded[0], theirs[0]) < 0.03
    assert distance(rounded[1], theirs[1]) < 0.3
    assert torch.allclose(rounded[0].norm(dim=1), torch.ones(3))


def test_bfloat16_is_as_close_as_torchs_own_mixed_precision() -> None:
    model = make_vqgan(LEVELS)
    z = torch.randn(1, 8, 8, 8)
    exact = with_gradient(model.decode, z)

    def mixed(z: Tensor) -> Tensor:
        with torch.autocast("cpu", torch.bfloat16):
            return model.decode(z).float()

    theirs = with_gradient(mixed, z)
    ours = with_gradient(lambda z: frozen.decode(model, z, "bfloat16"), z)
    for one, other, right in zip(ours, theirs, exact, strict=True):
        assert distance(one, right) < 1.2 * distance(other, right)


@pytest.mark.parametrize("shape", [(1, 64, 5, 7), (3, 32, 4, 4), (1, 64, 130, 70)])
def test_the_gradient_by_blocks_is_torchs_own(shape: tuple[int, ...]) -> None:
    """The largest shape takes two blocks."""
    torch.manual_seed(0)
    norm, conv = nn.GroupNorm(32, shape[1], eps=1e-6), nn.Conv2d(shape[1], 8, 3, padding=1)
    layer = swish.NormSwishConv(norm, conv)
    shaken(layer)
    norm, conv = layer.norm, layer.conv
    x = torch.randn(shape).to(memory_format=torch.channels_last) * 2 + 1
    ours = with_gradient(layer, x)
    theirs = with_gradient(lambda x: conv(nn.functional.silu(norm(x))), x)
    assert [distance(a, b) < 1e-5 for a, b in zip(ours, theirs, strict=True)] == [True, True]
    # The way CUDA takes.
    gradient, x = torch.randn(shape), x.contiguous()
    _, mean, deviation = swish._normed(x, norm)
    by_torch = swish._by_torch(gradient, x, mean, deviation, norm)
    assert distance(swish._by_blocks(gradient, x, mean, deviation, norm), by_torch) < 1e-5


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("cells", [50, 300])
def test_attention_is_softmax_of_products(dtype: torch.dtype, cells: int) -> None:
    torch.manual_seed(0)
    q, k, v = (torch.randn(2, 3, cells, 16) for _ in range(3))
    expected = ((q @ k.transpose(2, 3)) / 4).softmax(-1) @ v
    found = attend(q.to(dtype), k.to(dtype), v.to(dtype)).float()
    assert distance(found, expected) < (1e-5 if dtype == torch.float32 else 0.02)


def test_large_attention_keeps_no_matrix_of_weights() -> None:
    side = 2 * int(LARGEST**0.5)
    kept: list[int] = []

    def pack(tensor: Tensor) -> Tensor:
        kept.append(tensor.numel())
        return tensor

    q = torch.randn(1, 1, side, 4, dtype=torch.bfloat16, requires_grad=True)
    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        attend(q, q, q)
    assert max(kept) < LARGEST


def test_little_is_kept_for_the_gradient() -> None:
    """Of every res block its input and the middle, and what cannot be computed again."""

    def kept(decode: Callable[[Tensor], Tensor]) -> int:
        total: dict[int, int] = {}

        def pack(tensor: Tensor) -> Tensor:
            total[tensor.data_ptr()] = tensor.numel()
            return tensor

        with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
            y = decode(torch.randn(1, 8, 16, 16, requires_grad=True))
        assert y.requires_grad
        return sum(total.values())

    model = make_vqgan(LEVELS)
    assert kept(lambda z: frozen.decode(model, z, "float32")) < 0.4 * kept(model.decode)


@pytest.mark.parametrize(("precision", "other"), [("float32", "bfloat16"), ("bfloat16", "float32")])
def test_pixels_repeat(vqgan: VQGAN, clip: Clip, precision: str, other: str) -> None:
    z, x = torch.randn(1, 8, 8, 8), torch.rand(2, 3, 32, 32)

    def run() -> list[Tensor]:
        decoded = with_gradient(lambda z: frozen.decode(vqgan, z, precision), z)
        return [*decoded, *with_gradient(lambda x: frozen.embed(clip, x, precision), x)]

    once = run()
    frozen.decode(vqgan, z, other)
    frozen.embed(clip, x, other)
    assert all(torch.equal(a, b) for a, b in zip(once, run(), strict=True))


def test_the_networks_they_are_made_from_stay_as_they_are(vqgan: VQGAN, clip: Clip) -> None:
    before = copy.deepcopy((vqgan.state_dict(), clip.model.state_dict()))
    frozen.decode(vqgan, torch.randn(1, 8, 4, 4), "bfloat16")
    frozen.embed(clip, torch.rand(1, 3, 32, 32), "bfloat16")
    for old, new in zip(before, (vqgan.state_dict(), clip.model.state_dict()), strict=True):
        assert all(torch.equal(old[key], new[key]) for key in old)


def test_they_go_with_the_networks_they_are_made_from() -> None:
    def count() -> int:
        gc.collect()
        kinds = (FrozenDecoder, FrozenTransformer, FrozenResNet)
        return sum(type(each) in kinds for each in gc.get_objects())

    before = count()
    model, clip = make_vqgan(LEVELS), make_clip(RESNET)
    for precision in ("float32", "bfloat16"):
        frozen.decode(model, torch.randn(1, 8, 4, 4), precision)
        frozen.embed(clip, torch.rand(1, 3, 64, 64), precision)
    assert count() == before + 2, "only the last precision's are kept"
    del model, clip
    assert count() == before
