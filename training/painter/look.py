"""``mused sample``, ``reconstruct``, ``classify``, ``scenes``: what networks do, and on what."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from rich.console import Console
from rich.progress import track

from mused.art import formats
from mused.art.milestones import Milestones
from mused.art.sheet import save
from mused.training.painter.named import Weights

if TYPE_CHECKING:
    from mused.training.painter.reconstruction import Reconstruction

Command = TypeVar("Command", bound=Callable[..., Any])

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
TEMPLATES = ("{}", "a {}", "a picture of a {}", "a painting of a {}", "a drawing of a {}")
"""Phrases whose mean embedding stands for a label (Radford et al., 2021, section 3.1.4)."""


def _output(default: str) -> Callable[[Command], Command]:
    """The option that says where the sheet goes, checked before anything is drawn."""

    def check(_ctx: click.Context, _option: click.Parameter, path: Path) -> Path:
        if formats.kind_of(path) is None:
            raise click.BadParameter(f"{path} must end in {', '.join(formats.FORMATS)}")
        if not path.parent.is_dir():
            raise click.BadParameter(f"there is no folder {path.parent}")
        return path

    return click.option(
        "-o",
        "--output",
        type=click.Path(path_type=Path, dir_okay=False),
        default=default,
        show_default=True,
        callback=check,
        help="A picture file; NAME-2.png if it exists.",
    )


@click.command()
@click.argument("weights", type=Weights("drafter"))
@click.argument("captions", nargs=-1)
@_output("samples.png")
@click.option("--count", type=click.IntRange(1, 64), default=8, show_default=True)
@click.option("--seed", type=int, default=0, show_default=True)
@click.option(
    "--vqgan",
    type=Weights("vqgan"),
    help="The VQGAN a drafter speaks for, a model's name or a file; default: the shipped.",
)
def sample(
    weights: Path,
    captions: tuple[str, ...],
    output: Path,
    count: int,
    seed: int,
    vqgan: Path | None,
) -> None:
    """Draw pictures from WEIGHTS onto one sheet: a VAE, a drafter, or `shipped`, mused's drafter.

    A drafter draws after each caption, or without any.

    \b
    mused sample painter-training/vae/vae.safetensors
    mused sample painter-training/transformer/drafter.safetensors
    mused sample shipped "a red boat on a lake" --count 4
    """
    from mused.art.starts import undrafted
    from mused.art.weights import bundled
    from mused.training.painter import samples

    sheet, unknown = samples.draw(weights, captions, count, seed, vqgan or bundled("vqgan"))
    for notice in undrafted(tuple(dict.fromkeys(unknown))):
        click.echo(notice, err=True)
    click.echo(save(sheet, output))


@click.command()
@click.argument("pictures", type=_FILE, nargs=-1, required=True)
@_output("reconstructed.png")
@click.option(
    "--size",
    type=click.IntRange(16, 1024),
    default=256,
    show_default=True,
    help="Pixels along the pictures; a VAE takes its own number.",
)
@click.option(
    "--weights",
    "--vqgan",
    "named",
    type=Weights("vqgan"),
    multiple=True,
    help="A VAE, VQ-VAE or VQGAN, a model's name or a file; may be repeated to compare several. "
    "Default: the shipped VQGAN.",
)
def reconstruct(
    pictures: tuple[Path, ...], output: Path, size: int, named: tuple[Path, ...]
) -> None:
    """Send PICTURES through a network and back: what cannot be painted is lost.

    Prints for each the peak signal-to-noise ratio, the structural similarity and how many codes it
    took, then the means. The sheet has a row for every picture: itself, and what came back.

    \b
    mused reconstruct photo.jpg
    mused reconstruct scenes/*.png --size 64 \\
        --weights painter-training/vae/vae.safetensors \\
        --weights painter-training/vqvae/vqvae.safetensors
    """
    from mused.art.weights import bundled
    from mused.training.painter import reconstruction

    networks = named or (bundled("vqgan"),)
    found = []
    for weights in networks:
        found.append(each := reconstruction.reconstruct(weights, pictures, size))
        click.echo(f"{weights}")
        for path, one in zip(pictures, each, strict=True):
            codes = "" if one.codes is None else f"  {int((one.codes > 0).sum())} codes"
            click.echo(f"  {path}  {one.psnr:.1f} dB  SSIM {one.ssim:.2f}{codes}")
        if len(pictures) > 1:
            click.echo(f"  the mean of {len(pictures)}: {_mean(each)}")
    click.echo(save(reconstruction.compared(networks, pictures, found, size), output))


def _mean(found: Sequence["Reconstruction"]) -> str:
    from mused.training.painter.reconstruction import overall

    of = overall(found)
    taken, even = found[0].codes, ""
    if taken is not None:
        even = f"  {of['codes']} of {len(taken)} codes, as even as {of['perplexity']:.0f}"
    return f"{of['psnr']:.2f} dB  SSIM {of['ssim']:.3f}{even}"


def _tell_words(ctx: click.Context) -> None:
    from mused.art.scenes import words

    for kind, known in (
        ("things", words.OBJECTS),
        ("places", words.LANDSCAPES),
        ("hours", words.TIMES),
        ("weathers", words.WEATHERS),
        ("colours", words.COLOURS),
        ("styles", words.STYLES),
    ):
        click.echo(f"{len(known)} {kind}: {', '.join(known)}")
    ctx.exit()


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--count", type=click.IntRange(1, 10_000), default=48, show_default=True)
@click.option("--size", type=click.IntRange(16, 1024), default=256, show_default=True)
@click.option("--seed", type=int, default=0, show_default=True)
@click.option(
    "--words",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=lambda ctx, _option, wanted: _tell_words(ctx) if wanted else None,
    help="List what can be drawn, and draw nothing.",
)
def scenes(folder: Path, count: int, size: int, seed: int) -> None:
    """Draw scenes like those that the trainings learn from into a new FOLDER, with captions.

    No training draws these very ones, so they show what it learned. They also are an example of
    pictures of your own: `mused train clip --data FOLDER` reads the captions of 000.png in
    000.txt, one a line.
    """
    from mused.training.painter import samples

    if folder.exists():
        raise click.BadParameter(f"{folder} exists: name a new folder")
    console = Console(stderr=True)
    drawn = samples.draw_scenes(folder, count, size, seed)
    hidden, milestones = not console.is_terminal, Milestones()
    shown = track(drawn, "drawing", count, console=console, transient=True, disable=hidden)
    for number, _ in enumerate(shown, 1):
        if hidden and milestones.passed(number, count):
            click.echo(f"drawing: {number} of {count} scenes", err=True)
    click.echo(f"{folder}: {count} pictures, {count} texts")


@click.command()
@click.argument("picture", type=_FILE)
@click.option("--labels", required=True, help='Separated by commas: "boat, castle, red tree".')
@click.option(
    "--clip",
    type=Weights("clip"),
    help="A model's name or a file; default: the shipped small CLIP.",
)
def classify(picture: Path, labels: str, clip: Path | None) -> None:
    """Say which of some LABELS a PICTURE shows, as CLIP sees it, without any training for them.

    The shipped CLIP knows drawn scenes and sees little in photographs.
    """
    names = [each for label in labels.split(",") if (each := label.strip())]
    if not names:
        raise click.BadParameter("there is no label", param_hint="--labels")
    from mused.art.weights import bundled
    from mused.training.painter import samples

    weights = clip or bundled("clip")
    shares, unknown = samples.classify(weights, picture, names, TEMPLATES)
    if unknown:
        click.echo(f"{weights.name} does not know: {', '.join(dict.fromkeys(unknown))}", err=True)
    for name, share in sorted(zip(names, shares, strict=True), key=lambda pair: -pair[1]):
        click.echo(f"{share:6.1%}  {name}")
