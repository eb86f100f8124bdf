"""Makes and tries cases: ``python -m benchmarks.fuzz.child KIND SEED FOLDER``.

Reads the numbers of cases from standard input, one a line, and answers each with a JSON line. A
case depends on kind, seed and number alone. It lies in FOLDER as a file before it is tried, for
whoever survives this process. A line with the path of a file tries that file again.
"""

import contextlib
import json
import os
import sys
import traceback
from importlib import import_module
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.fuzz import guard
from benchmarks.fuzz.kinds import KINDS, Kind
from mused.art.errors import ArtError
from mused.daemon.errors import DaemonError

LONGEST_REFUSAL = 3000
"""Characters: what is longer quotes the whole file."""


class UnreadableRefusalError(Exception):
    """A refusal that nobody could show: empty, endless, or it steers the terminal."""


def main() -> None:
    """Try what standard input names."""
    guard.die_with_parent()
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    name, seed, folder = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    kind = load(name, folder)
    home = folder / "cwd"
    home.mkdir(exist_ok=True)
    os.chdir(home)
    tried = guard.confine(folder, may_run=kind.may_run)
    guard.limit_memory(KINDS[name].address_mib)
    print(json.dumps({"ready": True}), file=answers, flush=True)
    for line in sys.stdin:
        word = line.strip()
        if word.isdecimal():
            content, suffix = kind.make(Random(f"{seed}-{name}-{word}"))
            path = folder / f"{name}-{seed}-{word}{suffix}"
            path.write_bytes(content)
        else:
            path = Path(word)
        print(json.dumps({"case": str(path)}), file=answers, flush=True)
        answer = attempt(kind, path, tried)
        if any(home.iterdir()):
            answer |= {"outcome": "escaped", "words": "it wrote into the working folder"}
        print(json.dumps(answer), file=answers, flush=True)
    os._exit(0)


def load(name: str, folder: Path) -> Kind:
    """Return a kind of cases, with its valid examples made."""
    module, _, called = KINDS[name].where.partition(":")
    kind: Kind = getattr(import_module(module), called)(folder)
    return kind


def attempt(kind: Kind, path: Path, tried: list[str]) -> dict[str, Any]:
    """Try one case; return how it went."""
    tried.clear()
    with contextlib.redirect_stdout(sys.stderr):
        error, mib = guard.growth(lambda: kind.attempt(path))
    outcome, words = "accepted", ""
    if isinstance(error, ArtError | DaemonError):
        outcome, words = "refused", str(error)
        if not readable(words):
            error, outcome = UnreadableRefusalError(repr(words[:200])), "crashed"
    if error is not None and outcome != "refused":
        outcome, words = "crashed", "".join(traceback.format_exception(error))[-3000:]
    if ran_out(error):
        outcome, words = "memory", f"it asked for more than there was: {words}"
    if tried:
        outcome, words = "escaped", "; ".join(tried)
    return {"outcome": outcome, "words": words, "mib": round(mib, 1)}


def readable(words: str) -> bool:
    """Say whether a refusal can be shown to a person as it is."""
    plain = words.replace("\n", " ").replace("→", "-")
    return 0 < len(words) <= LONGEST_REFUSAL and all(c.isprintable() or c == " " for c in plain)


def ran_out(error: BaseException | None) -> bool:
    """Say whether an error, or what it came of, is memory that was refused."""
    while error is not None:
        if isinstance(error, MemoryError) or "can't allocate memory" in str(error):
            return True
        error = error.__cause__ or error.__context__
    return False


if __name__ == "__main__":
    main()
