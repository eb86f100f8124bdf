"""Finding GPUs without torch; the device files are made in a folder, for no GPU is here."""

from pathlib import Path

import pytest

from mused.daemon.jobs import devices
from mused.daemon.jobs.devices import Device, choose


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A root folder in which /dev and /proc are looked for."""
    monkeypatch.setattr(devices, "Path", lambda path: tmp_path / path.lstrip("/"))
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    (tmp_path / "dev").mkdir()
    return tmp_path


def names(found: list[Device]) -> list[str]:
    return [device.environment.get("CUDA_VISIBLE_DEVICES", "unset") for device in found]


def test_a_machine_without_gpus_has_one_painter(machine: Path) -> None:
    [device] = choose(None)
    assert device == Device("auto")
    assert not device.is_gpu


def test_every_device_file_of_a_gpu_is_a_painter(machine: Path) -> None:
    for name in ("nvidia0", "nvidia1", "nvidiactl", "nvidia-uvm"):
        (machine / "dev" / name).touch()
    assert names(choose(None)) == ["0", "1"]
    assert all(device.is_gpu for device in choose(None))


def test_what_the_driver_lists_counts_before_the_first_use(machine: Path) -> None:
    for name in ("0000:01:00.0", "0000:41:00.0", "0000:81:00.0"):
        (machine / "proc" / "driver" / "nvidia" / "gpus" / name).mkdir(parents=True)
    assert names(choose(None)) == ["0", "1", "2"]


@pytest.mark.parametrize(
    ("visible", "found"),
    [
        ("1", ["1"]),
        ("2, GPU-8f1c,MIG-1", ["2", "GPU-8f1c", "MIG-1"]),
        ("0,-1,1", ["0"]),
        ("", ["unset"]),
        ("-1", ["unset"]),
    ],
)
def test_what_the_user_made_visible_is_respected(
    machine: Path, monkeypatch: pytest.MonkeyPatch, visible: str, found: list[str]
) -> None:
    (machine / "dev" / "nvidia0").touch()
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert names(choose(None)) == found


def test_chosen_devices_are_taken_as_they_are(machine: Path) -> None:
    (machine / "dev" / "nvidia0").touch()
    assert names(choose(["cpu", "cpu", "1"])) == ["", "", "1"]
    assert not choose(["cpu"])[0].is_gpu
