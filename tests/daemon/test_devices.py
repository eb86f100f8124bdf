"""What a name means where sound cards are there, of which a made-up list stands for the real one.

(With a real PortAudio and sound server: hearing/test_microphone.py, doctor/test_devices.py.)
"""

from typing import Any

import pytest

from mused.daemon import devices
from mused.daemon.errors import DeviceError
from mused.daemon.service.room import Room


class Cards:
    """PortAudio's list on a machine with two cards."""

    def __init__(self, *names: str) -> None:
        self.names = names

    def query_devices(self, kind: str | None = None) -> Any:
        found = [
            {"index": index, "name": name, "max_input_channels": 2, "max_output_channels": 2}
            for index, name in enumerate(self.names)
        ]
        return found[-1] if kind else found


USB = "Blue Yeti: USB Audio (hw:1,0)"


@pytest.fixture
def with_a_yeti(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in room.environment.items():
        monkeypatch.setenv(name, value)
    room.pactl("load-module", "module-null-source", "source_name=usb_yeti", "description=blue_yeti")


@pytest.mark.usefixtures("with_a_yeti")
def test_the_sound_server_goes_before_the_hardware_that_it_holds() -> None:
    choice = devices.choose(Cards(USB, "pulse", "default"), "input", "yeti")
    assert (choice.device["name"], choice.name) == ("pulse", "usb_yeti")
    choice = devices.choose(Cards(USB, "pulse", "default"), "output", "yeti")
    assert choice.name == USB


@pytest.mark.usefixtures("with_a_yeti")
def test_without_a_way_to_the_server_the_hardware_is_taken() -> None:
    assert devices.choose(Cards(USB, "default"), "input", "YETI").name == USB


@pytest.mark.usefixtures("with_a_yeti")
def test_what_alsa_defines_by_a_name_goes_before_the_server() -> None:
    assert devices.choose(Cards(USB, "my_yeti", "pulse"), "input", "yeti").name == "my_yeti"


def test_the_default_and_none_at_all() -> None:
    assert devices.choose(Cards(USB, "default"), "input", None).name == "default"
    with pytest.raises(DeviceError, match="there is no speaker"):
        devices.choose(Cards(), "output", None)
