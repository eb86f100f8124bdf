import signal
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from mused.training.speech.corpus import Corpus
from mused.training.speech.errors import SpeechTrainingError
from mused.training.speech.network import CONTEXT, SUBSAMPLING
from mused.training.speech.phones import CLASS_IDS, CLASSES
from mused.training.speech.train import (
    Progress,
    Trainer,
    TrainSettings,
    class_priors,
    draw_batch,
)


def test_a_short_training_lowers_the_loss(
    small_corpus: Corpus, small_settings: TrainSettings, tmp_path: Path
) -> None:
    trainer = Trainer(small_corpus, small_settings, tmp_path / "a.pt")
    losses = [trainer.one_step() for _ in range(40)]
    assert losses[0] > 3.0
    assert sum(losses[-5:]) / 5 < 2.5


def test_a_cut_training_ends_with_the_same_weights(
    small_corpus: Corpus, small_settings: TrainSettings, tmp_path: Path
) -> None:
    settings = replace(small_settings, steps=8)
    whole = Trainer(small_corpus, settings, tmp_path / "whole.pt").run().state_dict()
    Trainer(small_corpus, settings, tmp_path / "cut.pt").run(until=3)
    resumed = Trainer(small_corpus, settings, tmp_path / "cut.pt")
    assert resumed.step == 3
    for name, tensor in resumed.run().state_dict().items():
        assert torch.equal(tensor, whole[name]), name


def test_an_interrupted_training_keeps_its_steps(
    small_corpus: Corpus, small_settings: TrainSettings, tmp_path: Path
) -> None:
    def interrupt(progress: Progress) -> None:
        if progress.step == 2:
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        Trainer(small_corpus, small_settings, tmp_path / "a.pt").run(interrupt)
    assert Trainer(small_corpus, small_settings, tmp_path / "a.pt").step == 2
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_ctrl_c_within_a_step_changes_no_weight_of_the_end(
    small_corpus: Corpus, small_settings: TrainSettings, tmp_path: Path
) -> None:
    settings = replace(small_settings, steps=6)
    whole = Trainer(small_corpus, settings, tmp_path / "whole.pt").run().state_dict()
    cut = Trainer(small_corpus, settings, tmp_path / "cut.pt")
    # The weights are new, the number of the step is not: the worst moment.
    cut.optimizer.register_step_post_hook(
        lambda *_: signal.raise_signal(signal.SIGINT) if cut.step == 2 else None
    )
    with pytest.raises(KeyboardInterrupt):
        cut.run()
    resumed = Trainer(small_corpus, settings, tmp_path / "cut.pt")
    assert resumed.step == 3
    for name, tensor in resumed.run().state_dict().items():
        assert torch.equal(tensor, whole[name]), name


def test_a_second_ctrl_c_does_not_wait_for_the_step(
    small_corpus: Corpus, small_settings: TrainSettings, tmp_path: Path
) -> None:
    trainer = Trainer(small_corpus, small_settings, tmp_path / "a.pt")

    def press_twice(*_: object) -> None:
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)

    trainer.optimizer.register_step_post_hook(press_twice)
    with pytest.raises(KeyboardInterrupt):
        trainer.run()
    assert not (tmp_path / "a.pt").exists()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_training_that_fails_keeps_its_last_good_checkpoint(
    small_corpus: Corpus, small_settings: TrainSettings, tmp_path: Path
) -> None:
    trainer = Trainer(small_corpus, small_settings, tmp_path / "a.pt")
    trainer.run(until=1)

    def fail(*_: object) -> None:
        raise RuntimeError("out of memory")

    trainer.optimizer.register_step_post_hook(fail)
    with pytest.raises(RuntimeError, match="out of memory"):
        trainer.run()
    first = Trainer(small_corpus, small_settings, tmp_path / "b.pt").run(until=1).state_dict()
    kept = Trainer(small_corpus, small_settings, tmp_path / "a.pt").network.state_dict()
    assert all(torch.equal(kept[name], first[name]) for name in first)


def test_the_checkpoint_of_another_training_is_refused(
    small_corpus: Corpus, small_settings: TrainSettings, tmp_path: Path
) -> None:
    Trainer(small_corpus, small_settings, tmp_path / "a.pt").save()
    for other in (replace(small_settings, seed=9), replace(small_settings, steps=9)):
        with pytest.raises(SpeechTrainingError, match=r"a\.pt is of a training with other"):
            Trainer(small_corpus, other, tmp_path / "a.pt")


def test_a_batch_belongs_to_its_step(small_corpus: Corpus, small_settings: TrainSettings) -> None:
    cepstra, classes = draw_batch(small_corpus, small_settings, 5)
    again, _ = draw_batch(small_corpus, small_settings, 5)
    other, _ = draw_batch(small_corpus, small_settings, 6)
    assert cepstra.shape == (12, SUBSAMPLING * 39 + 1 + 2 * CONTEXT, 40)
    assert classes.shape == (12, 40)
    assert torch.equal(cepstra, again)
    assert not torch.equal(cepstra, other)


def test_priors_are_how_often_a_class_is_spoken(small_corpus: Corpus) -> None:
    priors = class_priors(small_corpus, len(CLASSES))
    assert priors.sum() == pytest.approx(1.0, abs=1e-5)
    assert (priors > 0).all()
    assert priors[CLASS_IDS["T"]] > 20 * priors[CLASS_IDS["ZH"]]
