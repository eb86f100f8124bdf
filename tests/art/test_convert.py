import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from mused.art import convert
from mused.art.clip import Clip, ClipConfig
from mused.art.vqgan import VQGAN
from mused.art.weights import load_clip, load_vqgan

PUBLISHED = ClipConfig(16, 64, 1, 64, 32, 77, 49408, 64, 1, 1)


@pytest.fixture
def converted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., dict[str, Any]]:
    """What the module says of a conversion of "in.ckpt" to "out.safetensors"."""

    def run(kind: str | None = None) -> dict[str, Any]:
        arguments = [str(tmp_path / "in.ckpt"), str(tmp_path / "out.safetensors"), kind]
        monkeypatch.setattr(sys, "argv", ["-c", *map(json.dumps, arguments)])
        convert.main()
        answer: dict[str, Any] = json.loads(capsys.readouterr().out)
        return answer

    return run


def test_both_networks_are_told_apart_and_no_number_changes(
    vqgan: VQGAN, clip: Clip, tmp_path: Path, converted: Callable[..., dict[str, Any]]
) -> None:
    torch.save({"state_dict": vqgan.state_dict()}, tmp_path / "in.ckpt")
    assert converted()["kind"] == "vqgan"
    state = load_vqgan(tmp_path / "out.safetensors").state_dict()
    assert all(torch.equal(state[k], v) for k, v in vqgan.state_dict().items())
    wide = Clip(PUBLISHED).eval().model.state_dict()
    torch.save(wide, tmp_path / "in.ckpt")
    assert converted()["shape"] == "vision transformer, patches of 32, pictures of 64"
    state = load_clip(tmp_path / "out.safetensors").model.state_dict()
    assert all(torch.equal(state[k], v) for k, v in wide.items())


def test_the_wrong_kind_is_told_with_what_was_expected_and_found(
    vqgan: VQGAN, tmp_path: Path, converted: Callable[..., dict[str, Any]]
) -> None:
    torch.save(vqgan.state_dict(), tmp_path / "in.ckpt")
    answer = converted("clip")
    assert answer["is_bad"]
    assert "in.ckpt is no clip: it lacks" in answer["error"]
    assert "it has decoder.conv_in" in answer["error"]
    assert not (tmp_path / "out.safetensors").exists()


def test_a_disk_that_refuses_is_not_the_fault_of_the_file(
    vqgan: VQGAN, tmp_path: Path, converted: Callable[..., dict[str, Any]]
) -> None:
    torch.save(vqgan.state_dict(), tmp_path / "in.ckpt")
    (tmp_path / "out.safetensors").mkdir()
    answer = converted()
    assert "is_bad" not in answer
    assert "cannot be converted" in answer["error"]
