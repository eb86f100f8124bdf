"""VAE, VQ-VAE, VQGAN and transformer: what their papers promise, and that runs can be cut."""

import dataclasses
import math
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor
from torch.distributions import Independent, Normal, kl_divergence

from mused.art.clip import Clip, ClipConfig
from mused.art.drafter import Drafter, DrafterConfig, load_drafter, save_drafter
from mused.art.enlarger import Enlarger, EnlargerConfig
from mused.art.errors import WeightsError
from mused.art.vqgan import VQGAN
from mused.art.weights import bundled, save_clip, save_vqgan
from mused.training.painter.enlarger import EnlargerTask, EnlargerTraining
from mused.training.painter.errors import PainterTrainingError
from mused.training.painter.pictures import Folder
from mused.training.painter.run import Task, run
from mused.training.painter.samples import draw
from mused.training.painter.transformer import TransformerTask, TransformerTraining
from mused.training.painter.vae import (
    VAE,
    VAEConfig,
    VAETask,
    VAETraining,
    divergence,
    load_vae,
    negative_elbo,
    sample,
    save_vae,
)
from mused.training.painter.vqgan import (
    Discriminator,
    VQGANTask,
    VQGANTraining,
    adaptive_weight,
    perceptual_loss,
)
from mused.training.painter.vqvae import VQVAETask, VQVAETraining
from tests.training.painter.test_painter_training import TINY, flat

SIDES = ((32, 4), (32, 4), (64, 1))


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def clip_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A CLIP of random weights; its ResNet's features are features all the same."""
    torch.manual_seed(0)
    config = ClipConfig(16, 32, (1, 1, 1, 1), 8, None, 8, 20, 16, 2, 1, tokens=tuple(range(17)))
    path = tmp_path_factory.mktemp("clip") / "clip.safetensors"
    save_clip(Clip(config), path)
    return path


@pytest.fixture(scope="module")
def vqgan_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("vqgan") / "vqgan.safetensors"
    save_vqgan(VQGAN(TINY), path)
    return path


def a_vae(_: Path, __: Path) -> Task:
    return VAETask(VAETraining(steps=6, batch=4, shape=VAEConfig(32, 8, 16)))


def a_vqvae(_: Path, __: Path) -> Task:
    settings = VQVAETraining(steps=6, warm_up=2, revive_every=2, sides=SIDES, shape=TINY, ema=True)
    return VQVAETask(settings)


def a_vqgan(clip: Path, _: Path) -> Task:
    return VQGANTask(
        VQGANTraining(
            steps=6,
            warm_up=1,
            revive_every=2,
            sides=SIDES,
            shape=TINY,
            clip=str(clip),
            adversary_from=0.3,
        )
    )


def small_transformer(vqgan: Path) -> TransformerTraining:
    return TransformerTraining(str(vqgan), steps=6, batch=2, side=16, width=32, layers=2)


def a_transformer(_: Path, vqgan: Path) -> Task:
    return TransformerTask(small_transformer(vqgan))


def an_enlarger(_: Path, vqgan: Path) -> Task:
    drafter = vqgan.parent / "drafter.safetensors"
    save_drafter(TransformerTask(small_transformer(vqgan)).model, drafter)
    settings = EnlargerTraining(str(vqgan), steps=6, batch=2, width=8, blocks=2)
    return EnlargerTask(settings, drafter)


@pytest.mark.parametrize("make", [a_vae, a_vqvae, a_vqgan, a_transformer, an_enlarger])
def test_a_resumed_run_equals_an_uncut_one(
    tmp_path: Path, clip_weights: Path, vqgan_weights: Path, make: Callable[[Path, Path], Task]
) -> None:
    uncut, cut, resumed = (make(clip_weights, vqgan_weights) for _ in range(3))
    run(uncut, 6, tmp_path / "uncut")
    run(cut, 4, tmp_path / "cut")
    run(resumed, 6, tmp_path / "cut")
    pairs = zip(flat(uncut.state_dict()), flat(resumed.state_dict()), strict=True)
    assert all(torch.equal(a, b) for a, b in pairs)
    assert not all(
        torch.equal(a, b)
        for a, b in zip(flat(uncut.state_dict()), flat(cut.state_dict()), strict=True)
    )
    pictures = {path.name for path in (tmp_path / "cut").glob("*.png")}
    assert "curves.png" in pictures
    assert len(pictures) == 2, "and a sheet of what it can do"


