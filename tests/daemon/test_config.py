import os
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner
from pydantic import BaseModel

from mused.daemon import config, paths
from mused.daemon.commands import main
from mused.daemon.errors import ConfigError


def written(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "mused.toml"
    file.write_text(text)
    return file


def test_no_file_gives_the_defaults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONFIGURATION_DIRECTORY", str(tmp_path))
    assert config.load().hearing.wake_phrases == ("computer",)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[hearing]\nwake_phrase = "x"', "unknown key 'hearing.wake_phrase', did you mean 'wake_"),
        ('model = "vosk"', "unknown key 'model', does it belong under [hearing]?"),
        (
            '[hearing]\nwake_phrases = "x"',
            "wake_phrases = 'x': it must be a list, such as [\"one\"",
        ),
        ("[hearing]\nwake_phrases = []", "wake_phrases: it must not be empty"),
        ("[hearing]\nmodel = vosk", "line 2, column 9): text needs quotes"),
        ("[paintin]\nsteps = 1", "unknown key 'paintin', did you mean 'painting'?"),
        ("[painting]\nsteps = -1", "painting.steps = -1: it must be at least 0"),
        ("[painting]\nsteps = 1.5", "painting.steps = 1.5: it must be a whole number"),
        ('[painting]\nsteps = "many"', "painting.steps = 'many': it must be a whole number"),
        ("[painting]\nsteps = 1e30", "painting.steps = 1e+30: it must be a whole number of fewer"),
        ("[painting]\nsteps = inf", "painting.steps = inf: it must be a finite number"),
        ('[painting]\nstart = "skech"', "start = 'skech': it must be 'sketch', 'draft', 'noise'"),
        ("painting = 3", "painting = 3: it must be a section: its name in [brackets] on a line"),
        ("[speaking]\nvolume = 3", "speaking.volume = 3: it must be at most 1"),
        ('[speaking]\nvolume = "low"', "speaking.volume = 'low': it must be a number"),
        ("[speaking]\nvoice = 3", "speaking.voice = 3: it must be text in quotes"),
        ('[speaking]\nearcons = "maybe"', "speaking.earcons = 'maybe': it must be true or false"),
        ("[folders]\ninbox = 3", "folders.inbox = 3: it must be text in quotes"),
        ("[painting]\nidle_minutes = 0", "painting.idle_minutes = 0: it must be more than 0"),
        ("[hearing]\nwake_confidence = 2", "hearing.wake_confidence"),
        ("[hearing]\nwake_phrases = []", "hearing.wake_phrases"),
        ('[hearing]\nwake_phrases = [" "]', "hearing.wake_phrases.0"),
        ("[hearing\n", "mused.toml"),
        ('[speaking]\nsink = "nonne"', "nonne must be an absolute path"),
        ('state = "here"', "here must be an absolute path"),
        ('[skills]\nclock = "on"', "skills.clock"),
        ('[folders]\ninbox = "/x"\ngallery = "/x/../x"', "another folder"),
        ('[folders]\ninbox = "/x"\ngallery = "/x/done"', "gallery: /x/done is the inbox's own"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ConfigError) as error:
        config.load(written(tmp_path, text))
    assert words in str(error.value)
    assert "mused.toml" in str(error.value)


def test_a_missing_file_that_was_asked_for_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no\.toml"):
        config.load(tmp_path / "no.toml")


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    (tmp_path / "mused.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match=r"mused\.toml: byte 1 is no letter in UTF-8: save"):
        config.load(tmp_path / "mused.toml")


def test_a_tilde_is_the_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    file = written(tmp_path, '[folders]\ninbox = "~/in"')
    assert config.load(file).folders.inbox == Path("/home/me/in")


def test_systemd_directories_win(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path / "state"))
    monkeypatch.setenv("RUNTIME_DIRECTORY", f"{tmp_path / 'run'}:/elsewhere")
    assert paths.state() == tmp_path / "state"
    assert config.Config().folders.gallery == tmp_path / "state" / "gallery"
    assert config.Config().control.socket == tmp_path / "run" / "mused.sock"


def test_without_a_session_the_socket_is_private(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("XDG_RUNTIME_DIR", "RUNTIME_DIRECTORY"):
        monkeypatch.delenv(variable, raising=False)
    assert paths.runtime() == paths.state() / "run"


def test_a_session_of_another_user_is_none_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RUNTIME_DIRECTORY", raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    tmp_path.chmod(0o755)
    assert paths.runtime() == tmp_path / "mused"
    for other in (another_users(tmp_path / "other"), tmp_path / "missing", written(tmp_path, "")):
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(other))
        assert paths.runtime() == paths.state() / "run"


def another_users(folder: Path) -> Path:
    if os.geteuid():
        return Path("/usr")
    folder.mkdir(mode=0o700)
    os.chown(folder, 1, 1)
    return folder


def test_shown_configuration_can_be_loaded_and_explains_every_key(tmp_path: Path) -> None:
    text = '[hearing]\nwake_phrases = ["hey \\"muse\\""]\n[skills.clock]\na = 1\nb = {c = [2]}\n'
    file = written(tmp_path, text)
    shown = CliRunner().invoke(main, ["--config", str(file), "config"])
    assert shown.exit_code == 0, shown.output
    assert config.load(written(tmp_path, shown.output)) == config.load(file)
    assert tomllib.loads(shown.output)["hearing"]["wake_phrases"] == ['hey "muse"']


def test_every_setting_has_a_meaning() -> None:
    def undocumented(section: type[BaseModel]) -> list[str]:
        found = []
        for key, field in section.model_fields.items():
            kind = field.annotation
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                found += undocumented(kind)
            elif not field.description:
                found.append(f"{section.__name__}.{key}")
        return found

    assert undocumented(config.Config) == []


def test_an_existing_file_is_replaced_only_when_asked(tmp_path: Path) -> None:
    file = tmp_path / "mused.toml"
    file.write_text("# my own notes\n")
    refused = CliRunner().invoke(main, ["config", "-o", str(file)])
    assert refused.exit_code == 1
    assert "--force" in refused.output
    assert file.read_text() == "# my own notes\n"
    assert CliRunner().invoke(main, ["config", "-o", str(file), "--force"]).exit_code == 0
    assert "[hearing]" in file.read_text()


def test_a_model_is_a_path_or_a_name(tmp_path: Path) -> None:
    file = written(
        tmp_path, '[hearing]\nmodel = "vosk-small-en-us"\n[painting]\nvqgan = "/a/b.ckpt"\n'
    )
    settings = config.load(file)
    assert settings.hearing.model == Path("vosk-small-en-us")
    assert settings.painting.chosen()["vqgan"] == "/a/b.ckpt"
    with pytest.raises(ConfigError, match=r"a/b must be an absolute path or .* a name of"):
        config.load(written(tmp_path, '[painting]\nclip = "a/b"'))


def test_models_lie_with_the_data_or_the_state_of_a_service(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("STATE_DIRECTORY", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", "/data")
    assert paths.models() == Path("/data/mused/models")
    monkeypatch.setenv("STATE_DIRECTORY", "/var/lib/mused:/var/lib/other")
    assert paths.models() == Path("/var/lib/mused/models")


def test_one_clip_or_several(tmp_path: Path) -> None:
    file = tmp_path / "mused.toml"
    for value, chosen in (('"a"', "a"), ('["/b.pt", "a"]', ["/b.pt", "a"])):
        file.write_text(f"[painting]\nclip = {value}\n")
        assert config.load(file).painting.chosen()["clip"] == chosen
    file.write_text('[painting]\nclip = ["a", "b/c"]\n')
    with pytest.raises(ConfigError, match=r"painting\.clip\.1: b/c must be an absolute path"):
        config.load(file)
