import shutil
from pathlib import Path

import pytest

from mused.daemon.errors import ModelError
from mused.daemon.hearing.model import BUNDLED, Model


def copy_of_bundled(folder: Path) -> Path:
    return Path(shutil.copytree(BUNDLED, folder / "model"))


def test_the_bundled_model_knows_itself(vosk_model: Model, tmp_path: Path) -> None:
    assert vosk_model.is_bundled
    assert not Model(copy_of_bundled(tmp_path)).is_bundled


def test_missing_words_are_found(vosk_model: Model) -> None:
    assert vosk_model.missing_words(["computer", "zyzzyva", "stop"]) == ["zyzzyva"]


def test_a_phrase_with_a_missing_word_is_refused_with_its_purpose(vosk_model: Model) -> None:
    with pytest.raises(ModelError, match=r"'generat' of a trigger, near it: .*generate"):
        vosk_model.check_vocabulary({"a trigger": ["please generat"], "the wake": ["computer"]})


def test_a_missing_folder_is_told_with_the_next_step(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="mused models pull vosk-small-en-us"):
        Model(tmp_path / "nowhere")


@pytest.mark.parametrize("name", ["am/final.mdl", "conf/mfcc.conf", "graph/Gr.fst"])
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    folder = copy_of_bundled(tmp_path)
    (folder / name).unlink()
    with pytest.raises(ModelError, match=f"lacks {name}"):
        Model(folder)


def test_a_static_graph_is_refused_because_it_cannot_wake(tmp_path: Path) -> None:
    folder = copy_of_bundled(tmp_path)
    (folder / "graph" / "HCLG.fst").touch()
    with pytest.raises(ModelError, match="static graph"):
        Model(folder)


def test_a_damaged_file_is_an_error_not_a_crash(tmp_path: Path) -> None:
    folder = copy_of_bundled(tmp_path)
    (folder / "am" / "final.mdl").write_bytes(b"\0B<garbage>")
    with pytest.raises(ModelError, match="cannot load"):
        Model(folder)
