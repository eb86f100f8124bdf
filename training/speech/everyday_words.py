"""Common English words, chosen by rule: everyday_words.txt, by part of speech.

A word is there, the commonest first, if it is frequent enough for its kind (wordfreq's Zipf scale:
things and more than one of them from 2.75, what is being done from 3, what has been done from 3.35,
qualities from 3.7, ideas from 3.95, all else from 4.6), of the kind that WordNet 3.0 counts it as
most often, spelled as SCOWL spells it, not coarse, and in no other list. The prompts that
models are measured with had no part in the choice.
"""

from functools import cache
from importlib.resources import files


@cache
def everyday(kind: str) -> tuple[str, ...]:
    """The words of a kind: things, many, doings, qualities, ideas or other."""
    text = (files("mused.training.speech") / "everyday_words.txt").read_text()
    kinds = {
        name: tuple(words.split()) for name, words in (p.split("]") for p in text.split("[")[1:])
    }
    return kinds[kind]


KINDS = ("things", "many", "doings", "done", "qualities", "ideas", "other")