def test_the_bound_is_that_of_normal_distributions() -> None:
    torch.manual_seed(1)
    mean, log_variance = torch.randn(3, 5), torch.randn(3, 5)
    q = Independent(Normal(mean, (log_variance / 2).exp()), 1)
    p = Independent(Normal(torch.zeros(3, 5), torch.ones(3, 5)), 1)
    torch.testing.assert_close(divergence(mean, log_variance), kl_divergence(q, p))
    x, y = torch.randn(3, 3, 8, 8), torch.randn(3, 3, 8, 8)
    scale = (x - y).square().mean().sqrt()

    def likelihood(deviation: Tensor) -> Tensor:
        exponent = ((x - y) / deviation).square() / 2
        return -(exponent + deviation.log() + math.log(2 * math.pi) / 2).sum((1, 2, 3)).mean()

    bound = likelihood(scale) - kl_divergence(q, p).mean()
    torch.testing.assert_close(negative_elbo(x, y, mean, log_variance), -bound)
    for other in (0.9, 1.1):
        assert likelihood(other * scale) < likelihood(scale)


def test_a_vae_learns_and_its_samples_are_seeded(tmp_path: Path) -> None:
    task = VAETask(VAETraining(steps=60, batch=8, shape=VAEConfig(32, 8, 16)))
    nats = [task.step(i)["nats"] for i in range(60)]
    assert sum(nats[-5:]) / 5 < sum(nats[:5]) / 5 - 200
    task.export(tmp_path)
    loaded = load_vae(tmp_path / "vae.safetensors")
    one, same, other = (sample(loaded, 3, seed) for seed in (1, 1, 2))
    assert one.shape == (3, 3, 32, 32)
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


def test_moving_averages_lead_codes_to_their_latents() -> None:
    settings = VQVAETraining(steps=100, sides=SIDES, shape=TINY, ema=True)
    task = VQVAETask(settings)
    task._place(slice(None), torch.randn(16, 8, generator=torch.Generator().manual_seed(0)))
    z = torch.randn(1, 8, 4, 4, generator=torch.Generator().manual_seed(1))
    _, indices = task.model.quantize(z)
    before = [(z - task.model.quantize.lookup(indices)).square().mean()]
    for _ in range(500):
        task._follow(z, indices)
    points, chosen = z.permute(0, 2, 3, 1).flatten(0, 2), indices.flatten()
    for code in chosen.unique():
        torch.testing.assert_close(
            task.model.codebook[code], points[chosen == code].mean(0), atol=0.02, rtol=0.02
        )
    assert (z - task.model.quantize.lookup(indices)).square().mean() < before[0] / 2


def test_codes_that_nothing_chooses_stay_where_they_are() -> None:
    task = VQVAETask(VQVAETraining(steps=100, sides=SIDES, shape=TINY, ema=True))
    task._place(slice(None), torch.randn(16, 8, generator=torch.Generator().manual_seed(0)))
    kept = task.model.codebook.clone()
    z = torch.randn(1, 8, 4, 4, generator=torch.Generator().manual_seed(1))
    for _ in range(5000):
        task._follow(z, torch.zeros(1, 4, 4, dtype=torch.long))
    assert torch.equal(task.model.codebook[1:], kept[1:])
    assert not torch.equal(task.model.codebook[0], kept[0])


def test_the_adversary_weighs_as_much_as_the_rest_at_the_last_layer() -> None:
    last = torch.tensor([3.0, 4.0], requires_grad=True)
    rest, adversarial = (10 * last).sum(), last.square().sum() / 2
    weight = adaptive_weight(rest, adversarial, last)
    torch.testing.assert_close(weight * 5.0, torch.tensor(200.0).sqrt(), atol=0.01, rtol=0.001)


def test_a_discriminator_learns_what_is_painted(clip_weights: Path, vqgan_weights: Path) -> None:
    task = a_vqgan(clip_weights, vqgan_weights)
    assert isinstance(task, VQGANTask)
    rng = np.random.default_rng(0)
    smooth = torch.from_numpy(rng.normal(size=(8, 3, 8, 8))).float()
    real = torch.nn.functional.interpolate(smooth, (32, 32), mode="bilinear").clamp(-1, 1)
    painted = torch.from_numpy(rng.uniform(-1, 1, (8, 3, 32, 32))).float()
    losses = [task._teach(real, painted) for _ in range(60)]
    assert losses[-1] < losses[0] / 3
    assert task.discriminator(real).shape == (8, 1, 6, 6)
    assert sum(p.numel() for p in Discriminator().parameters()) < 200_000


