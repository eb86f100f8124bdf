"""What the built-in skills listen for, from their own templates, so that none can be forgotten."""

import random
from functools import cache

from hassil.sample import sample_sentence

from mused.skills.registry import load_skills
from mused.skills.templates import parse

_BUILT_IN = "mused.skills."
FREE_TEXT = "{prompt}"

Sentences = tuple[str, ...]
"""All that one template can say; free text is left as its slot's name."""


@cache
def _intents() -> tuple[tuple[Sentences, ...], ...]:
    """The templates of every intent of every built-in skill."""
    return tuple(
        tuple(
            tuple(sorted({_spoken(text) for text in sample_sentence(each, expand_lists=False)}))
            for each in templates
        )
        for skill in load_skills().working
        if type(skill).__module__.startswith(_BUILT_IN)
        for templates in parse(skill).values()
    )


def _spoken(text: str) -> str:
    return " ".join(text.lower().split())


@cache
def fixed_sentences() -> Sentences:
    """All that can be said without free text, sorted."""
    said = {text for intent in _intents() for template in intent for text in template}
    return tuple(sorted(text for text in said if FREE_TEXT not in text))


def skill_sentence(rng: random.Random) -> str:
    """A sentence of a template: every intent as likely as another, however many words it has."""
    return rng.choice(rng.choice(rng.choice(_intents())))
