"""Fixtures for all rooms: the virtual room and the bundled recogniser."""

from collections.abc import Iterator

import pytest

from mused.daemon.hearing.model import Model
from mused.daemon.service.room import Room


@pytest.fixture
def room() -> Iterator[Room]:
    """A private sound server; a missing PulseAudio fails the test with the way to get it."""
    with Room() as room:
        yield room


@pytest.fixture(scope="session")
def vosk_model() -> Model:
    """The bundled model, loaded once."""
    return Model()
