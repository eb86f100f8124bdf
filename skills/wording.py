"""How skills say prompts, counts, times and durations."""

import re
from collections.abc import Sequence
from datetime import datetime

from mused.art.errors import PromptError
from mused.art.prompt import parse

_ONES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TEENS = ("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen")
_SMALL = (*_ONES, *_TEENS, "seventeen", "eighteen", "nineteen")
_TENS = ("zero", "ten", "twenty", "thirty", "forty", "fifty")
_ODD_ORDINALS = {"one": "first", "two": "second", "three": "third", "five": "fifth"}
_ODD_ORDINALS |= {"eight": "eighth", "nine": "ninth", "twelve": "twelfth"}
_MEDIUM = re.compile(
    r"^(?:a |an |the )?(?:painting|picture|drawing|image)s? of (?=\S)", re.IGNORECASE
)
_FEW = 3  # unknown words that are named
_LONGEST_LIST = 100  # characters of them
_LONGEST = 25  # words of a prompt that are said aloud before it trails off


def number(value: int) -> str:
    """A number in words below sixty, in digits from there on."""
    if not 0 <= value < 60:
        return str(value)
    if value < len(_SMALL):
        return _SMALL[value]
    tens, ones = divmod(value, 10)
    return f"{_TENS[tens]} {_SMALL[ones]}" if ones else _TENS[tens]


def ordinal(value: int) -> str:
    """ "first", "twenty second", "thirtieth"; below sixty."""
    *tens, last = number(value).split()
    last = _ODD_ORDINALS.get(
        last, last.removesuffix("y") + ("ieth" if last.endswith("y") else "th")
    )
    return " ".join([*tens, last])


def count(value: int, noun: str) -> str:
    """ "one painting", "two paintings"; the noun's plural must end in s."""
    return f"{number(value)} {noun}" if value == 1 else f"{number(value)} {noun}s"


def subject(prompt: str) -> str:
    """What a prompt shows, fit for speech: its heaviest part, no "a painting of" in front."""
    try:
        text = parse(prompt).called
    except PromptError:
        text = prompt
    words = _MEDIUM.sub("", text).split()
    return " ".join(words[:_LONGEST]) + (" and so on" if len(words) > _LONGEST else "")


def do_not_know(unknown: Sequence[str]) -> str:
    """What is said of words that nothing knows that paints."""
    *others, last = unknown
    if not others:
        named = f"the word {last}"
    elif len(unknown) <= _FEW:
        named = f"the words {', '.join(others)} and {last}"
    else:
        named = f"{count(len(unknown), 'word')} of it"
    short = len(named) <= _LONGEST_LIST
    return f"I do not know {named}." if short else "I do not know some words of it."


def duration(seconds: float) -> str:
    """A rough span of time: "twenty seconds", "one minute", "two hours"."""
    if seconds < 50:
        return count(max(10, round(seconds / 10) * 10), "second")
    if seconds < 50 * 60:
        return count(max(1, round(seconds / 60)), "minute")
    return count(max(1, round(seconds / 3600)), "hour")


def time_of_day(now: datetime) -> str:
    """The time as people say it: "ten past four", "quarter to five", "noon"."""
    hour, minute = now.hour, now.minute
    if minute > 30:
        return f"{_minutes(60 - minute)} to {_hour(hour + 1)}"
    if minute:
        return f"{_minutes(minute)} past {_hour(hour)}"
    return _hour(hour) if hour % 12 == 0 else f"{_hour(hour)} o'clock"


def _minutes(minute: int) -> str:
    if minute in (15, 30):
        return "quarter" if minute == 15 else "half"
    return number(minute) if minute % 5 == 0 else count(minute, "minute")


def _hour(hour: int) -> str:
    hour %= 24
    if hour % 12 == 0:
        return "noon" if hour == 12 else "midnight"
    return number(hour % 12)
