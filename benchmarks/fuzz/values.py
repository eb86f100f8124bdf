"""JSON and TOML values that readers do not expect, in places where they expect others."""

import copy
import math
from random import Random
from typing import Any

TEXTS = (
    "", " ", "a boat", "...", "\0", "\x1b[31mred\x1b[0m", "\ud800", "\u202egnp.", "é" * 300,
    "x" * 5000, "../../../etc/passwd", "/dev/zero", "/proc/self/mem", "%s%n", "NaN", "1e999",
    "🎨", "a\nb", "noise", "picture", "bfloat16", "cuda:99", "cpu", "cuda", "mps", "meta",
)  # fmt: skip
NUMBERS = (
    0, 1, -1, 2, 3, 7, 16, 255, 4096, 4097, 2**31, 2**53 + 1, 2**63 - 1, 2**63, 10**30, 10**400,
    0.0, -0.0, 0.5, 1e-9, 1e300, math.nan, math.inf, -math.inf, True, False, None,
)  # fmt: skip


def value(random: Random, depth: int = 3) -> Any:
    """Return any JSON value."""
    kind = random.randrange(8 if depth else 5)
    if kind < 2:
        return random.choice(TEXTS)
    if kind < 5:
        return random.choice(NUMBERS)
    if kind == 5:
        return [value(random, depth - 1) for _ in range(random.choice((0, 1, 2, 3, 40)))]
    if kind == 6:
        names = random.sample(TEXTS, random.randrange(4))
        return {name: value(random, depth - 1) for name in names}
    deep: Any = value(random, 0)
    for _ in range(random.choice((5, 100, 400))):
        deep = [deep]
    return deep


def changed(known: Any, random: Random) -> Any:
    """Return a JSON value with some of its parts replaced, renamed, left out or doubled."""
    result = copy.deepcopy(known)
    for _ in range(random.choice((1, 1, 1, 2, 3, 6))):
        result = _change(result, random)
    return result


def _change(known: Any, random: Random) -> Any:
    if isinstance(known, dict) and known and random.random() < 0.95:
        return _change_object(known, random)
    if isinstance(known, list) and known and random.random() < 0.9:
        at = random.randrange(len(known))
        match random.randrange(4):
            case 0:
                del known[at]
            case 1:
                known[at:at] = known[at : at + 1] * random.choice((1, 2, 500))
            case _:
                known[at] = _change(known[at], random)
        return known
    if isinstance(known, int | float) and abs(known) < 2**63 and random.random() < 0.5:
        return known * random.choice((-1, 0, 2, 10)) + random.choice((-1, 0, 1, 0.5))
    return value(random)


def _change_object(known: dict[str, Any], random: Random) -> dict[str, Any]:
    name = random.choice(list(known))
    match random.randrange(8):
        case 0:
            del known[name]
        case 1:
            known[random.choice(TEXTS)] = known.pop(name)
        case 2:
            known[random.choice((name + "s", name[:-1], name.upper()))] = value(random)
        case _:
            known[name] = _change(known[name], random)
    return known
