"""The painter's trainings: they learn, and a cut run ends like one that was not cut."""

import dataclasses
import json
import random
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from click.testing import CliRunner
from torch import Tensor

from mused.art import milestones
from mused.art.clip import Clip
from mused.art.scenes.compose import parse_scene
from mused.art.scenes.describe import describe, facts_of
from mused.art.scenes.words import VOCABULARY
from mused.art.vqgan import VQGANConfig
from mused.art.weights import load_clip, load_vqgan, save_clip, save_vqgan
from mused.training.curves import read_log
from mused.training.painter.captioned import draw_batch, draw_pairs, twin
from mused.training.painter.clip import CLIPTask, CLIPTraining, contrast, object_sense, spoil
from mused.training.painter.command import vae as vae_command
from mused.training.painter.command import vqgan as vqgan_command
from mused.training.painter.errors import CheckpointError, PainterTrainingError
from mused.training.painter.run import Task, run
from mused.training.painter.vae import VAETask
from mused.training.painter.vqgan import VQGANTask, VQGANTraining
from mused.training.painter.vqvae import kmeans

TINY = VQGANConfig(
    ch=32,
    ch_mult=(1,),
    num_res_blocks=1,
    attn_resolutions=(),
    resolution=32,
    z_channels=8,
    embed_dim=8,
    n_embed=16,
    patch=4,
)


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


def small_vqgan(steps: int) -> VQGANTask:
    sides = ((32, 4), (32, 4), (64, 1))
    return VQGANTask(VQGANTraining(steps=steps, warm_up=2, revive_every=2, sides=sides, shape=TINY))


def small_clip(vqgan: Path) -> CLIPTask:
    return CLIPTask(
        CLIPTraining(
            steps=4,
            pairs=4,
            width=2,
            resolution=32,
            spoilt=4,
            vqgan=str(vqgan),
            energy_from=1,
            chains=4,
            chains_a_step=2,
        )
    )


def flat(state: Any) -> list[Tensor]:
    if isinstance(state, Tensor):
        return [state]
    if isinstance(state, dict):
        return [t for value in state.values() for t in flat(value)]
    if isinstance(state, list | tuple):
        return [t for value in state for t in flat(value)]
    return []


