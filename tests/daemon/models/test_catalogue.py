import re

import pytest

from mused.daemon.errors import StoreError
from mused.daemon.models.catalogue import KINDS, NAME, catalogue, check_name, entry


def test_the_catalogue_says_all_there_is_to_know() -> None:
    assert {each.kind for each in catalogue().values()} == set(KINDS)
    for name, each in catalogue().items():
        assert NAME.fullmatch(name)
        assert each.url.startswith("https://")
        assert all((each.use, each.licence, each.page, each.bytes)), name


def test_a_hash_stands_only_with_the_page_that_states_it() -> None:
    for name, each in catalogue().items():
        assert (each.sha256 is None) is (each.stated == ""), name
        if each.sha256 is not None:
            assert re.fullmatch("[0-9a-f]{64}", each.sha256), name
            assert each.stated.startswith("https://"), name


def test_openai_states_its_hashes_in_its_addresses() -> None:
    for each in catalogue().values():
        if each.kind == "clip":
            assert each.url.split("/")[-2] == each.sha256


def test_a_near_name_is_proposed() -> None:
    assert entry("vqgan-f16-16384").kind == "vqgan"
    with pytest.raises(StoreError, match="did you mean vosk-small-en-us"):
        entry("vosk-small-en-u")
    with pytest.raises(StoreError, match="mused models list"):
        entry("zzz")


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../x", "a/b", ".hidden", "-x", "A", "x" * 65, "ä", "last.ckpt"]
)
def test_no_model_is_called_like_a_path(name: str) -> None:
    with pytest.raises(StoreError, match="cannot be a model's name"):
        check_name(name)
