"""How good the pictures are: ``python -m benchmarks.quality [--quick] [--json]``.

Pictures of the prompts in prompts.toml, none of which is made by the templates that made the
captions in training, are judged by a CLIP that never guided one (judge.safetensors, see
README.md here). A prompt's number is its seed. Pictures are kept in a folder; what is there
already is not made again, so that a run can be cut and resumed.

The ways to a picture, of which --arms names others than the usual ones:

    scenes       drawn from the prompt's plain words by the scene painter: the ceiling
    default      `mused paint` with its default settings, so one of the next
    <start>      the same from each start (sketch, noise and so on, as `mused paint --start`); where
                 a start shows nothing, with the steps and cutouts of the reference and nothing held
    <start>-alone  the start itself, through the VQGAN; of noise the floor
    default-15s, default-30s, default-60s, <start>-15s and so on  with as many steps of the
                 default settings as fit into these seconds on two cores here; not among the usual
                 ones
    reference    the loop of nerdyrodent's VQGAN-CLIP (needs kornia, of the extra `dev`) with the
                 same weights, seeds, steps and cutouts as ours from noise

Keys of the JSON object; each has the name of a way before it (``default.r1``):

    r1, r5           the share of pictures whose own prompt is the nearest of all, or among five
    cosine           how near they are to it, the mean
    object_probe     the share whose subject counts as shown: nearer than halfway between scenes
                     with and without it
    named            the share whose subject is the nearest of all 84 objects
    false_alarm      the share of other prompts' subjects that count as shown as well

    budget.15s.steps and so on      the steps of the default settings that fit into 15, 30 and 60
                                    seconds here; budget.step_seconds, budget.start_seconds
    noise-reference.<figure>        the mean difference, by pairs; .low and .high bound it with
                                    95 % confidence, .p tells how often chance alone does it
    judge.probe, guide.probe        how often they tell a scene with an object from the same
                                    without it; .found with a threshold, .control between two
                                    scenes without it (a half is right), .worst the objects
                                    they tell apart least
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from benchmarks.quality import budgets, table
from benchmarks.quality.arms import ARMS, BUDGETED, BUDGETS, USUAL, Plan, budgets_of, read
from benchmarks.quality.compare import difference
from benchmarks.quality.making import made
from benchmarks.quality.probes import Told, probe
from benchmarks.quality.prompts import Asked, prompts
from benchmarks.quality.verdict import Verdict, judge_pictures
from mused.art.clip import Clip
from mused.art.errors import ArtError
from mused.art.painter import Painter
from mused.art.settings import Settings
from mused.training.painter.judge import load_judge

JUDGE = Path(__file__).with_name("judge.safetensors")
QUICK = Plan(side=64, steps=20, cutouts=6)
QUICK_PROMPTS = 8


def main(words: Sequence[str] | None = None) -> None:
    """Make the pictures, judge them, print the figures."""
    options = _options(words)
    asked = prompts(QUICK_PROMPTS if options.quick else options.prompts)
    plan = QUICK if options.quick else Plan(options.side, options.steps, options.cutouts)
    try:
        # Before the pictures: half an hour of painting for no judge would be a pity.
        judge = load_judge(options.judge)
        pace = budgets.measure(4 if options.quick else 20)
        kept = budgets_of(options.folder)
        if kept or BUDGETED & {*options.arms}:
            plan = replace(plan, budgets=kept or tuple(map(pace.steps_within, BUDGETS)))
        made(options.folder, options.arms, asked, plan, options.jobs)
    except (ValueError, ArtError) as error:
        raise SystemExit(str(error)) from None
    pairs = 2 if options.quick else 8
    figures = measure(judge, options.folder, options.arms, asked, pairs) | pace.figures()
    if options.json:
        print(json.dumps(figures))
    else:
        print(table.text(figures, options.arms))


def measure(
    judge: Clip, folder: Path, arms: Sequence[str], asked: Sequence[Asked], pairs: int
) -> dict[str, Any]:
    """Probe judge and guide, and judge the folder's pictures."""
    guide = Painter.load(Settings()).networks.clip
    told = probe({"judge": judge, "guide": guide}, pairs)
    figures: dict[str, Any] = {"prompts": len(asked)}
    verdicts: dict[str, Verdict] = {}
    for arm in arms:
        pictures = [read(folder, arm, each) for each in asked]
        verdicts[arm] = judge_pictures(judge, pictures, asked, prompts(), told["judge"].thresholds)
        figures |= {f"{arm}.{name}": value for name, value in verdicts[arm].means().items()}
    if "noise" in verdicts and "reference" in verdicts:
        figures |= compared(verdicts["noise"], verdicts["reference"])
    for name, each in told.items():
        figures |= _probed(name, each)
    return figures


def compared(ours: Verdict, theirs: Verdict) -> dict[str, Any]:
    """The differences of all figures."""
    figures: dict[str, Any] = {}
    for name, values in vars(ours).items():
        found = difference(values, getattr(theirs, name))
        at = f"noise-reference.{name}"
        figures |= {
            at: round(found.mean, 4),
            f"{at}.low": round(found.low, 4),
            f"{at}.high": round(found.high, 4),
            f"{at}.p": round(found.p, 4),
        }
    return figures


def _probed(name: str, told: Told) -> dict[str, Any]:
    missed = sorted(noun for noun, share in told.by_object.items() if share < 1)
    worst = sorted(missed, key=lambda noun: told.by_object[noun])[:8]
    return {
        f"{name}.probe": round(told.accuracy, 4),
        f"{name}.probe.found": round(told.found, 4),
        f"{name}.probe.control": round(told.control, 4),
        f"{name}.probe.gap": round(told.gap, 4),
        f"{name}.probe.control_gap": round(told.control_gap, 4),
        f"{name}.probe.worst": {noun: round(told.by_object[noun], 2) for noun in worst},
    }


def _options(words: Sequence[str] | None) -> argparse.Namespace:
    plan = Plan()
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="8 prompts, small pictures")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--folder", type=Path, help="pictures; default: build/quality[-quick]")
    parser.add_argument("--arms", nargs="+", choices=tuple(ARMS), default=USUAL)
    parser.add_argument("--prompts", type=int, help="so many of them; default: all")
    parser.add_argument("--jobs", type=int, help="processes; default: one a core")
    parser.add_argument(
        "--judge", type=Path, default=JUDGE, help="its weights: `mused train judge`"
    )
    parser.add_argument("--side", type=int, default=plan.side, help="of pictures from codes")
    parser.add_argument("--steps", type=int, default=plan.steps, help="from codes")
    parser.add_argument("--cutouts", type=int, default=plan.cutouts, help="from codes")
    options = parser.parse_args(words)
    options.folder = options.folder or Path(
        "build", "quality-quick" if options.quick else "quality"
    )
    return options


if __name__ == "__main__":
    # Judging is small work: one thread is enough and repeats to the last digit.
    torch.set_num_threads(1)
    main()
