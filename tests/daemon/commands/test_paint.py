import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from click.shell_completion import ShellComplete
from click.testing import Result
from PIL import Image, ImageSequence

from mused.art.painting import Painting
from mused.art.picture import read_recipe, save
from mused.art.settings import BUNDLED, LOOSELY, Settings
from mused.daemon.commands import PLACES, main
from mused.daemon.commands.paint_options import chosen

QUICK = ("--size", "64x64", "--steps", "3", "--seed", "5")

pytestmark = pytest.mark.usefixtures("one_thread")


def test_paint_inspect_and_repeat(mused: Callable[..., Result], tmp_path: Path) -> None:
    first, second = tmp_path / "one.png", tmp_path / "two.png"
    done = mused("paint", "a", "red boat", "-o", first, *QUICK)
    assert done.exit_code == 0, done.output
    assert done.stdout.strip() == str(first)
    again = mused("paint", "--from", first, "-o", second)
    assert again.exit_code == 0, again.output
    assert Image.open(first).tobytes() == Image.open(second).tobytes()
    recipe = json.loads(mused("inspect", "--json", second).stdout)
    assert (recipe["prompt"], recipe["settings"]["seed"]) == ("a red boat", 5)
    assert "a red boat" in mused("inspect", first).stdout


def test_inspect_says_what_the_loss_is_and_each_notice_on_a_line(
    mused: Callable[..., Result], tmp_path: Path
) -> None:
    mused("paint", "a quokka", "-o", tmp_path / "held.png", *QUICK)
    shown = mused("inspect", tmp_path / "held.png").stdout.splitlines()
    notices = read_recipe(tmp_path / "held.png").notices
    assert len(notices) > 1
    assert shown[-len(notices) :] == [f"notice:      {each}" for each in notices]
    assert "leaving the sketch it began with counts" in shown[-len(notices) - 1]
    mused("paint", "a boat", "-o", tmp_path / "free.png", *QUICK, "--start", "noise")
    [loss] = [
        line
        for line in mused("inspect", tmp_path / "free.png").stdout.splitlines()
        if line.startswith("loss:")
    ]
    assert loss.endswith("(how far CLIP sees it from the words)")


def test_a_repeated_picture_takes_the_threads_of_the_first(
    mused: Callable[..., Result], tmp_path: Path
) -> None:
    """Settings leave them to the machine, pixels depend on them."""
    usual = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        mused("paint", "a red boat", "-o", tmp_path / "one.png", *QUICK)
        torch.set_num_threads(1)
        mused("paint", "--from", tmp_path / "one.png", "-o", tmp_path / "two.png")
    finally:
        torch.set_num_threads(usual)
    first, second = (read_recipe(tmp_path / name) for name in ("one.png", "two.png"))
    assert first.settings.threads is None
    assert (second.threads, second.precision) == (first.threads, first.precision)
    assert first.threads == 2


def test_from_a_picture(mused: Callable[..., Result], tmp_path: Path) -> None:
    Image.new("RGB", (90, 60), "green").save(tmp_path / "green.jpg")
    out = tmp_path / "out.png"
    done = mused("paint", "a tree", "--from", tmp_path / "green.jpg", "-o", out, *QUICK)
    assert done.exit_code == 0, done.output
    assert read_recipe(out).start == "picture"


def test_without_a_name_it_goes_to_the_gallery_and_replaces_nothing(
    mused: Callable[..., Result], tmp_path: Path
) -> None:
    paths = [Path(mused("paint", "a tree", *QUICK).stdout.strip()) for _ in range(2)]
    assert len(set(paths)) == 2
    assert all(path.parent == tmp_path / "gallery" for path in paths)
    latest = tmp_path / "gallery" / "latest.png"
    assert latest.resolve() == paths[-1]
    printed = mused("paint", "a tree", *QUICK, "--variations", "2").stdout.split()
    assert latest.resolve() == Path(printed[1]), "the last one, not the sheet"
    mused("paint", "a tree", "-o", tmp_path / "elsewhere.png", *QUICK)
    assert latest.resolve() == Path(printed[1])


