"""What a prompt file may say, and what the person is told when it may not."""

import contextlib
import json
import os
import resource
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mused.art.settings import Settings
from mused.daemon.folders.prompt_file import (
    LARGEST,
    PromptFileError,
    PromptRequest,
    PromptTable,
    read_requests,
)


def requests(folder: Path, name: str, content: str | bytes) -> list[PromptRequest]:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_requests(path, name, (folder,))


def test_a_line_is_a_prompt(tmp_path: Path) -> None:
    text = "\ufeff# my prompts\r\n\r\n  a red boat  \r\na tree:2 | fog:-0.5\n  # not this\n日本 🎨"
    assert requests(tmp_path, "w.TXT", text) == [
        PromptRequest("a red boat", line=3),
        PromptRequest("a tree:2 | fog:-0.5", line=4),
        PromptRequest("日本 🎨", line=6),
    ]


def test_toml_gives_settings(tmp_path: Path) -> None:
    text = 'prompt = "a boat"\nsize = "256X192"\nsteps = 30\nseed = 4\nstart = "noise"\n'
    assert requests(tmp_path, "w.toml", text) == [
        PromptRequest(
            "a boat", {"width": 256, "height": 192, "steps": 30, "seed": 4, "start": "noise"}
        )
    ]
    assert requests(tmp_path, "w.toml", 'prompt = "a boat"\nwidth = 64') == [
        PromptRequest("a boat", {"width": 64})
    ]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("w.toml", 'prompt = "a boat"\nsteeps = 3', "'steeps', did you mean 'steps'"),
        ("w.toml", 'prompt = "a boat"\nsteps = -1', "steps = -1: it must be at least 0"),
        ("w.toml", 'prompt = "a boat"\nsize = "big"', '^size: it must look like "256x192"$'),
        ("w.toml", 'prompt = "a boat"\nsize = 256', '^size: it must look like "256x192"$'),
        ("w.toml", 'prompt = "a boat"\nsize = "256x256"\nwidth = 64', "either size or width"),
        ("w.toml", 'prompt = "a boat"\nsize = "9000x64"', "^size: width = 9000 .*4096"),
        (
            "w.toml",
            'prompt = "a boat"\nstart = "/etc/passwd"',
            "start = '/etc/passwd': it must be 'sketch', 'draft'",
        ),
        ("w.toml", 'prompt = "a boat"\nsweep = 0', "^sweep: 0 is not between 1 and 64$"),
        ("w.toml", 'prompt = "a boat"\nlearning_rate = nan', "learning_rate: nan is not"),
        ("w.toml", 'prompt = "a"\nimage_prompts = [["x.png", 1]]', "must be an absolute path"),
        ("w.toml", 'prompt = "a"\nimage_prompts = [["~nobody-is/x", 1]]', "home"),
        ("w.toml", 'prompt = "a"\nimage_prompts = [["/x.png", nan]]', "a weight of image_prompts"),
        ("w.toml", "steps = 3", "prompt: Field required"),
        ("w.toml", 'prompt = ["a", "b"]', "prompt: it must be text in quotes"),
        ("w.toml", 'prompt = "a boat', "not valid TOML"),
        ("w.toml", "a = " + "[" * 5000, "not valid TOML: .*recursion"),
        ("w.toml", "steps = " + "9" * 5000, "not valid TOML: .*digits"),
        ("w.toml", 'prompt = "  "', "prompt is empty"),
        ("w.txt", "a boat\n...\n", "line 2: There is nothing to paint"),
        ("w.txt", "# nothing\n\n", "no prompt in it"),
        ("w.txt", "", "no prompt in it"),
        ("w.txt", b"a b\xffat", "byte 4 is no letter in UTF-8"),
        ("w.txt", b"a\0b", "zero bytes"),
        ("w.txt", "a boat\n" * 101, "101 prompts, at most 100"),
        ("w.txt", b"x" * (LARGEST + 1), "larger than 64 KiB"),
        ("w.png", b"\x89PNG", "drop a .txt or .toml file"),
        ("w.docx", "a boat", "^a .docx file is not read here"),
        ("README", "a boat", "^a file without a suffix is not read here"),
    ],
)
def test_a_refusal_says_what_to_change(
    tmp_path: Path, name: str, content: str | bytes, words: str
) -> None:
    with pytest.raises(PromptFileError, match=words):
        requests(tmp_path, name, content)


def test_everything_wrong_with_a_table_is_told_at_once(tmp_path: Path) -> None:
    text = """prompt = "..."
    size = "huge"
    width = "x"
    steps = -1
    image_prompts = [["/etc/motd", 0.5]]
    anchor = "strong"
    sweep = 0
    cutouts = 9000
    steeps = 3
    """
    with pytest.raises(PromptFileError) as refusal:
        requests(tmp_path, "w.toml", text)
    told = str(refusal.value).split("; ")
    assert [each.partition(":")[0].partition(" ")[0] for each in told[:-1]] == [
        "prompt", "width", "size", "steps", "image_prompts", "cutouts", "anchor", "sweep"
    ]  # fmt: skip
    assert told[2] == "size: give either size or width and height"
    assert "did you mean 'steps'" in told[-1]


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("a boat")
    (tmp_path / "w.txt").symlink_to(tmp_path / "secret.txt")
    with pytest.raises(PromptFileError, match="symbolic link"):
        read_requests(tmp_path / "w.txt", "w.txt", (tmp_path,))


