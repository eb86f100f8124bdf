"""The model card: what a model was made from and how well it does."""

from itertools import zip_longest

from mused.training.speech.report import COMMANDS, PROMPTS, Confusion, Report
from mused.training.speech.sentences import WAKE_WORD
from mused.training.speech.vocabulary import vocabulary
from mused.training.speech.voices import HELD_OUT_VOICES, OTHER_VOICES

_CARD = """\
# vosk-mused-en

A small English model for Vosk, for mused's demo and tests. **It was trained on synthetic voices
only and is meant for them.** Nobody has measured how well it understands people; expect little.
For a live microphone install a model trained on people: vosk-model-small-en-us-0.15 from
https://alphacephei.com/vosk/models.

## What it is
- Acoustic model: time-delay network on 40 Kaldi MFCCs, one state a phone, 30 ms a decision,
  {steps} training steps (seed {seed}){begun}; weights in 8 bits.
- Words: {words}, most of them the commonest English nouns, adjectives and verb forms, whoever may
  want them in a picture; a look-ahead graph, so that grammars can be given at run time; a trigram
  language model of made-up commands and picture prompts, with classes of words behind it; `[unk]`
  for anything else.
- Made by `mused train speech` (training/speech in mused's source).

## Data
{hours:.1f} hours of sound (every text twice, with other noise, rooms and speed), all of it spoken
by synthesizers: espeak-ng (its English accents and variants), {others}.
Texts are made up by rule. No recording of a person was used. espeak-ng is GPL software and the
voices of flite and festival have free licences of their own; a model holds none of their audio.

## Figures (synthetic voices, never trained on)
| what was said | utterances | word error rate | exact |
|---|---|---|---|
{table}

Commands come from the templates that also made the language model's text, so their figures are
kind; the free prompts were written by hand. Held out: {held_out}.

Which words are taken for which, most often:

| in commands: said | heard | times | | in free prompts: said | heard | times |
|---|---|---|---|---|---|---|
{confusions}

Wake word "{wake}" with decoys in the grammar, by the confidence asked of it:

| confidence above | found when said | found first in unrelated talk |
|---|---|---|
{wakes}

`manifest.json` lists {manifest} phrases in {voices} voices that must come out exactly.

## Licence
Apache-2.0, like mused.
"""


_NOTHING = "(nothing)"


def _confusions(report: Report, lines: int) -> str:
    """The most frequent mistakes in commands and in prompts, side by side."""
    rows = zip_longest(*(report.confusions[group][:lines] for group in (COMMANDS, PROMPTS)))
    return "\n".join(
        f"| {' | | '.join(' |  | ' if each is None else _mistake(each) for each in row)} |"
        for row in rows
    )


def _mistake(each: Confusion) -> str:
    return f"{each.said or _NOTHING} | {each.heard or _NOTHING} | {each.times}"


def model_card(
    report: Report,
    *,
    hours: float,
    steps: int,
    seed: int,
    begun: bool = False,
    lines: int = 20,
) -> str:
    """README.md of a model folder; `begun` from another model's network, not from chance."""
    table = "\n".join(
        f"| {group} | {f.utterances} | {100 * f.word_error_rate:.1f} % | {100 * f.exact:.0f} % |"
        for group, f in report.voices.items()
    )
    wakes = "\n".join(
        f"| {floor} | {100 * share:.1f} % | {100 * report.wakes.false[floor]:.1f} % |"
        for floor, share in report.wakes.found.items()
    )
    return _CARD.format(
        steps=steps,
        seed=seed,
        begun=" after those of an earlier model that it goes on from" if begun else "",
        words=len(vocabulary()),
        hours=hours,
        others=", ".join(str(voice) for voice, _ in OTHER_VOICES),
        table=table,
        held_out=", ".join(str(voice) for voice in HELD_OUT_VOICES),
        confusions=_confusions(report, lines),
        wake=WAKE_WORD,
        wakes=wakes,
        manifest=len(report.manifest),
        voices=len({entry.voice for entry in report.manifest}),
    )
