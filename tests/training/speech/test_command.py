from pathlib import Path

import pytest
from click.testing import CliRunner

from mused.training.speech.command import speech


def test_help_names_what_must_be_installed() -> None:
    result = CliRunner().invoke(speech, ["--help"])
    assert result.exit_code == 0
    assert "festvox-kallpc16k" in result.output


@pytest.mark.parametrize(
    "arguments", [["--minutes", "1", "--steps", "5"], ["--steps", "0"], ["--minutes", "-1"]]
)
def test_options_that_make_no_sense_are_refused(arguments: list[str], tmp_path: Path) -> None:
    result = CliRunner().invoke(speech, ["--work", str(tmp_path), *arguments])
    assert result.exit_code == 2
    assert list(tmp_path.iterdir()) == []


def test_a_missing_synthesizer_is_a_plain_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    result = CliRunner().invoke(
        speech, ["--quick", "--work", str(tmp_path / "work"), "--out", str(tmp_path / "out")]
    )
    assert result.exit_code == 1
    assert "Error: flite is missing: apt install flite" in result.output
    assert not (tmp_path / "out").exists()
