"""Prompts, written and spoken: read, understood, cut into CLIP's tokens, and sketched."""

import string
from pathlib import Path
from random import Random

from benchmarks.fuzz.mutate import damaged
from mused.art import prompt as prompts
from mused.art.clip import Tokenizer
from mused.art.scenes import words
from mused.art.starts import sketch

EXAMPLES = (
    "a sunset:2 | boat | text, watermark:-0.5", "a lake ^ the lake at night", "study: blue",
    "at 10:30", "a beach without people, mostly red", "a boat in the style of watercolor",
    "a \\^ b", "x^2 and ^_^", "a forest with a lot of flowers as an oil painting", "in 16:9",
    "no cars, people or dogs", "a little boat and a hint of fog", "a castle:1e1:0.4",
)  # fmt: skip
MARKS = (
    "without", "with", "and", "or", "but", "but not", "no", "excluding", "mostly", "mainly",
    "a lot of", "lots of", "plenty of", "a hint of", "just a little bit of", "a little",
    "in the style of", "as an", "as a", "style", "oil painting", "in a", "watercolor", "on it",
    "any", "the", "a", "an", "two", "seven", "please", "|", "^", "\\^", "\\", ":", ":2", ":-0.5",
    ":1:2", ":.5", ":1e9", ":0", ":-", "::", ",", ";", ".", "...", "-", "10:30", "3", "100",
)  # fmt: skip
ODD = (
    "\0", "\x1b[31m", "\ud800", "\udcff", "\u202e", "\u200d", "\u0301", "ﷺ", "Ⅷ", "①", "٣", "²",
    "🎨", "👩\u200d🚀", "ß", "İ", "ﬁ", "水", "\u2028", "\u00a0", "\u3000", "<|endoftext|>", "&amp;",
    "&lt;|startoftext|&gt;", "\ufeff", "\uff41", "\uff1a", "\uff5c",
)  # fmt: skip
SMALL = (32, 32)


class Prompts:
    """Texts."""

    may_run = False

    def __init__(self, folder: Path) -> None:
        self.tokenizer = Tokenizer(77)
        known = (words.OBJECTS, words.COLOURS, words.LANDSCAPES, words.STYLES, words.TIMES)
        self.words = [*dict.fromkeys(str(word) for each in known for word in each)]

    def make(self, random: Random) -> tuple[bytes, str]:
        """Return a text as UTF-8, half characters included."""
        if random.random() < 0.3:
            return damaged(random.choice(EXAMPLES).encode(), random), ".txt"
        shares = [random.random() for _ in range(5)]
        picked = random.choices(range(5), shares, k=random.choice((1, 2, 4, 8, 20, 80, 600)))
        glue = random.choice((" ", " ", " ", "", "  ", ", "))
        text = glue.join(self._piece(kind, random) for kind in picked)
        return text.encode("utf-8", "surrogatepass"), ".txt"

    def _piece(self, kind: int, random: Random) -> str:
        if kind == 0:
            return random.choice(self.words)
        if kind == 1:
            return random.choice(MARKS)
        if kind == 2:
            return random.choice(EXAMPLES)
        if kind == 3:
            return random.choice(ODD)
        return "".join(random.choices(string.printable, k=random.choice((1, 3, 10, 200))))

    def attempt(self, path: Path) -> None:
        """Read it and what was understood of it, which must mean the same."""
        parsed = prompts.parse(path.read_bytes().decode("utf-8", "surrogateescape"))
        again = prompts.parse(parsed.understood)
        assert again.chapters == parsed.chapters, f"understood anew: {again.understood!r}"
        repeated = prompts.parse(prompts.again(parsed.text, parsed.understood))
        assert repeated.chapters == parsed.chapters, "the recipe paints something else"
        parsed.called.encode()
        for part in parsed.parts:
            assert len(self.tokenizer.bpe_ids(self.tokenizer.fit(part.text))) > 0
            self.tokenizer([part.text])
        for wanted in parsed.wanted[:3]:
            sketch(wanted, SMALL, 1)
