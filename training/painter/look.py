"""``mused sample``, ``reconstruct`` and ``classify``: what the networks do by themselves."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from mused.art import formats
from mused.art.sheet import save
from mused.training.painter.named import Weights

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
@click.argument("weights", type=_FILE)
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
    """Draw pictures from WEIGHTS, a VAE or a drafter that `mused train` made, onto one sheet.

    \b
    mused sample painter-training/vae/vae.safetensors
    mused sample painter-training/transformer/drafter.safetensors "a red boat on a lake"
    """
    from mused.art.weights import bundled
    from mused.training.painter import samples

    sheet = samples.draw(weights, captions, count, seed, vqgan or bundled("vqgan"))
    click.echo(save(sheet, output))


@click.command()
@click.argument("pictures", type=_FILE, nargs=-1, required=True)
@_output("reconstructed.png")
@click.option("--size", type=click.IntRange(16, 1024), default=256, show_default=True)
@click.option(
    "--vqgan",
    type=Weights("vqgan"),
    help="VQ-VAE or VQGAN, a model's name or a file; default: the shipped one.",
)
def reconstruct(pictures: tuple[Path, ...], output: Path, size: int, vqgan: Path | None) -> None:
    """Send PICTURES through a codebook and back: what cannot be painted is lost.

    Prints the peak signal-to-noise ratio of each and how many codes it took; the sheet shows
    every picture above its reconstruction.
    """
    from mused.art.weights import bundled
    from mused.training.painter import samples

    weights = vqgan or bundled("vqgan")
    sheet, figures = samples.reconstruct(weights, pictures, size)
    for path, (psnr, codes) in zip(pictures, figures, strict=True):
        click.echo(f"{path}  {psnr:.1f} dB  {codes} codes")
    click.echo(save(sheet, output))


@click.command()
@click.argument("picture", type=_FILE)
@click.option("--labels", required=True, help='Separated by commas: "boat, castle, red tree".')
@click.option(
    "--clip",
    type=Weights("clip"),
    help="A model's name or a file; default: the shipped small CLIP.",
)
def classify(picture: Path, labels: str, clip: Path | None) -> None:
    """Say which of some LABELS a PICTURE shows, as CLIP sees it, without any training for them."""
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
