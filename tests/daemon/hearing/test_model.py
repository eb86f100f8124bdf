import shutil
import struct
from pathlib import Path

import pytest

from mused.daemon.errors import ModelError
from mused.daemon.hearing.model import BUNDLED, Model
from mused.daemon.hearing.symbols import symbols_of


def copy_of_bundled(folder: Path) -> Path:
    return Path(shutil.copytree(BUNDLED, folder / "model"))


def test_the_bundled_model_knows_itself(vosk_model: Model, tmp_path: Path) -> None:
    assert vosk_model.is_bundled
    assert not Model(copy_of_bundled(tmp_path)).is_bundled


def test_missing_words_are_found(vosk_model: Model) -> None:
    assert vosk_model.missing_words(["computer", "zyzzyva", "stop"]) == ["zyzzyva"]


def test_a_phrase_with_a_missing_word_is_refused_with_its_purpose(vosk_model: Model) -> None:
    with pytest.raises(ModelError, match=r"'generat' of a trigger, which sounds like: generate"):
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


def with_words_inside(folder: Path) -> Path:
    """The bundled model as most of Vosk's small ones are: its words within ``Gr.fst``."""
    copy = copy_of_bundled(folder)
    text = (copy / "graph" / "words.txt").read_text().split()
    table = struct.pack("<ii5sqq", 2125658996, 5, b"words", len(text) // 2, len(text) // 2)
    for word, number in zip(text[::2], text[1::2], strict=True):
        table += struct.pack(f"<i{len(word.encode())}sq", len(word), word.encode(), int(number))
    grammar = (copy / "graph" / "Gr.fst").read_bytes()
    flags, header = 4 + 4 + len("const") + 4 + len("standard") + 4, 4 + 4 + 5 + 4 + 8 + 40
    assert grammar[flags : flags + 4] == bytes(4)
    changed = grammar[:flags] + struct.pack("<i", 2) + grammar[flags + 4 : header]
    (copy / "graph" / "Gr.fst").write_bytes(changed + table + grammar[header:])
    (copy / "graph" / "words.txt").unlink()
    return copy


def test_words_inside_the_grammar_are_read_as_vosk_reads_them(
    vosk_model: Model, tmp_path: Path
) -> None:
    model = Model(with_words_inside(tmp_path))
    assert model.missing_words(["computer", "zyzzyva"]) == ["zyzzyva"]
    assert model.vocabulary() == vosk_model.vocabulary()
    assert "commuter" in model.decoys("computer")


@pytest.mark.parametrize("odd", [b"", b"\0" * 100, b"\xd6\xfd\xb2\x7e\xff\xff\xff\x7fconst"])
def test_a_grammar_without_readable_words_has_none(tmp_path: Path, odd: bytes) -> None:
    (tmp_path / "Gr.fst").write_bytes(odd)
    assert symbols_of(tmp_path / "Gr.fst") == []
    assert symbols_of(tmp_path / "nowhere") == []
