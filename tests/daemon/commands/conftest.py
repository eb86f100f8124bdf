"""Fixtures for the commands: one called in this process, with a configuration of its own."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from mused.daemon.commands import main


@pytest.fixture
def own_folders(tmp_path: Path) -> list[str]:
    """Arguments that lead to no daemon, and keep nothing outside of `tmp_path`."""
    file = tmp_path / "mused.toml"
    file.write_text(
        f'state = "{tmp_path}/state"\n[folders]\ngallery = "{tmp_path}/gallery"\n'
        f'[control]\nsocket = "{tmp_path}/mused.sock"\n'
    )
    return ["--config", str(file)]


@pytest.fixture
def mused(own_folders: list[str]) -> Callable[..., Result]:
    return lambda *more: CliRunner().invoke(main, [*own_folders, *map(str, more)])


@pytest.fixture
def one_thread() -> Iterator[None]:
    """Several test runs share two cores, where torch's threads wait for each other."""
    import torch

    usual = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(usual)