@pytest.mark.parametrize("suffix", [".jpg", ".webp"])
def test_other_formats_repeat_too(
    mused: Callable[..., Result], tmp_path: Path, suffix: str
) -> None:
    first, second = tmp_path / f"one{suffix}", tmp_path / f"two{suffix}"
    assert mused("paint", "a red boat", "-o", first, *QUICK).exit_code == 0
    again = mused("paint", "--from", first, "-o", second)
    assert again.exit_code == 0, again.output
    assert Image.open(first).tobytes() == Image.open(second).tobytes()
    assert "a red boat" in mused("inspect", second).stdout


def test_what_was_understood_is_shown(mused: Callable[..., Result], tmp_path: Path) -> None:
    mused("paint", "a beach without people ^ night", "-o", tmp_path / "x.png", *QUICK)
    shown = mused("inspect", tmp_path / "x.png").stdout
    assert "a beach | people:-0.5 ^ night" in shown
    assert read_recipe(tmp_path / "x.png").prompt == "a beach without people ^ night"


def test_pictures_of_before_spoken_words_repeat_as_they_were(
    mused: Callable[..., Result], tmp_path: Path
) -> None:
    """Their recipes do not say what was understood, and nothing was but the words."""
    mused("paint", "a beach without people:1", "-o", tmp_path / "words.png", *QUICK)
    with Image.open(tmp_path / "words.png") as image:
        recipe = replace(
            read_recipe(tmp_path / "words.png"), prompt="a beach without people", understood=""
        )
        save(image, recipe, tmp_path / "before.png")
    mused("paint", "--from", tmp_path / "before.png", "-o", tmp_path / "again.png")
    words, again = (Image.open(tmp_path / name).tobytes() for name in ("words.png", "again.png"))
    assert words == again


def test_variations_and_their_sheet_repeat(mused: Callable[..., Result], tmp_path: Path) -> None:
    done = mused("paint", "a red boat", "-o", tmp_path / "x.png", "--variations", 3, *QUICK)
    assert done.exit_code == 0, done.output
    names = ["x-1.png", "x-2.png", "x-3.png", "x-sheet.png"]
    assert done.stdout.split() == [str(tmp_path / name) for name in names]
    seeds = [read_recipe(tmp_path / name).settings.seed for name in names]
    assert seeds == [5, 6, 7, 5]
    again = mused("paint", "--from", tmp_path / "x-sheet.png", "-o", tmp_path / "y.png")
    assert again.exit_code == 0, again.output
    one = mused("paint", "--from", tmp_path / "x-2.png", "-o", tmp_path / "z.png")
    assert one.exit_code == 0, one.output
    for first, second in [("x-sheet", "y-sheet"), ("x-1", "y-1"), ("x-3", "y-3"), ("x-2", "z")]:
        pictures = [Image.open(tmp_path / f"{name}.png").tobytes() for name in (first, second)]
        assert pictures[0] == pictures[1]


def test_variations_of_a_sweep_try_starts_of_their_own(
    mused: Callable[..., Result], tmp_path: Path
) -> None:
    wide = ("--variations", 2, "--sweep", 2)
    done = mused("paint", "a red boat", "-o", tmp_path / "x.png", *wide, *QUICK)
    assert done.exit_code == 0, done.output
    recipes = [read_recipe(tmp_path / f"x-{number}.png") for number in (1, 2)]
    assert [recipe.settings.seed for recipe in recipes] == [5, 7]
    assert recipes[0].seed_chosen in (5, 6)
    assert recipes[1].seed_chosen in (7, 8)
    mused("paint", "--from", tmp_path / "x-sheet.png", "-o", tmp_path / "y.png")
    for number in (1, 2):
        pictures = [Image.open(tmp_path / f"{name}-{number}.png").tobytes() for name in "xy"]
        assert pictures[0] == pictures[1]


