"""From nothing to a Vosk model folder: the whole training, in the order it happens."""

import json
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch

from mused.training.speech.card import model_card
from mused.training.speech.corpus import Corpus, make_corpus
from mused.training.speech.errors import SpeechTrainingError
from mused.training.speech.export import (
    DecoderSettings,
    check_replaceable,
    model_files,
    write_folder,
)
from mused.training.speech.graph import UNKNOWN
from mused.training.speech.kaldi import read_affines
from mused.training.speech.lexicon import load_or_build
from mused.training.speech.network import LAYER_OFFSETS, Affine, TimeDelayNetwork
from mused.training.speech.ngram import LanguageModel, estimate
from mused.training.speech.phones import CLASSES
from mused.training.speech.report import Report, measure
from mused.training.speech.scoring import Decoder
from mused.training.speech.sentences import skill_command, utterance, words_of
from mused.training.speech.skill_sentences import fixed_sentences
from mused.training.speech.train import Progress, Trainer, TrainSettings, class_priors
from mused.training.speech.vocabulary import vocabulary, word_classes

_UNIGRAM_FLOOR = 5.0  # prompts hold words that no template puts there
_GAIN = 4.0  # nats that a stored n-gram must be worth
_SKILL_SHARE = 0.12  # sentences of the skills' own templates for each that is made up
_UNKNOWN_SHARE = 0.02  # how often a word is expected to be none of ours
_CHECKPOINT = "acoustic.pt"


@dataclass(frozen=True)
class SpeechPlan:
    """How large a training is."""

    shards: int = 80
    """Corpus parts of about 12 minutes of sound each."""
    texts: int = 150
    """Texts per shard."""
    steps: int = 12000
    sentences: int = 75000
    """Made-up sentences the language model counts."""
    per_voice: int = 24
    """Test utterances per held-out voice."""
    seed: int = 1


QUICK = SpeechPlan(shards=6, texts=60, steps=1000, per_voice=4)
"""A few minutes; understands the demo's voice and not much more."""


@dataclass(frozen=True)
class Stage:
    """What the training is busy with; `done` of `total`."""

    name: str
    done: int
    total: int
    detail: str = ""


Watch = Callable[[Stage], None]


def language_text(plan: SpeechPlan) -> list[tuple[str, ...]]:
    """What the language model counts: made-up sentences, and what the built-in skills listen for.

    Of that everything fixed at least once.
    """
    rng = random.Random(plan.seed)
    made_up = [utterance(rng) for _ in range(plan.sentences)]
    for_skills = [skill_command(rng) for _ in range(round(plan.sentences * _SKILL_SHARE))]
    return [words_of(text) for text in (*made_up, *for_skills, *fixed_sentences())]


def language_model(plan: SpeechPlan) -> LanguageModel:
    """Counted from made-up sentences; every word and the unknown word are possible anywhere."""
    sentences = language_text(plan)
    unknown = _UNKNOWN_SHARE * sum(len(sentence) for sentence in sentences)
    return estimate(
        sentences,
        vocabulary(),
        floor=_UNIGRAM_FLOOR,
        gain=_GAIN,
        extra={UNKNOWN: unknown},
        classes=word_classes(),
    )


def steps_in(minutes: float, corpus: Corpus, settings: TrainSettings, work: Path) -> int:
    """How many training steps fit, by timing a few on this machine."""
    trainer = Trainer(corpus, settings, work / "timing.pt")
    trainer.one_step()
    began = time.monotonic()
    for _ in range(20):
        trainer.one_step()
    return max(100, int(minutes * 60 / ((time.monotonic() - began) / 20)))


def _keep_to_plan(plan: SpeechPlan, minutes: float | None, begin: Path | None, work: Path) -> None:
    """Note the plan, or raise SpeechTrainingError where the checkpoint is of another one."""
    file, checkpoint = work / "plan.json", work / _CHECKPOINT
    asked = {**asdict(plan), "minutes": minutes, "begin": begin and str(begin)}
    if not checkpoint.exists():
        file.write_text(json.dumps(asked) + "\n")
        return
    found = json.loads(file.read_text()) if file.exists() else {}
    if found != asked:
        other = [f"{name} {value}" for name, value in found.items() if asked.get(name) != value]
        raise SpeechTrainingError(
            f"{checkpoint} is of a training with {', '.join(other) or 'unknown settings'}: "
            "go on with the options it was begun with, give another --work folder, or remove the "
            "checkpoint to start over"
        )


def _train(
    corpus: Corpus,
    plan: SpeechPlan,
    minutes: float | None,
    begin: Path | None,
    work: Path,
    watch: Watch,
) -> TimeDelayNetwork:
    settings = TrainSettings(steps=plan.steps, seed=plan.seed)
    checkpoint = work / _CHECKPOINT
    steps_file = work / "steps.txt"
    # A resumed run keeps the number it began with: the learning rate falls towards it.
    if checkpoint.exists() and steps_file.exists():
        settings = replace(settings, steps=int(steps_file.read_text()))
    elif minutes is not None:
        settings = replace(settings, steps=steps_in(minutes, corpus, settings, work))
    steps_file.write_text(str(settings.steps))

    def tell(progress: Progress) -> None:
        left = (progress.steps - progress.step) * progress.seconds_per_step / 60
        detail = f"loss {progress.loss:.3f}, {left:.0f} min left"
        watch(Stage("training the acoustic model", progress.step, progress.steps, detail))

    layers: Sequence[Affine] = ()
    if begin is not None:
        layers = read_affines((begin / "am" / "final.mdl").read_bytes(), LAYER_OFFSETS)
    return Trainer(corpus, settings, checkpoint, layers).run(tell)


def train_speech(
    out: Path,
    work: Path,
    *,
    plan: SpeechPlan | None = None,
    minutes: float | None = None,
    begin: Path | None = None,
    watch: Watch = lambda stage: None,
) -> Report:
    """Train a model and put its folder at `out`; what exists in `work` is used again.

    `minutes` limits the training of the network itself; `begin` is the folder of a model made here
    whose network it goes on from. Raises SpeechTrainingError: a folder at `out` that is no model, a
    checkpoint of another plan in `work`, a missing synthesizer, or a model too weak for the demo
    (it is then left in `work`/model).
    """
    plan = plan or SpeechPlan()
    torch.set_num_threads(1)
    check_replaceable(out)
    work.mkdir(parents=True, exist_ok=True)
    _keep_to_plan(plan, minutes, begin, work)
    watch(Stage("asking the synthesizers how words sound", 0, 1))
    lexicon = load_or_build(vocabulary(), work / "lexicon.json")
    corpus = make_corpus(
        work / "corpus",
        seed=plan.seed,
        shards=plan.shards,
        count=plan.texts,
        report=lambda done: watch(Stage("speaking the corpus", done, plan.shards)),
    )
    network = _train(corpus, plan, minutes, begin, work, watch)
    watch(Stage("writing the model", 0, 1))
    files = model_files(
        network,
        class_priors(corpus, len(CLASSES)),
        lexicon,
        language_model(plan),
        DecoderSettings(),
    )
    write_folder(files, work / "model")
    watch(Stage("measuring the model", 0, 1))
    report = measure(Decoder(work / "model"), per_voice=plan.per_voice)
    steps = int((work / "steps.txt").read_text())
    texts = {
        "README.md": model_card(
            report, hours=corpus.hours, steps=steps, seed=plan.seed, begun=begin is not None
        ),
        "manifest.json": json.dumps(report.manifest_json(), indent=1) + "\n",
    }
    write_folder({**files, **{name: text.encode() for name, text in texts.items()}}, out)
    return report
