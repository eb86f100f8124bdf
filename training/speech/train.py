"""Training the acoustic model on the corpus: frame cross-entropy, seeded step by step.

Every step draws its batch from a generator seeded with the run's seed and the step's number, so a
run that was cut and resumed ends with the same weights as one that was not.
"""

import dataclasses
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from mused.art.files import write_atomically
from mused.training.interrupt import held_back
from mused.training.speech.augment import (
    WARPS,
    random_equaliser,
    random_sharpness,
    warp_matrices,
)
from mused.training.speech.corpus import Corpus
from mused.training.speech.errors import SpeechTrainingError
from mused.training.speech.features import Floats
from mused.training.speech.network import CONTEXT, SUBSAMPLING, Affine, TimeDelayNetwork, adopt


def has_fast_bfloat16() -> bool:
    """Whether this processor multiplies bfloat16 itself; elsewhere it would be slower."""
    capabilities: dict[str, Any] = getattr(torch.cpu, "get_capabilities", dict)()
    return bool(capabilities.get("avx512_bf16", False))


@dataclass(frozen=True)
class TrainSettings:
    """How the network is trained; a resumed run must have the same."""

    steps: int = 12000
    hidden: int = 320
    seed: int = 0
    batch: int = 24
    outputs: int = 60
    """Output frames (30 ms each) per example."""
    learning_rate: float = 2e-3
    warm_up: int = 200
    bfloat16: bool = field(default_factory=has_fast_bfloat16)
    """Multiply matrices in bfloat16: 1.6 times as fast where the processor can."""


@dataclass(frozen=True)
class Progress:
    """Where a training is."""

    step: int
    steps: int
    loss: float
    seconds_per_step: float


def draw_batch(
    corpus: Corpus, settings: TrainSettings, step: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Cepstra (batch, frames, 40) and classes (batch, outputs) of a step."""
    rng = np.random.default_rng((settings.seed, step))
    frames = SUBSAMPLING * (settings.outputs - 1) + 1 + 2 * CONTEXT
    starts = rng.integers(0, len(corpus.classes) - frames, settings.batch)
    cepstra = np.stack([corpus.features[s : s + frames] for s in starts]).astype(np.float32)
    warps = warp_matrices()[rng.integers(0, WARPS, settings.batch)]
    warps = warps * np.stack([random_sharpness(rng) for _ in starts])[:, :, None]
    curves = np.stack([random_equaliser(rng) for _ in starts])
    # A part stays as it was spoken: the plain voice is the one heard most.
    plain = rng.random(settings.batch) < 0.15
    warps[plain] = np.eye(warps.shape[1], dtype=np.float32)
    cepstra = np.einsum("btc,bdc->btd", cepstra, warps, optimize=True) + curves[:, None]
    at = CONTEXT + SUBSAMPLING * np.arange(settings.outputs)
    classes = np.stack([corpus.classes[s + at] for s in starts]).astype(np.int64)
    return torch.from_numpy(cepstra.astype(np.float32)), torch.from_numpy(classes)


class Trainer:
    """A training that can be cut anywhere and goes on from its last checkpoint."""

    def __init__(
        self,
        corpus: Corpus,
        settings: TrainSettings,
        checkpoint: Path,
        begin: Sequence[Affine] = (),
    ) -> None:
        """`begin`: the layers of a trained network to go on from (see network.adopt)."""
        torch.manual_seed(settings.seed)
        self.corpus = corpus
        self.settings = settings
        self.checkpoint = checkpoint
        self.network = TimeDelayNetwork(settings.hidden)
        sample = corpus.features[:: max(1, len(corpus.features) // 200_000)].astype(np.float32)
        self.network.mean.copy_(torch.from_numpy(sample.mean(axis=0)))
        self.network.deviation.copy_(torch.from_numpy(sample.std(axis=0) + 1e-3))
        if begin:
            starts = np.linspace(0, len(corpus.features) - 4 * CONTEXT - 1, 64).astype(int)
            some = np.stack([corpus.features[s : s + 4 * CONTEXT] for s in starts])
            adopt(self.network, begin, torch.from_numpy(some.astype(np.float32)))
        self.optimizer = torch.optim.AdamW(
            self.network.parameters(), settings.learning_rate, weight_decay=0.01
        )
        self.step = 0
        if checkpoint.exists():
            self._restore(torch.load(checkpoint, weights_only=True))

    def _restore(self, state: dict[str, Any]) -> None:
        if state.get("settings") != dataclasses.asdict(self.settings):
            raise SpeechTrainingError(
                f"{self.checkpoint} is of a training with other settings: "
                "use another --work folder, or remove it to start over"
            )
        self.network.load_state_dict(state["network"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step = state["step"]

    def save(self) -> None:
        """Write the checkpoint, whole or not at all."""
        self.checkpoint.parent.mkdir(parents=True, exist_ok=True)
        state = {
            "network": self.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "settings": dataclasses.asdict(self.settings),
        }
        write_atomically(self.checkpoint, lambda file: torch.save(state, file))

    def _learning_rate(self) -> float:
        warm = min(1.0, (self.step + 1) / self.settings.warm_up)
        left = 1 - self.step / self.settings.steps
        return self.settings.learning_rate * warm * max(left, 0.001)

    def one_step(self) -> float:
        """Train on one batch; the cross-entropy per frame in nats before the step."""
        cepstra, classes = draw_batch(self.corpus, self.settings, self.step)
        torch.manual_seed(self.settings.seed * 1_000_003 + self.step)
        for group in self.optimizer.param_groups:
            group["lr"] = self._learning_rate()
        self.network.train()
        with torch.autocast("cpu", torch.bfloat16, enabled=self.settings.bfloat16):
            scores = self.network(cepstra)
        loss = functional.nll_loss(scores.flatten(0, 1), classes.flatten())
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch's own gap
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 5.0)
        self.optimizer.step()
        self.step += 1
        return loss.item()

    def run(
        self,
        report: Callable[[Progress], None] = lambda progress: None,
        *,
        until: int | None = None,
        every_seconds: float = 60.0,
    ) -> TimeDelayNetwork:
        """Train to the last step (or `until`), with a checkpoint every minute and at the end.

        Ctrl-C takes effect after the step that is under way: a checkpoint, then KeyboardInterrupt.
        """
        last = min(until or self.settings.steps, self.settings.steps)
        saved = began = time.monotonic()
        first, loss = self.step, float("nan")
        with held_back() as interrupt:
            while self.step < last and not interrupt.asked:
                now = self.one_step()
                loss = now if loss != loss else 0.98 * loss + 0.02 * now
                elapsed = time.monotonic() - began
                rate = elapsed / (self.step - first)
                report(Progress(self.step, self.settings.steps, loss, rate))
                if time.monotonic() - saved > every_seconds:
                    self.save()
                    saved = time.monotonic()
            self.save()
            interrupt.heed()
        return self.network.eval()


def class_priors(corpus: Corpus, classes: int) -> Floats:
    """How often each class is spoken, shape (classes,), sum 1."""
    counts = np.bincount(corpus.classes, minlength=classes).astype(np.float32) + 1.0
    return np.asarray(counts / counts.sum(), dtype=np.float32)