def test_variations_painted_before_an_interruption_are_kept(
    mused: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C while the third one is painted."""
    really_begin = Painting.begin

    def interrupted(self: Painting, at_once: int) -> None:
        if self.settings.seed == 7:
            raise KeyboardInterrupt
        really_begin(self, at_once)

    monkeypatch.setattr(Painting, "begin", interrupted)
    done = mused("paint", "a red boat", "-o", tmp_path / "x.png", "--variations", 3, *QUICK)
    assert done.exit_code != 0
    assert done.stdout.split() == [str(tmp_path / name) for name in ("x-1.png", "x-2.png")]
    assert read_recipe(tmp_path / "x-2.png").settings.seed == 6


def test_two_beginnings_are_one_too_many(mused: Callable[..., Result], tmp_path: Path) -> None:
    picture, out = tmp_path / "one.png", tmp_path / "two.png"
    mused("paint", "a red boat", "-o", picture, *QUICK)
    for arguments in (("a boat", "--from", picture), ("--vary", picture)):
        done = mused("paint", *arguments, "--start", "noise", "-o", out)
        assert done.exit_code == 2
        assert f"--start and {arguments[-2]} both say what to begin with" in done.stderr
    assert not out.exists()
    mused("paint", "a boat", "--from", picture, "-o", out, *QUICK)
    done = mused("paint", "--from", out, "--start", "noise", "-o", tmp_path / "three.png")
    assert done.exit_code == 0, done.output
    recipe = read_recipe(tmp_path / "three.png")
    assert (recipe.start, recipe.settings.anchor) == ("noise", 0), "nothing of a picture is held"


def test_an_animation_repeats(mused: Callable[..., Result], tmp_path: Path) -> None:
    one, two = tmp_path / "one.gif", tmp_path / "two.gif"
    out = tmp_path / "x.png"
    done = mused("paint", "a red boat", "-o", out, "--animation", one, *QUICK)
    assert done.stdout.split() == [str(out), str(one)], done.output
    again = mused("paint", "--from", one, "-o", tmp_path / "y.png", "--animation", two)
    assert again.exit_code == 0, again.output
    films = []
    for path in (one, two):
        with Image.open(path) as film:
            films.append([frame.tobytes() for frame in ImageSequence.Iterator(film)])
    assert films[0] == films[1]
    assert Image.open(out).tobytes() == Image.open(tmp_path / "y.png").tobytes()


def test_a_variation_begins_with_its_picture(mused: Callable[..., Result], tmp_path: Path) -> None:
    first, second, third = (tmp_path / f"{name}.png" for name in ("one", "two", "three"))
    mused("paint", "a red boat", "-o", first, "--cutouts", 3, *QUICK)
    done = mused("paint", "--vary", first, "-o", second)
    assert done.exit_code == 0, done.output
    recipe = read_recipe(second)
    assert (recipe.start, recipe.prompt) == ("picture", "a red boat")
    assert recipe.settings.start_picture == first
    assert recipe.settings.cutouts == 3
    assert recipe.settings.seed != 5
    assert (read_recipe(first).settings.anchor, recipe.settings.anchor) == (20, 1)
    again = mused("paint", "--from", second, "-o", third)
    assert Image.open(second).tobytes() == Image.open(third).tobytes()
    assert "changed" not in again.stderr
    Image.new("RGB", (64, 64), "blue").save(first)
    again = mused("paint", "--from", second, "-o", third)
    assert f"{first} has changed since" in again.stderr


def test_pictures_to_paint_towards(mused: Callable[..., Result], tmp_path: Path) -> None:
    for name in ("a.png", "b:2.png"):
        Image.new("RGB", (40, 40), "red").save(tmp_path / name)
    out = tmp_path / "out.png"
    like = ("--like", tmp_path / "a.png", "--like", f"{tmp_path / 'b:2.png'}:-0.5")
    done = mused("paint", "a tree", *like, "-o", out, *QUICK)
    assert done.exit_code == 0, done.output
    prompts = read_recipe(out).settings.image_prompts
    assert prompts == ((tmp_path / "a.png", 1.0), (tmp_path / "b:2.png", -0.5))


def test_every_setting_has_an_option(mused: Callable[..., Result], tmp_path: Path) -> None:
    """But those that belong to the machine, and the start picture, which is --from."""
    machine = {"vqgan", "clip", "device", "precision", "threads", "start_picture"}
    for_one = {"width", "height", "image_prompts"}
    shown = mused("paint", "--help").output
    for name in set(Settings().plain()) - machine - for_one:
        assert f"--{name.replace('_', '-')}" in shown, name
    values = {
        "learning_rate": 0.1,
        "optimiser": "radam",
        "anchor": 1.5,
        "anchor_fade": 0.5,
        "total_variation": 0.5,
        "average": 0.9,
        "patience": 3,
        "sweep": 2,
        "progressive": 0.5,
        "start": "gradient",
        "cutouts": 2,
    }
    options = [each for key, value in values.items() for each in (f"--{key}", value)]
    arguments = [str(option).replace("_", "-") for option in options]
    out = tmp_path / "x.png"
    done = mused("paint", "a tree", "-o", out, *QUICK, *arguments)
    assert done.exit_code == 0, done.output
    assert read_recipe(out).settings.plain().items() >= values.items()


def test_the_numbers_in_the_help_are_those_that_are_taken(mused: Callable[..., Result]) -> None:
    shown = " ".join(mused("paint", "--help").output.split())
    usual, noise = Settings(), Settings(start="noise")
    for words in (
        f"{usual.steps} if nothing is set",
        f"{usual.width}x{usual.height} if nothing is set",
        f"{usual.start} if nothing is set",
        f"{usual.optimiser} if not given",
        f"{usual.cutouts} if not given",
        f"{usual.rate} over a sketch or a draft, {noise.rate} from noise",
        f"{usual.hold:g} over a sketch or a draft, {LOOSELY:g} where only published CLIPs judge",
    ):
        assert words in shown


def test_shipped_networks_have_a_name_whatever_is_configured(
    mused: Callable[..., Result], tmp_path: Path
) -> None:
    with (tmp_path / "mused.toml").open("a") as file:
        file.write('[painting]\nvqgan = "/none"\nclip = "/none"\ndrafter = "/none"\n')
    shipped = [each for kind in ("vqgan", "clip", "drafter") for each in (f"--{kind}", "shipped")]
    out = tmp_path / "x.png"
    done = mused("paint", "a tree", "-o", out, *shipped, "--start", "draft", *QUICK)
    assert done.exit_code == 0, done.output
    recipe = read_recipe(out)
    assert (recipe.settings.vqgan, recipe.settings.clip, recipe.settings.drafter) == (None,) * 3
    assert recipe.drafter is not None
    assert recipe.drafter.name == "drafter.safetensors"
    copy = shutil.copy(BUNDLED / "clip.safetensors", tmp_path / "mine.safetensors")
    assert chosen({"clip": ("shipped", str(copy))}) == {
        "clip": [str(BUNDLED / "clip.safetensors"), str(copy)]
    }


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["paint", "a boat", "--drafter", "unknown"], "there is no file unknown"),
        (["paint"], "say what to paint"),
        (["paint", "..."], "nothing to paint"),
        (["paint", "a boat", "--size", "big"], "is not WIDTHxHEIGHT"),
        (["paint", "a boat", "--size", "9x9", "-o", "x.png"], "width = 9"),
        (["paint", "a boat", "-o", "/nowhere/x.png"], "no folder /nowhere"),
        (["paint", "a boat", "--from", "/nowhere.png"], "does not exist"),
        (["paint", "a boat", "-o", "/tmp/x.gif"], "must end in .png, .jpg"),
        (["paint", "a boat", "--animation", "/tmp/x.avi"], "must end in .gif"),
        (["paint", "a", "--animation", "/tmp/x.gif", "--variations", "2"], "one picture"),
        (["paint", "a boat", "--animation", "/nowhere/x.gif"], "no folder /nowhere"),
        (["paint", "--vary", __file__, "--from", __file__], "take one"),
        (["paint", "--vary", __file__], "is no picture"),
        (["paint", "a boat", "--like", "/nowhere.png"], "no picture /nowhere.png"),
        (["paint", "a boat", "--like", "/nowhere.png:x"], "'x' is no weight"),
        (["paint", "a boat", "--like", f"{__file__}:0", "-o", "x.png"], "image_prompts is 0"),
        (["paint", "a boat", "--like", __file__, "-o", "x.png"], "is no picture"),
        (["paint", "a boat", "--average", "1", "-o", "x.png"], "average = 1"),
        (["inspect", __file__], "is no picture"),
        (["ask", "hello"], "mused is not running"),
        (["queue"], "mused is not running"),
        (["status"], "mused is not running"),
        (["train", "nothing"], "No such command"),
    ],
)
def test_errors_say_what_is_wrong(
    mused: Callable[..., Result], arguments: list[str], words: str
) -> None:
    result: Any = mused(*arguments)
    assert result.exit_code != 0
    assert words in result.output
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (["paitn", "a boat"], "paint"),
        (["train", "vqgn"], "vqgan"),
        (["cancel", "3"], "queue cancel"),
        (["pull"], "models pull"),
    ],
)
def test_a_mistyped_command_is_told_what_was_meant(
    mused: Callable[..., Result], typed: list[str], meant: str
) -> None:
    result = mused(*typed)
    assert result.exit_code == 2
    assert f"Did you mean {meant!r}?" in result.output


@pytest.mark.parametrize(("typed", "name"), [("paint", "--seed"), ("paitn", "paint")])
def test_a_shell_completes_whatever_was_typed_before(typed: str, name: str) -> None:
    completions = ShellComplete(main, {}, "mused", "_MUSED_COMPLETE")
    assert name in [each.value for each in completions.get_completions([typed], name[:3])]


@pytest.mark.parametrize("command", list(PLACES))
def test_every_command_explains_itself(mused: Callable[..., Result], command: str) -> None:
    result = mused(command, "--help")
    assert result.exit_code == 0
    assert len(result.output.splitlines()) > 5


def test_several_clips_guide_and_the_recipe_repeats_them(
    mused: Callable[..., Result], tmp_path: Path
) -> None:
    bundled = BUNDLED / "clip.safetensors"
    clips = [tmp_path / "one.safetensors", tmp_path / "two.safetensors"]
    for clip in clips:
        clip.write_bytes(bundled.read_bytes())
    first, second = tmp_path / "one.png", tmp_path / "two.png"
    done = mused("paint", "a red boat", "--clip", clips[0], "--clip", clips[1], "-o", first, *QUICK)
    assert done.exit_code == 0, done.output
    recipe = read_recipe(first)
    assert recipe.settings.clip == tuple(clips)
    assert [recipe.clip.name, *(each.name for each in recipe.more_clips)] == [
        "one.safetensors",
        "two.safetensors",
    ]
    assert "two.safetensors" in mused("inspect", first).stdout
    assert mused("paint", "--from", first, "-o", second).exit_code == 0
    with Image.open(first) as before, Image.open(second) as after:
        assert before.tobytes() == after.tobytes()


def test_a_disk_without_room_is_told_before_painting(
    mused: Callable[..., Result], disk: Callable[..., Path]
) -> None:
    place = disk("64k")
    done = mused("paint", "a boat", "-o", place / "boat.png", "--size", "256x256", "--steps", "0")
    assert done.exit_code == 1
    assert "0.1 MB are free" in done.output
    assert list(place.iterdir()) == []


def test_a_picture_is_kept_elsewhere_where_its_disk_has_filled_up(
    mused: Callable[..., Result],
    disk: Callable[..., Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    place = disk("256k")
    begin = Painting.begin

    def fill_and_begin(self: Painting, at_once: int) -> None:
        (place / "filler").write_bytes(bytes((256 - 4) * 1024))
        begin(self, at_once)

    monkeypatch.setattr(Painting, "begin", fill_and_begin)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    done = mused("paint", "a boat", "-o", place / "boat.png", *QUICK)
    assert done.exit_code == 1
    assert f"kept as {tmp_path / 'boat.png'}" in done.output
    assert read_recipe(tmp_path / "boat.png").steps_done == 3
    assert [each.name for each in place.iterdir()] == ["filler"]
