"""Fixtures for all rooms: the virtual room and the bundled recogniser."""

import os
from collections.abc import Iterator

import pytest

from mused.daemon.hearing.model import Model
from mused.daemon.service.room import Room

# Several tests, each with processes of its own, share few cores, where the threads of one
# torch wait for each other, and burn a core with that. Both hold from when torch is imported,
# here and in all children.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


@pytest.fixture
def room() -> Iterator[Room]:
    """A private sound server; a missing PulseAudio fails the test with the way to get it."""
    with Room() as room:
        yield room


@pytest.fixture(scope="session")
def vosk_model() -> Model:
    """The bundled model, loaded once."""
    return Model()
