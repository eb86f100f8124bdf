"""Finds the skill that an utterance is meant for.

hassil decides which template fits; free text is cut from the utterance itself, so that case,
punctuation and numbers survive.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from hassil import Intents, RecognizeResult, Sentence, SlotList, WildcardSlotList, recognize_all
from hassil.intents import Intent, IntentData
from hassil.models import MatchEntity

from mused.skills import templates
from mused.skills.contract import Match, Skill, Utterance

_BREAKS = " \t\n\r,.;:!?…—–-"  # noqa: RUF001 - dashes that people and recognisers write
_BREAK = rf"[{re.escape(_BREAKS)}]"
_POLITE = (
    r"please|(?:can|could|would|will) you|i want you to|i(?: would|'d) like you to"
    r"|hey|okay|ok|now|just|uh|um|tell me"
)
_NO_END = re.compile(
    r"\b(?:a|an|the|my|your|our|their|its|this|these|and|or|but|nor|as|than|if|because|of|in|on|at"
    r"|with|without|from|to|into|onto|for|between|beside|behind|among|beneath|near|very)$",
    re.IGNORECASE,
)
"""English words that others follow in a description."""
_THANKS = re.compile(r"\b(?:please|thank you|thanks)$", re.IGNORECASE)
_SHORT = re.compile(r"\b(what|how|it|that)['\u2019]s\b", re.IGNORECASE)


class Expectation(Enum):
    """What may follow the words said so far."""

    NOTHING = "nothing"
    """They are a whole command."""
    WORDS = "words"
    """They are no command yet."""
    FREE_TEXT = "free text"
    """They end in free text, which goes on as long as its speaker likes."""
    MORE = "more"
    """Free text follows or goes on: no sentence ends so ("generate", "a red boat on the")."""


@dataclass(frozen=True)
class _Found:
    literal_words: int
    match: Match


class Router:
    """Matches utterances against the templates of `skills`; earlier skills win ties.

    `wake_phrases` are tolerated at the start of an utterance: people repeat them.
    Raises SkillError for a template that cannot be parsed.
    """

    def __init__(self, skills: Sequence[Skill], wake_phrases: Sequence[str] = ()) -> None:
        self._names: dict[str, tuple[str, str]] = {}
        parsed: dict[str, list[Sentence]] = {}
        for skill in skills:
            for intent, sentences in templates.parse(skill).items():
                key = str(len(parsed))
                self._names[key] = (skill.name, intent)
                parsed[key] = sentences
        fixed = {
            key: [templates.loosened(each) for each in sentences if not templates.free_slots(each)]
            for key, sentences in parsed.items()
        }
        self._free = {
            self._names[key]
            for key, sentences in parsed.items()
            if any(map(templates.free_slots, sentences))
        }
        self._exact = _intents(parsed)
        self._loose = _intents(fixed)
        self._vocabulary = frozenset(
            word
            for sentences in parsed.values()
            for sentence in sentences
            for part in templates.walk(sentence.expression)
            for word in templates.words(part)
        )
        self._triggers = frozenset(
            word
            for sentences in parsed.values()
            for sentence in sentences
            if templates.free_slots(sentence)
            for word in templates.triggers(sentence.expression)
        )
        wakes = [r"\s+".join(map(re.escape, phrase.split())) for phrase in wake_phrases]
        said_first = "|".join([*wakes, _POLITE])
        self._opening = re.compile(rf"{_BREAK}*(?:(?:{said_first})\b|$){_BREAK}*", re.IGNORECASE)
        self._closing = re.compile(rf"\b(?:{'|'.join(wakes) or '(?!)'})$", re.IGNORECASE)

    def vocabulary(self) -> frozenset[str]:
        """Every literal word of every template, in lower case."""
        return self._vocabulary

    def triggers(self) -> frozenset[str]:
        """The words that say that free text follows, such as "generate"."""
        return self._triggers

    def is_fixed(self, match: Match) -> bool:
        """Whether it is a command with no free text in it."""
        return (match.skill, match.intent) not in self._free

    def match(self, utterance: Utterance) -> Match | None:
        """The best fit: most literal words, then the earlier skill, intent and template."""
        text = unicodedata.normalize("NFC", utterance.text)
        candidates = list(self._readings(text))
        found = [
            self._found(result, candidate, utterance)
            for candidate in candidates
            for result in recognize_all(candidate, self._exact)
        ]
        if not any(each.literal_words for each in found):
            found += [
                self._found(result, loose, utterance)
                for loose in map(self._loosen, candidates)
                for result in recognize_all(loose, self._loose)
            ]
        return max(found, key=lambda each: each.literal_words).match if found else None

    def expects(self, text: str) -> Expectation:
        """What may follow `text`, the beginning of an utterance."""

        def meant(words: str) -> Match | None:
            return self.match(Utterance(words, "microphone", ""))

        # Whatever one more word would be, free text takes it, and also one that completes a
        # fixed command may be the first of several.
        whole = meant(text)
        if whole is None or self.is_fixed(whole):
            longer = meant(f"{text} more")
            if longer is None or self.is_fixed(longer):
                return Expectation.NOTHING if whole else Expectation.WORDS
        begun = whole is not None and any(whole.slots.values())
        return Expectation.FREE_TEXT if begun and not _NO_END.search(text) else Expectation.MORE

    def _readings(self, text: str) -> Iterator[str]:
        """The text without thanks at its end, then without one polite opening after another."""
        text = text.strip()
        while thanks := _THANKS.search(text.rstrip(_BREAKS)):
            if not text[: thanks.start()].strip(_BREAKS):
                break
            text = text[: thanks.start()].rstrip(_BREAKS)
        while text:
            yield text
            opening = self._opening.match(text)
            if opening is None:
                return
            text = text[opening.end() :]

    def _loosen(self, text: str) -> str:
        spelled_out = _SHORT.sub(r"\1 is", text).rstrip(_BREAKS)
        return templates.without_articles(self._closing.sub("", spelled_out))

    def _found(self, result: RecognizeResult, text: str, utterance: Utterance) -> _Found:
        skill, intent = self._names[result.intent.name]
        slots = {each.name: _said(each, text) for each in result.entities_list}
        slotted = sum(len(each.text.split()) for each in result.entities_list)
        literal = len(text.split()) - slotted
        return _Found(literal, Match(skill, intent, utterance, slots))


def _said(entity: MatchEntity, text: str) -> str:
    if not entity.is_wildcard or entity.text_span is None:
        return str(entity.value).removesuffix(".0")
    start, end = entity.text_span
    return text[start:end]


def _intents(parsed: dict[str, list[Sentence]]) -> Intents:
    intents = {}
    free: set[str] = set()
    for key, sentences in parsed.items():
        data = IntentData(sentence_texts=[])
        # hassil parses texts into this cached property; ours are parsed and partly loosened.
        vars(data)["sentences"] = sentences
        free.update(*map(templates.free_slots, sentences))
        intents[key] = Intent(key, [data])
    slot_lists: dict[str, SlotList] = {name: WildcardSlotList(name) for name in free}
    return Intents("en", intents, slot_lists)
