"""A GPU that fails in mid-painting; there is none here, so its error is raised by hand."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Protocol

import pytest
import torch

from mused.art import frozen
from mused.art.errors import DeviceLostError
from mused.art.memory import is_device_lost, is_out_of_memory
from mused.art.painter import Painter
from mused.art.progress import Watch
from mused.art.settings import Settings

LOST = (
    "CUDA error: unspecified launch failure",
    "CUDA error: an illegal memory access was encountered",
    "CUDA error: uncorrectable ECC error encountered",
    "CUDA error: device-side assert triggered",
    "cuDNN error: CUDNN_STATUS_EXECUTION_FAILED",
    "CUDA error: CUBLAS_STATUS_EXECUTION_FAILED when calling `cublasSgemm(...)`",
)


class Files(Protocol):
    """The fixture `weights`."""

    vqgan: Path
    clip: Path


@pytest.mark.parametrize("words", LOST)
def test_a_lost_gpu_is_known_by_what_torch_says(words: str) -> None:
    assert is_device_lost(RuntimeError(words))
    assert not is_out_of_memory(RuntimeError(words))


def test_short_memory_and_bugs_are_no_lost_gpu() -> None:
    for words in ("CUDA error: out of memory", "CUDA error: CUBLAS_STATUS_ALLOC_FAILED", "shape"):
        assert not is_device_lost(RuntimeError(words))
    assert not is_device_lost(torch.OutOfMemoryError("CUDA out of memory"))
    assert not is_device_lost(ValueError(LOST[0]))


def test_the_painting_ends_in_words(
    painter: Painter, small: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError(LOST[0])

    monkeypatch.setattr(frozen, "embed", fail)
    with pytest.raises(DeviceLostError, match="The GPU was lost while painting: CUDA error"):
        painter.paint_many([("a boat", small), ("a lake", small)], lambda _: Watch())


WORKER = f"""
import sys
from mused.art import frozen, worker
really, looked = frozen.embed, []
def embed(*what):
    looked.append(what)
    if len(looked) > 40:
        raise RuntimeError({LOST[0]!r})
    return really(*what)
frozen.embed = embed
from functools import partial
from mused.art import painter, progress
progress.Watch = partial(progress.Watch, checkpoint_seconds=0.0)
worker.main()
"""


def test_the_worker_ends_and_the_next_one_goes_on(weights: Files, tmp_path: Path) -> None:
    request = {
        "do": "paint",
        "job": "j",
        "prompt": "a red boat",
        "settings": {
            "width": 32,
            "height": 32,
            "steps": 50,
            "start": "noise",
            "cutouts": 2,
            "threads": 1,
            "vqgan": str(weights.vqgan),
            "clip": str(weights.clip),
        },
        "picture": str(tmp_path / "j.png"),
        "checkpoint": str(tmp_path / "j.ckpt"),
    }

    def work(*program: str) -> tuple[int, list[dict[str, object]]]:
        process = subprocess.Popen(
            [sys.executable, *program],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        with process:
            process.stdin.write(json.dumps(request).encode() + b"\n")
            process.stdin.flush()
            heard: list[dict[str, object]] = []
            for line in process.stdout:
                heard.append(json.loads(line))
                if heard[-1]["event"] in ("done", "failed"):
                    process.stdin.close()
                    break
            process.stdout.read()
        return process.returncode, heard

    status, heard = work("-c", WORKER)
    assert status == DeviceLostError.exit_status
    assert "failed" not in [each["event"] for each in heard], "it is not the job's fault"
    status, heard = work("-m", "mused.art.worker")
    assert (status, heard[-1]["event"]) == (0, "done")
    [started] = [each["resumed_at"] for each in heard if each["event"] == "started"]
    assert started == 40