def test_features_agree_only_with_the_same_picture(clip_weights: Path) -> None:
    from mused.art.weights import load_clip

    clip = load_clip(clip_weights)
    x = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(0)) * 2 - 1
    near, far = x + 0.05 * torch.randn(x.shape), x.flip(3)
    assert perceptual_loss(clip, x, x) < 1e-6
    assert 0 < perceptual_loss(clip, near, x) < perceptual_loss(clip, far, x)


def test_a_clip_without_places_is_refused(tmp_path: Path) -> None:
    config = ClipConfig(16, 32, 1, 64, 16, 8, 20, 16, 2, 1, tokens=tuple(range(17)))
    save_clip(Clip(config), tmp_path / "vit.safetensors")
    with pytest.raises(PainterTrainingError, match="no ResNet"):
        VQGANTask(VQGANTraining(sides=SIDES, shape=TINY, clip=str(tmp_path / "vit.safetensors")))


def a_drafter(**changes: Any) -> Drafter:
    torch.manual_seed(3)
    config = {"n_embed": 7, "side": 4, "tokens": (320, 321), "context_length": 5, "width": 16}
    return Drafter(DrafterConfig(**{**config, "heads": 2, "layers": 2, **changes}))


@pytest.mark.parametrize("patch", [1, 2])
def test_a_code_depends_on_the_caption_and_the_codes_before_it_alone(patch: int) -> None:
    model = a_drafter(patch=patch).eval()
    # The order in which codes are drawn: patch by patch, row by row within.
    places = torch.arange(16).view(4 // patch, patch, 4 // patch, patch).transpose(1, 2).flatten()
    captions = torch.tensor([[3, 1, 4, 0, 0]])
    codes = torch.randint(7, (1, 16), generator=torch.Generator().manual_seed(0))
    logits = model(captions, codes)
    for drawn in (0, 6, 9, 15):
        changed = codes.clone()
        changed[0, places[drawn]] = (codes[0, places[drawn]] + 1) % 7
        moved = (model(captions, changed) - logits).abs().amax(2)[0]
        assert moved[places[: drawn + 1]].max() < 1e-5
        assert drawn == 15 or moved[places[drawn + 1 :]].min() > 1e-5
    assert not torch.allclose(logits, model(torch.tensor([[3, 2, 4, 0, 0]]), codes))


def test_drafting_step_by_step_is_drafting_the_likeliest_whole() -> None:
    model = a_drafter().eval()
    codes = model.draft(["x", ""], torch.Generator(), guidance=1, likeliest=1).flatten(1)
    logits = model(model.captions(["x", ""]), codes)
    assert torch.equal(logits.argmax(2), codes)


def test_a_drafter_learns_what_captions_mean() -> None:
    model = a_drafter(n_embed=2)
    left, right = "a", "b"
    model.tokenizer.__init__(5, tuple(model.tokenizer.bpe_ids("a b")))  # type: ignore[misc]
    model.words = torch.nn.Embedding(5, 16)
    optimizer = torch.optim.Adam(model.parameters(), 3e-3)
    wanted = torch.cat([torch.zeros(1, 16, dtype=torch.long), torch.ones(1, 16, dtype=torch.long)])
    for _ in range(60):
        loss = torch.nn.functional.cross_entropy(
            model(model.captions([left, right]), wanted).flatten(0, 1), wanted.flatten()
        )
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        optimizer.step()
    drafted = model.draft([left, right], torch.Generator().manual_seed(0), guidance=2)
    assert torch.equal(drafted.flatten(1), wanted)
    assert drafted.shape == (2, 4, 4)


def test_drafters_load_as_they_were_saved_and_damaged_ones_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "drafter.safetensors"
    model = a_drafter()
    save_drafter(model.half().float(), path)
    loaded = load_drafter(path)
    assert loaded.config == model.config
    codes = model.eval().draft(["x"], torch.Generator().manual_seed(0))
    assert torch.equal(loaded.draft(["x"], torch.Generator().manual_seed(0)), codes)
    text = path.read_bytes().replace(b'\\"side\\": 4', b'\\"side\\": 8')
    path.write_bytes(text)
    with pytest.raises(WeightsError, match="does not fit this drafter"):
        load_drafter(path)
    with pytest.raises(WeightsError, match="holds no VAE"):
        load_vae(path)


def test_a_drafter_goes_on_from_another_of_its_shape_only(
    tmp_path: Path, vqgan_weights: Path
) -> None:
    path = tmp_path / "drafter.safetensors"
    settings = TransformerTraining(str(vqgan_weights), steps=1, batch=2, side=16, width=32)
    save_drafter(TransformerTask(settings).model, path)
    begun = TransformerTask(dataclasses.replace(settings, seed=5, begin=str(path))).model
    before = load_drafter(path).state_dict()
    assert all(torch.equal(value, before[name]) for name, value in begun.state_dict().items())
    assert all(parameter.requires_grad for parameter in begun.parameters())
    with pytest.raises(PainterTrainingError, match="another shape"):
        TransformerTask(dataclasses.replace(settings, width=64, begin=str(path)))
    config = begun.config
    few = dataclasses.replace(config, tokens=config.tokens[::2])
    save_drafter(Drafter(few), path)
    grown = TransformerTask(dataclasses.replace(settings, begin=str(path))).model
    assert grown.config == config
    kept = load_drafter(path).words.weight
    assert torch.equal(grown.words.weight[1:-2:2], kept[1:-2])
    assert torch.equal(grown.words.weight[-2:], kept[-2:])


def test_what_enlarges_is_learnt_for_a_drafter_that_stays_as_it_is(
    tmp_path: Path, vqgan_weights: Path
) -> None:
    task = an_enlarger(tmp_path, vqgan_weights)
    before = load_drafter(vqgan_weights.parent / "drafter.safetensors")
    run(task, 6, tmp_path)
    after = load_drafter(tmp_path / "drafter.safetensors")
    assert after.config.enlarger == EnlargerConfig(width=8, blocks=2)
    assert all(torch.equal(after.state_dict()[k], v) for k, v in before.state_dict().items())
    assert after.enlarger is not None
    x = torch.rand(1, 3, 16, 16) * 2 - 1
    bicubic = torch.nn.functional.interpolate(x, scale_factor=4, mode="bicubic")
    assert torch.equal(Enlarger(EnlargerConfig())(x), bicubic)
    assert not torch.equal(after.enlarger(x), bicubic)
    kept = dataclasses.replace(
        small_transformer(vqgan_weights), begin=str(tmp_path / "drafter.safetensors")
    )
    assert TransformerTask(kept).model.config == after.config, "further training loses nothing"
    small, large = (
        draw(folder / "drafter.safetensors", ["a boat"], 2, 0, vqgan_weights)[0].size
        for folder in (vqgan_weights.parent, tmp_path)
    )
    assert (small, large) == ((32, 16), (128, 64)), "what is sampled is enlarged as well"


def test_an_enlarger_changes_its_drafter_only_when_it_has_finished(
    tmp_path: Path, vqgan_weights: Path
) -> None:
    def task(drafter: Path) -> EnlargerTask:
        settings = EnlargerTraining(str(vqgan_weights), steps=2, batch=1, width=8, blocks=1)
        return EnlargerTask(settings, drafter)

    one, other = tmp_path / "one.safetensors", tmp_path / "other.safetensors"
    for number, path in enumerate((one, other)):
        settings = dataclasses.replace(small_transformer(vqgan_weights), seed=number)
        save_drafter(TransformerTask(settings).model, path)
    run(task(one), 1, tmp_path / "run")
    before = (tmp_path / "run" / "checkpoint.pt").read_bytes()
    with pytest.raises(PainterTrainingError, match=r"other\.s.* finish with --drafter .*one\.s"):
        run(task(other), 2, tmp_path / "run")
    assert (tmp_path / "run" / "checkpoint.pt").read_bytes() == before
    shutil.copy(other, one)
    with pytest.raises(PainterTrainingError, match=r"one\.safetensors has changed since"):
        run(task(one), 2, tmp_path / "run")
    run(task(other), 2, tmp_path / "whole")
    settings = dataclasses.replace(small_transformer(vqgan_weights), seed=2)
    save_drafter(TransformerTask(settings).model, one)
    run(task(one), 2, tmp_path / "whole")
    kept = load_drafter(one).state_dict()
    drafter = load_drafter(tmp_path / "whole" / "drafter.safetensors").state_dict()
    assert all(torch.equal(drafter[name], value) for name, value in kept.items())


def test_an_enlarger_learns_edges(tmp_path: Path) -> None:
    """Of one picture, again and again, as the shipped VQGAN shows it: the loss must fall."""
    pixels = np.zeros((256, 256, 3), np.uint8)
    pixels[:, 100:] = 255
    Image.fromarray(pixels).save(tmp_path / "edge.png")
    vqgan = str(bundled("vqgan"))
    settings = EnlargerTraining(vqgan, steps=40, batch=2, width=8, blocks=1, data=str(tmp_path))
    task = EnlargerTask(settings, bundled("drafter"))
    losses = [task.step(number)["loss"] for number in range(40)]
    assert np.mean(losses[-8:]) < 0.9 * np.mean(losses[:8])


def test_a_folder_of_pictures_is_learnt_from_and_what_is_none_left_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    Image.new("RGB", (40, 30), "red").save(tmp_path / "red.png")
    (tmp_path / "deep").mkdir()
    Image.new("L", (300, 500), 128).save(tmp_path / "deep" / "grey.jpg")
    (tmp_path / "bad.png").write_bytes(b"no picture")
    (tmp_path / "notes.txt").write_text("nothing")
    source = Folder(tmp_path)
    assert len(source.files) == 3
    drawn = source.crops(random.Random(0), 20, 32)
    assert drawn.shape == (20, 3, 32, 32)
    assert {tuple((p.mean((1, 2)) * 2).round().int().tolist()) for p in drawn} == {
        (2, -2, -2),
        (0, 0, 0),
    }
    assert "bad.png" in caplog.text
    # A resumed run, which has not met the bad one yet, draws the same.
    rng = random.Random(7)
    assert torch.equal(source.crops(random.Random(7), 20, 32), Folder(tmp_path).crops(rng, 20, 32))
    assert caplog.text.count("bad.png") == 2
    for file in source.files:
        file.unlink()
    with pytest.raises(PainterTrainingError, match="holds no pictures"):
        Folder(tmp_path)
    with pytest.raises(PainterTrainingError, match="no folder"):
        Folder(tmp_path / "nowhere")


def test_a_drafter_is_drawn_from_with_its_own_vqgan_only(
    tmp_path: Path, vqgan_weights: Path
) -> None:
    task = a_transformer(tmp_path, vqgan_weights)
    task.export(tmp_path)
    torch.manual_seed(1)
    save_vqgan(VQGAN(TINY), tmp_path / "other.safetensors")
    drafter = tmp_path / "drafter.safetensors"
    assert draw(drafter, ["a red boat"], 2, 0, vqgan_weights)[0].size == (32, 16)
    with pytest.raises(WeightsError, match=r"another VQGAN than .*other"):
        draw(drafter, ["a red boat"], 2, 0, tmp_path / "other.safetensors")


def test_shapes_that_only_a_liar_has_allocate_nothing(tmp_path: Path) -> None:
    save_vae(VAE(VAEConfig(32, 8, 16)), tmp_path / "vae.safetensors")
    save_drafter(a_drafter(), tmp_path / "drafter.safetensors")
    for name, known, lie in (
        ("vae", b'width\\": 8', b'width\\": 8' + b"0" * 7),
        ("vae", b'side\\": 32', b'side\\": -1'),
        ("drafter", b'layers\\": 2', b'layers\\": 2' + b"0" * 9),
        ("drafter", b'heads\\": 2', b'heads\\": 0'),
    ):
        header, _, rest = (tmp_path / f"{name}.safetensors").read_bytes().partition(known)
        assert rest
        content = header[8:] + lie + rest
        size = int.from_bytes(header[:8], "little") + len(lie) - len(known)
        (tmp_path / "lie").write_bytes(size.to_bytes(8, "little") + content)
        (tmp_path / "lie").rename(tmp_path / "lie.safetensors")
        with pytest.raises(WeightsError, match="lie"):
            (load_vae if name == "vae" else load_drafter)(tmp_path / "lie.safetensors")
