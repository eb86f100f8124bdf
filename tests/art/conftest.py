"""Tiny networks with random weights: real ones in every respect but their size."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch

from mused.art.clip import Clip, ClipConfig, Tokenizer, compact_vocab_size
from mused.art.goal import Goal, read_goal
from mused.art.painter import Painter
from mused.art.picture import Weights
from mused.art.prompt import parse
from mused.art.settings import Settings
from mused.art.vqgan import VQGAN, VQGANConfig
from mused.art.weights import save_clip, save_vqgan

VQGAN_SHAPE = VQGANConfig(
    ch=32,
    ch_mult=(1, 2),
    num_res_blocks=1,
    attn_resolutions=(),
    resolution=64,
    z_channels=8,
    embed_dim=8,
    n_embed=64,
    patch=2,
)
WORDS = "a red green blue boat lake sunset house tree"


SMALL = Settings(
    width=48,
    height=32,
    steps=12,
    seed=5,
    start="noise",
    learning_rate=0.1,
    anchor=0,
    cutouts=4,
    threads=1,
    precision="float32",  # of which every machine is capable
)


def _tokens() -> tuple[int, ...]:
    tokenizer = Tokenizer(context_length=77)
    return tuple(sorted(set(tokenizer.bpe_ids(WORDS))))


@pytest.fixture(scope="session")
def vqgan() -> VQGAN:
    torch.manual_seed(0)
    model = VQGAN(VQGAN_SHAPE)
    # Codes as far apart as trained ones: an untrained codebook is a single grey point.
    torch.nn.init.normal_(model.codebook, std=1.0)
    return model.requires_grad_(requires_grad=False).eval()


@pytest.fixture(scope="session")
def clip() -> Clip:
    torch.manual_seed(1)
    tokens = _tokens()
    model = Clip(
        ClipConfig(
            embed_dim=32,
            image_resolution=32,
            vision_layers=2,
            vision_width=64,
            vision_patch_size=8,
            context_length=16,
            vocab_size=compact_vocab_size(tokens),
            transformer_width=64,
            transformer_heads=2,
            transformer_layers=1,
            tokens=tokens,
        )
    )
    return model.requires_grad_(requires_grad=False).eval()


@pytest.fixture(scope="session")
def painter(vqgan: VQGAN, clip: Clip) -> Painter:
    return Painter(vqgan, clip, Weights("tiny vqgan", "0" * 64), Weights("tiny clip", "1" * 64))


@dataclass(frozen=True)
class Files:
    vqgan: Path
    clip: Path


@pytest.fixture(scope="session")
def weights(vqgan: VQGAN, clip: Clip, tmp_path_factory: pytest.TempPathFactory) -> Files:
    """The tiny networks as weights files."""
    folder = tmp_path_factory.mktemp("weights")
    files = Files(folder / "vqgan.safetensors", folder / "clip.safetensors")
    save_vqgan(vqgan, files.vqgan, torch.float32)
    save_clip(clip, files.clip, torch.float32)
    return files


@pytest.fixture
def broken_after() -> Callable[[int], Callable[[object], None]]:
    """A progress callback that raises at a step, like a crash between two steps."""

    def make(step: int) -> Callable[[object], None]:
        def on_progress(progress: object) -> None:
            if getattr(progress, "step", 0) == step:
                raise ConnectionResetError("the power went out")

        return on_progress

    return make


@pytest.fixture(scope="session")
def small() -> Settings:
    """A painting of a moment."""
    return SMALL


@pytest.fixture
def boat_goal(clip: Clip) -> Callable[[Settings], Goal]:
    """The goal of "a boat" for settings."""
    return lambda settings: read_goal(parse("a boat"), settings, [clip], (32, 32))[0]