def same(one: Task, other: Task) -> bool:
    pairs = zip(flat(one.state_dict()), flat(other.state_dict()), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


def test_a_resumed_vqgan_equals_an_uncut_one(tmp_path: Path) -> None:
    uncut, cut, resumed = small_vqgan(6), small_vqgan(6), small_vqgan(6)
    run(uncut, 6, tmp_path / "uncut")
    run(cut, 3, tmp_path / "cut")
    assert not same(uncut, cut)
    run(resumed, 6, tmp_path / "cut")
    assert same(uncut, resumed)
    loaded = load_vqgan(tmp_path / "cut" / "vqgan.safetensors")
    assert loaded.decode(loaded.quantize(loaded.encode(torch.zeros(1, 3, 64, 32)))[0]).shape == (
        1,
        3,
        64,
        32,
    )


def test_ctrl_c_within_a_step_changes_no_weight_of_the_end(tmp_path: Path) -> None:
    uncut, cut, resumed = small_vqgan(4), small_vqgan(4), small_vqgan(4)
    run(uncut, 4, tmp_path / "uncut")
    # The weights are new, their average is not: the worst moment.
    cut.learner.optimizers[0].register_step_post_hook(lambda *_: signal.raise_signal(signal.SIGINT))
    with pytest.raises(KeyboardInterrupt):
        run(cut, 4, tmp_path / "cut")
    assert (tmp_path / "cut" / "vqgan.safetensors").exists()
    assert not same(uncut, cut)
    run(resumed, 4, tmp_path / "cut")
    assert same(uncut, resumed)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_failed_step_is_not_saved(tmp_path: Path) -> None:
    task = small_vqgan(2)

    def fail(*_: object) -> None:
        raise RuntimeError("out of memory")

    task.learner.optimizers[0].register_step_post_hook(fail)
    with pytest.raises(RuntimeError, match="out of memory"):
        run(task, 2, tmp_path)
    assert not (tmp_path / "checkpoint.pt").exists()


def test_a_log_cut_by_a_crash_loses_no_line_that_follows(tmp_path: Path) -> None:
    (tmp_path / "log.jsonl").write_text('{"step": 20, "psnr": 9.0}\n{"step": 40, "ps')
    run(small_vqgan(2), 2, tmp_path)
    assert set(read_log(tmp_path / "log.jsonl")["psnr"]) == {2, 20}


def test_vqgan_learns() -> None:
    task = small_vqgan(60)
    figures = [task.step(i)["psnr"] for i in range(60)]
    assert sum(figures[-10:]) / 10 > sum(figures[:2]) / 2 + 1.5


def test_a_vqgan_goes_on_with_its_codes(tmp_path: Path) -> None:
    begun, weights = small_vqgan(1), tmp_path / "vqgan.safetensors"
    save_vqgan(begun.model, weights)
    settings = dataclasses.replace(small_vqgan(6).settings, warm_up=0, begin=str(weights), seed=1)
    task = VQGANTask(settings)
    run(task, 6, tmp_path / "on")
    after, before = load_vqgan(tmp_path / "on" / "vqgan.safetensors"), load_vqgan(weights)
    assert torch.equal(after.codebook, before.codebook)
    x = torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    assert not torch.equal(after.decode(after.encode(x)), before.decode(before.encode(x)))


def test_a_clip_goes_on_and_learns_new_words_beside_its_own(tmp_path: Path) -> None:
    settings = CLIPTraining(steps=1, pairs=2, width=2, resolution=32, spoilt=2)
    clip = CLIPTask(settings).clip
    words = [word for word in sorted(VOCABULARY) if len(clip.tokenizer.bpe_ids(word)) == 1]
    few = tuple(sorted(clip.tokenizer.bpe_ids(word)[0] for word in words[:40]))
    config = dataclasses.replace(clip.config, tokens=few, vocab_size=len(few) + 3)
    before = Clip(config).eval()
    save_clip(before, tmp_path / "clip.safetensors")
    task = CLIPTask(dataclasses.replace(settings, begin=str(tmp_path / "clip.safetensors")))
    known, unknown = " ".join(words[:5]), words[50]
    told = task.clip.eval().encode_text([known, unknown])
    assert torch.allclose(told[:1], before.encode_text([known]), atol=1e-3)  # kept in float16
    assert task.clip.tokenizer.unknown_words(unknown) == []
    run(task, 1, tmp_path)
    assert load_clip(tmp_path / "clip.safetensors").config == task.clip.config
    other = dataclasses.replace(task.settings, width=4)
    with pytest.raises(PainterTrainingError, match="another shape"):
        CLIPTask(other)
    save_clip(
        Clip(dataclasses.replace(config, tokens=None, vocab_size=49408)),
        tmp_path / "clip.safetensors",
    )
    with pytest.raises(PainterTrainingError, match="another shape"):
        CLIPTask(task.settings)  # a published one knows all words


def test_a_resumed_clip_equals_an_uncut_one(tmp_path: Path) -> None:
    weights = tmp_path / "vqgan.safetensors"
    save_vqgan(small_vqgan(1).model, weights)
    uncut, cut, resumed = (small_clip(weights) for _ in range(3))
    run(uncut, 4, tmp_path / "uncut")
    run(cut, 3, tmp_path / "cut")
    assert not same(uncut, cut)
    run(resumed, 4, tmp_path / "cut")
    assert same(uncut, resumed)
    loaded = load_clip(tmp_path / "cut" / "clip.safetensors")
    assert loaded.encode_text(["a red boat"]).shape == (1, 192)
    assert loaded.tokenizer.unknown_words("a red boat on a lake, at sunset") == []


def test_chance_level_before_training(tmp_path: Path) -> None:
    weights = tmp_path / "vqgan.safetensors"
    save_vqgan(small_vqgan(1).model, weights)
    sense = object_sense(small_clip(weights).averaged(), batches=1)
    assert sense["named"] < 0.2
    assert 0.2 < sense["twin"] < 0.8


def test_another_runs_checkpoint_is_refused(tmp_path: Path) -> None:
    run(small_vqgan(2), 1, tmp_path)
    task = small_vqgan(2)
    task.settings = replace(task.settings, seed=8)
    with pytest.raises(CheckpointError, match=r"checkpoint\.pt is of .* other settings \(seed\)"):
        run(task, 2, tmp_path)


def test_settings_that_came_after_a_checkpoint_have_their_defaults(tmp_path: Path) -> None:
    uncut, cut = small_vqgan(2), small_vqgan(2)
    run(uncut, 2, tmp_path / "uncut")
    run(cut, 1, tmp_path / "cut")
    path = tmp_path / "cut" / "checkpoint.pt"
    content = torch.load(path, weights_only=True)
    settings = json.loads(content["settings"])
    del settings["data"], settings["sides"], settings["shape"]["gumbel"]
    content["settings"] = json.dumps(settings)
    torch.save(content, path)
    with pytest.raises(CheckpointError, match=r"other settings \(sides\)"):
        run(small_vqgan(2), 2, tmp_path / "cut")
    settings["sides"] = ((32, 4), (32, 4), (64, 1))
    content["settings"] = json.dumps(settings)
    torch.save(content, path)
    resumed = small_vqgan(2)
    run(resumed, 2, tmp_path / "cut")
    assert same(uncut, resumed)


def test_a_file_of_output_is_told_how_far_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(milestones, "PAUSE", 0.0)
    run(small_vqgan(2), 2, tmp_path)
    told = capsys.readouterr()
    assert [line.split("  ")[0] for line in told.err.splitlines()][:2] == [
        "training: 1 of 2 steps",
        "training: 2 of 2 steps",
    ]
    assert told.out == ""


def test_of_a_run_that_cannot_be_made_longer_it_says_what_to_do(tmp_path: Path) -> None:
    run(small_vqgan(2), 1, tmp_path)
    with pytest.raises(CheckpointError, match=r"run of 2 steps, .*, or go on with --steps 2$"):
        run(small_vqgan(3), 3, tmp_path)
    run(small_vqgan(2), 2, tmp_path)
    whole = (tmp_path / "checkpoint.pt").read_bytes()
    with pytest.raises(
        CheckpointError,
        match=r"finished run of 2 steps, which cannot become one of 3: .* with another --folder$",
    ):
        run(small_vqgan(3), 3, tmp_path)
    assert (tmp_path / "checkpoint.pt").read_bytes() == whole


def test_a_spoilt_checkpoint_is_told_and_not_replaced(tmp_path: Path) -> None:
    run(small_vqgan(2), 1, tmp_path)
    path = tmp_path / "checkpoint.pt"
    other = torch.load(path, weights_only=True)
    del other["state"]["average"]
    torch.save(other, tmp_path / "of another version.pt")
    whole = path.read_bytes()
    for content in (b"", whole[:1000], (tmp_path / "of another version.pt").read_bytes()):
        path.write_bytes(content)
        with pytest.raises(CheckpointError, match=r"checkpoint\.pt cannot be gone on with"):
            run(small_vqgan(2), 2, tmp_path)
        assert path.read_bytes() == content


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = CliRunner().invoke(vqgan_command, ["--folder", str(tmp_path / "file" / "x")])
    assert done.exit_code == 1
    assert "cannot be written" in done.output


def test_captions_are_true_of_their_scene_and_tell_it_from_its_twin() -> None:
    batch = draw_batch(random.Random(5), 16, 32)
    untrue = batch.negatives()
    assert not untrue.diagonal().any()
    told = [bool(untrue[i ^ 1, i]) for i in range(32)]
    assert sum(told) >= 26
    assert batch.images.shape == (32, 3, 32, 32)


def test_twins_differ_in_one_thing() -> None:
    rng = random.Random(6)
    for scene in draw_pairs(rng, 8, 16).scenes[::2]:
        other = twin(scene, rng)
        assert other != scene
        assert other.landscape == scene.landscape
        assert other.seed == scene.seed
        assert facts_of(other) != facts_of(scene)
        assert describe(scene, rng).facts <= facts_of(scene)


def test_captions_name_sizes_and_places_where_they_are_clear() -> None:
    rng = random.Random(7)
    said: dict[str, set[str]] = {"size": set(), "place": set()}
    for seed in range(300):
        scene = parse_scene(
            rng.choice(("a large boat", "a tiny boat", "a boat on the left", "a boat")),
            random.Random(seed),
        )
        (boat,) = scene.objects
        caption = describe(scene, rng)
        assert caption.facts <= facts_of(scene)
        for fact in caption.facts & facts_of(scene):
            if fact[0] in said:
                said[fact[0]].add(fact[2])
                assert fact[2] != "left" or boat.x < 0.4
        words = set(caption.text.split())
        assert ("left" in words) == (("place", "sailboat", "left") in caption.facts)
        assert bool(words & {"large", "big", "huge"}) == (
            ("size", "sailboat", "large") in caption.facts
        )
    assert said == {"size": {"large", "small"}, "place": {"left"}}


def test_contrast_rewards_own_captions_and_spares_true_ones() -> None:
    eye = torch.eye(4)
    untrue = ~torch.eye(4, dtype=torch.bool)
    scale = torch.tensor(20.0)
    assert contrast(eye, eye, untrue, scale) < 1e-3
    assert contrast(eye, eye.roll(1, 0), untrue, scale) > 10
    # A second picture that a caption is true of as well must not count against it.
    shared = torch.stack([eye[0], eye[0], eye[2], eye[3]])
    spared = untrue.clone()
    spared[0, 1] = spared[1, 0] = False
    assert contrast(shared, shared, untrue, scale) > 0.3
    assert contrast(shared, shared, spared, scale) < 1e-3
    # Spoilt pictures are negatives for every caption.
    assert contrast(torch.cat([eye, eye[:1]]), eye, untrue, scale) > 0.05


def test_spoilt_pictures_keep_colours_and_lose_places() -> None:
    x = torch.rand(4, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    spoilt = spoil(x, 4, torch.Generator().manual_seed(1))
    assert spoilt.shape == (4, 3, 32, 32)
    sums = x.sum((1, 2, 3))
    for jigsaw in spoilt[:2]:
        nearest = (sums - jigsaw.sum()).abs().argmin()
        torch.testing.assert_close(jigsaw.sort().values.sum(), x[nearest].sum())
        assert not torch.equal(jigsaw, x[nearest])


def test_kmeans_finds_separate_heaps() -> None:
    generator = torch.Generator().manual_seed(0)
    heaps = torch.tensor([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0]])
    points = heaps.repeat_interleave(50, 0) + 0.1 * torch.randn(150, 2, generator=generator)
    centres = kmeans(points, 30, 8, generator)
    assert torch.cdist(heaps, centres).amin(1).max() < 0.3


def test_the_command_trains_and_refuses_another_runs_folder(tmp_path: Path) -> None:
    arguments = ["--folder", str(tmp_path), "--steps", "2"]
    done = CliRunner().invoke(vqgan_command, arguments)
    assert done.exit_code == 0, done.output
    assert {"vqgan.safetensors", "vqgan.png", "checkpoint.pt"} <= {
        p.name for p in tmp_path.iterdir()
    }
    assert f"{tmp_path} holds curves.png, vqgan.png, vqgan.safetensors." in done.output
    refused = CliRunner().invoke(vqgan_command, [*arguments, "--seed", "1"])
    assert refused.exit_code == 1
    assert "other settings" in refused.output


def test_ctrl_c_says_in_a_line_how_to_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = ["--folder", str(tmp_path), "--steps", "3"]
    with monkeypatch.context() as patch:
        whole = VAETask.step

        def step(task: VAETask, number: int) -> Any:
            if number == 1:
                signal.raise_signal(signal.SIGINT)
            return whole(task, number)

        patch.setattr(VAETask, "step", step)
        stopped = CliRunner().invoke(vae_command, arguments)
    assert stopped.exit_code == 130
    assert stopped.stderr == f"Stopped; the same command goes on from {tmp_path}.\n"
    assert torch.load(tmp_path / "checkpoint.pt", weights_only=True)["step"] == 2
    done = CliRunner().invoke(vae_command, arguments)
    assert done.exit_code == 0, done.output
    assert torch.load(tmp_path / "checkpoint.pt", weights_only=True)["step"] == 3
