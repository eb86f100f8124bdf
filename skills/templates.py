"""Sentence templates of skills: parsed by hassil, checked, and their literal words."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from hassil import (
    Alternative,
    Expression,
    Group,
    ListReference,
    Permutation,
    RuleReference,
    Sentence,
    TextChunk,
    parse_sentence,
)

from mused.skills.contract import Skill
from mused.skills.errors import SkillError

_ARTICLE = re.compile(r"\b(?:a|an|the|of)\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")


def parse(skill: Skill) -> Mapping[str, list[Sentence]]:
    """The parsed templates of a skill by intent name.

    Raises SkillError naming the intent and the template that cannot be used.
    """
    intents = {intent: list(texts) for intent, texts in skill.sentences().items()}
    if not any(intents.values()):
        raise SkillError("it has no sentence templates")
    return {intent: [_parse(intent, text) for text in texts] for intent, texts in intents.items()}


def _parse(intent: str, text: str) -> Sentence:
    try:
        sentence = parse_sentence(text, keep_text=True)
        unsupported = any(isinstance(each, RuleReference) for each in walk(sentence.expression))
    except Exception as error:  # hassil raises several unrelated types
        raise SkillError(f"intent {intent!r}: template {text!r} is broken: {error!r}") from error
    if unsupported:
        raise SkillError(f"intent {intent!r}: template {text!r} uses <rules>, which mused has not")
    if not any(
        isinstance(each, ListReference) or words(each) for each in walk(sentence.expression)
    ):
        raise SkillError(f"intent {intent!r}: template {text!r} is empty")
    return sentence


def walk(expression: Expression) -> Iterator[Expression]:
    """The expression and everything inside it."""
    yield expression
    if isinstance(expression, Group):
        for item in expression.items:
            yield from walk(item)


def words(expression: Expression) -> list[str]:
    """The words of one text chunk in lower case; none for anything else."""
    if not isinstance(expression, TextChunk):
        return []
    return [word.lower().replace("\u2019", "'") for word in _WORD.findall(expression.text)]


def free_slots(sentence: Sentence) -> set[str]:
    """Names of the free-text slots; hassil's inline ranges such as ``{1..60:minutes}`` are not."""
    references = (each for each in walk(sentence.expression) if isinstance(each, ListReference))
    return {each.list_name for each in references if not each.is_inline_range}


def triggers(expression: Expression) -> set[str]:
    """The words one of which must come first; none where free text may."""
    if isinstance(expression, Alternative | Permutation):
        return {word for item in expression.items for word in triggers(item)}
    if isinstance(expression, Group):
        needed = [each for each in expression.items if not _may_be_missing(each)]
        return triggers(needed[0]) if needed else set()
    return set(words(expression)[:1])


def _may_be_missing(expression: Expression) -> bool:
    if isinstance(expression, Alternative):
        return expression.is_optional
    return isinstance(expression, TextChunk) and not words(expression)


def without_articles(text: str) -> str:
    """The text without the small words that recognisers lose and invent."""
    return " ".join(_ARTICLE.sub(" ", text).split())


def loosened(sentence: Sentence) -> Sentence:
    """The same template without those small words."""
    return replace(sentence, expression=_loosened(sentence.expression), required_clauses=None)


def _loosened(expression: Expression) -> Expression:
    if isinstance(expression, TextChunk):
        return TextChunk(_ARTICLE.sub("", expression.text))
    if isinstance(expression, Alternative):
        items = [_loosened(item) for item in expression.items]
        return Alternative(items=items, is_optional=expression.is_optional)
    if isinstance(expression, Group):
        return type(expression)(items=[_loosened(item) for item in expression.items])
    return expression
