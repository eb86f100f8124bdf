"""Damage to bytes: what disks, half downloads and enemies do to a file."""

from collections.abc import Callable, Sequence
from random import Random

NUMBERS = (
    0, 1, 2, 16, 127, 128, 255, 256, 1024, 32_767, 32_768, 65_535, 65_536, 2**24, 2**31 - 1,
    2**31, 2**32 - 1, 2**40, 2**53, 2**63 - 1, 2**63, 2**64 - 1,
)  # fmt: skip
"""Where programs that count go wrong."""
TOKENS = (
    b"\0", b"\n", b"\r\n", b"\xff" * 4, b"\xed\xa0\x80", b"\xef\xbb\xbf", b"%s%n", b"../../", b"PK",
    b"NaN", b"1e999", b"-1", b"null", b"{}", b"[]", b'"', b"\\u0000", b"\\ud800", b"\x1b[2J",
)  # fmt: skip


def damaged(content: bytes, random: Random) -> bytes:
    """Return the content with a few places damaged."""
    for _ in range(random.choice((1, 1, 1, 2, 3, 8, 30))):
        content = random.choice(DAMAGES)(content, random)
    return content


def _place(content: bytes, random: Random, size: int = 1) -> int:
    # Headers, at the beginning, decide what is done with all the rest.
    end = max(1, len(content) - size + 1)
    return random.randrange(min(end, 64) if random.random() < 0.3 else end)


def _flip(content: bytes, random: Random) -> bytes:
    if not content:
        return content
    at = _place(content, random)
    return content[:at] + bytes([content[at] ^ (1 << random.randrange(8))]) + content[at + 1 :]


def _number(content: bytes, random: Random) -> bytes:
    size = random.choice((1, 2, 4, 8))
    at = _place(content, random, size)
    number = (random.choice(NUMBERS) % (1 << 8 * size)).to_bytes(size, "little")
    return content[:at] + number[:: random.choice((1, -1))] + content[at + size :]


def _truncate(content: bytes, random: Random) -> bytes:
    return content[: _place(content, random)]


def _drop(content: bytes, random: Random) -> bytes:
    at = _place(content, random)
    return content[:at] + content[at + random.choice((1, 2, 4, 100, 4096)) :]


def _repeat(content: bytes, random: Random) -> bytes:
    at = _place(content, random)
    part = content[at : at + random.choice((1, 4, 16, 200))]
    return content[:at] + part * random.choice((1, 1, 2, 50)) + content[at:]


def _insert(content: bytes, random: Random) -> bytes:
    at = _place(content, random)
    part = random.choice((random.choice(TOKENS), random.randbytes(random.choice((1, 4, 64)))))
    return content[:at] + part + content[at:]


def _zero(content: bytes, random: Random) -> bytes:
    at = _place(content, random)
    size = min(len(content) - at, random.choice((1, 16, 512, 4096)))
    return content[:at] + bytes(size) + content[at + size :]


def _move(content: bytes, random: Random) -> bytes:
    at, to = _place(content, random), _place(content, random)
    part = content[at : at + random.choice((4, 16, 200))]
    return content[:to] + part + content[to:]


DAMAGES: Sequence[Callable[[bytes, Random], bytes]] = (
    _flip, _flip, _number, _truncate, _drop, _repeat, _insert, _zero, _move,
)  # fmt: skip