@pytest.mark.parametrize(
    ("named", "words"),
    [
        ("inbox/pictures/sea.png", None),
        ("gallery/sea.png", None),
        ("home/sea.png", "does not lie in .*inbox or in .*gallery: copy it there"),
        ("inbox/../home/sea.png", "does not lie in"),
        ("inbox/sea.png", r"inbox/sea\.png is a link: name what it leads to"),
        ("inbox/home/sea.png", "inbox/home is a link"),
        ("gallery/none.png", "cannot be read: .*No such file"),
        ("gallery/sea.png/sea.png", "cannot be read: .*Not a directory"),
        ("gallery/" + "x" * 300, "cannot be read: .*too long"),
        (r"gallery/\u0000.png", "cannot be read: .*null"),
        ("gallery", "is no file"),
        ("inbox/pipe", "is no file"),
    ],
)
def test_only_pictures_in_our_folders_may_be_named(
    tmp_path: Path, named: str, words: str | None
) -> None:
    inbox, gallery, home = (tmp_path / name for name in ("inbox", "gallery", "home"))
    for folder in (inbox, gallery, home, inbox / "pictures"):
        folder.mkdir()
    for folder in (home, gallery, inbox / "pictures"):
        (folder / "sea.png").touch()
    (inbox / "sea.png").symlink_to(home / "sea.png")
    (inbox / "home").symlink_to(home)
    os.mkfifo(inbox / "pipe")
    file = inbox / "w.toml"
    file.write_text(f'prompt = "a boat"\nimage_prompts = [["{tmp_path}/{named}", 0.5]]')
    if words is None:
        [request] = read_requests(file, file.name, (inbox, gallery))
        assert request.settings == {"image_prompts": [[f"{tmp_path}/{named}", 0.5]]}
        return
    with pytest.raises(PromptFileError, match=words):
        read_requests(file, file.name, (inbox, gallery))


def test_where_no_folder_has_pictures_none_may_be_named() -> None:
    with pytest.raises(PromptFileError, match=r"/a\.png cannot be named: there is no folder"):
        PromptTable.read('prompt = "a"\nimage_prompts = [["/a.png", 0.5]]', ())


def test_a_machine_short_of_files_refuses_nothing(tmp_path: Path) -> None:
    (tmp_path / "w.txt").write_text("a boat")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
    try:
        with pytest.raises(OSError, match="Too many open files"):
            read_requests(tmp_path / "w.txt", "w.txt", (tmp_path,))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@given(st.binary(max_size=300))
def test_no_content_is_a_surprise(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "fuzz.toml"
    path.write_bytes(content)
    for name in ("w.toml", "w.txt"):
        with contextlib.suppress(PromptFileError):
            found = read_requests(path, name, ())
            assert all(each.prompt.strip() for each in found)


def test_every_key_of_the_table_is_a_setting_of_the_painter(tmp_path: Path) -> None:
    picture = tmp_path / "a.png"
    picture.touch()
    values = {
        "image_prompts": ((str(picture), 0.5),),
        "width": 64,
        "height": 64,
        "steps": 1,
        "seed": 1,
        "start": "gradient",
        "learning_rate": 0.1,
        "optimiser": "adamw",
        "cutouts": 4,
        "anchor": 1.5,
        "anchor_fade": 0.5,
        "total_variation": 0.1,
        "average": 0.9,
        "patience": 10,
        "sweep": 2,
        "progressive": 0.6,
        "deterministic": True,
        "clip": ["clip-vit-b32", "clip-vit-b16"],
    }
    table = PromptTable.model_validate({"prompt": "a", **values}, context=(tmp_path,))
    read = Settings.read(json.loads(json.dumps(table.settings())))
    assert read.image_prompts == ((picture, 0.5),)
    assert read.clips == (Path("clip-vit-b32"), Path("clip-vit-b16"))
    del values["image_prompts"], values["clip"]
    assert {name: getattr(read, name) for name in values} == values
    assert set(PromptTable.model_fields) == {"prompt", "size", *table.settings()}


def test_clips_are_named_and_no_file_is() -> None:
    table = PromptTable.read('prompt = "a"\nclip = "clip-vit-b32"', ())
    assert Settings.read(table.settings()).clips == (Path("clip-vit-b32"),)
    for other in ('"/etc/passwd"', '["clip-vit-b32", "~/b.pt"]'):
        with pytest.raises(PromptFileError, match=r"clip: .* is no name of `mused models list`"):
            PromptTable.read(f'prompt = "a"\nclip = {other}', ())
