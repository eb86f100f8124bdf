"""The words inside a Vosk model's grammar, where there is no ``words.txt`` beside it.

OpenFst's binary header and symbol table: fst/fst.cc (FstHeader) and fst/symbol-table.cc.
"""

import struct
from pathlib import Path

_FST_MAGIC = 2125659606
_TABLE_MAGIC = 2125658996
_TABLES = 0x1 | 0x2  # flags: there are input symbols, there are output symbols


def symbols_of(file: Path) -> list[str]:
    """The symbols of the first table in an OpenFst file; none where it has no table or is odd."""
    try:
        data = file.read_bytes()
        return _Reader(data).symbols()
    except (OSError, struct.error, UnicodeDecodeError):
        return []


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def symbols(self) -> list[str]:
        if self._number("<i") != _FST_MAGIC:
            return []
        self._text()  # the kind of transducer
        self._text()  # the kind of arcs
        self._number("<i")  # version
        flags = self._number("<i")
        self._at += struct.calcsize("<Qqqq")  # properties, start, states, arcs
        if not flags & _TABLES or self._number("<i") != _TABLE_MAGIC:
            return []
        self._text()  # the table's name
        self._number("<q")  # the next free number
        return [self._symbol() for _ in range(self._number("<q"))]

    def _symbol(self) -> str:
        text = self._text()
        self._number("<q")
        return text

    def _number(self, form: str) -> int:
        (number,) = struct.unpack_from(form, self._data, self._at)
        self._at += struct.calcsize(form)
        return int(number)

    def _text(self) -> str:
        length = self._number("<i")
        if not 0 <= length <= len(self._data) - self._at:
            raise struct.error("a text is longer than its file")
        text = self._data[self._at : self._at + length].decode()
        self._at += length
        return text
