"""What people say they want to see, made up by rule."""

import random
from functools import cache

from mused.art.scenes.captions import random_prompt, with_article
from mused.art.scenes.words import LANDSCAPES, OBJECTS, TIMES, WEATHERS
from mused.art.scenes.words import VOCABULARY as PAINTER_WORDS
from mused.training.speech.everyday_words import everyday
from mused.training.speech.picture_words import (
    DOINGS,
    GROUPS,
    LANDS,
    MANNERS,
    MEDIA,
    QUALITIES,
    STUFF,
)
from mused.training.speech.vocabulary import (
    plurals,
    things,
)
from mused.training.speech.word_lists import (
    words,
)

PLACES = (
    *("in",) * 7,
    *("on",) * 6,
    *("with",) * 6,
    *("and",) * 3,
    *("at", "at", "under", "under", "over", "over", "in front of", "in front of", "near", "by"),
    *("of", "behind", "beside", "between", "above", "next to", "through", "into", "full of"),
    *("across", "inside", "around", "without", "like", "along", "on top of", "from"),
)
_AROUND = ("with", "with", "over", "behind", "and", "near", "above")
OWNERS = ("my", "my", "his", "her", "their", "your", "our", "its")
_MANY = ("two", "two", "three", "three", "four", "five", "six", "some", "many", "several")
_CONSISTS = (
    "of",
    "of",
    "of",
    "of",
    "made of",
    "full of",
    "covered in",
    "filled with",
    "surrounded by",
)
_SHOWN = (
    *("a view of", "a close up of", "a statue of", "a picture of", "the inside of", "the top of"),
    *("the back of", "the edge of", "the end of", "a scene of", "an illustration of", "a photo of"),
)
_DRESSED = ("wearing", "wearing", "holding", "carrying", "dressed as", "looking at", "made of")
FREQUENT = words(
    "old young big small little tiny huge red blue green yellow black white golden dark bright full"
)
_OCCASIONS = ("day", "morning", "afternoon", "evening", "night", "background", "distance", "middle")
KINDS = ("a painting", "a picture", "a drawing", "a sketch", "an image", "a portrait", "a photo")


def prompt(rng: random.Random) -> str:
    """What to paint: the painter's own example prompts and looser ones from all our words."""
    kind = rng.random()
    if kind < 0.4:
        return random_prompt(rng)
    if kind < 0.5:
        return _view(rng)
    if kind < 0.6:
        return _list(rng)
    said = _scene(rng)
    return f"{rng.choice(KINDS)} of {said}" if rng.random() < 0.2 else said


def _view(rng: random.Random) -> str:
    """A time or weather as the subject: "a sunset with a boat on a lake"."""
    light = rng.choice((*TIMES, *WEATHERS, "sunset", "sunset", "sunrise", "rainbow", "skyline"))
    noun = rng.choice(list(OBJECTS.values()))
    thing = rng.choice((noun.name, *noun.synonyms))
    land = rng.choice([n for n in LANDSCAPES if n not in ("plain", "underwater", "table")])
    said = f"{with_article(light)} {rng.choice(_AROUND)} {with_article(thing)}"
    if rng.random() < 0.6:
        said += (
            f" {rng.choice(('on', 'by', 'in', 'near', 'over'))} {rng.choice(('a', 'the'))} {land}"
        )
    return said


def _everyday(rng: random.Random, kind: str) -> str:
    """A common word, the more likely the more common it is."""
    listed = everyday(kind)
    return listed[int(len(listed) * rng.random() ** 2)]


def thing(rng: random.Random) -> str:
    """A noun; those that the painter can draw are said most."""
    if rng.random() < 0.3:
        return _everyday(rng, "things")
    return rng.choice(_drawn() if rng.random() < 0.55 else things())


def many(rng: random.Random) -> str:
    """Nouns in the plural."""
    return rng.choice(plurals()) if rng.random() < 0.7 else _everyday(rng, "many")


def _doing(rng: random.Random) -> str:
    return rng.choice(DOINGS) if rng.random() < 0.75 else _everyday(rng, "doings")


@cache
def _drawn() -> tuple[str, ...]:
    return tuple(word for word in things() if word in PAINTER_WORDS)


def described(rng: random.Random, noun: str, likely: float = 0.55) -> str:
    """The noun with no, one or two qualities before it."""
    words = [noun]
    for chance in (likely, 0.2):
        if rng.random() > chance:
            break
        words.insert(0, _quality(rng))
    return " ".join(words)


def _compound(rng: random.Random, noun: str) -> str:
    """The noun, at times with another one before it: "jazz band", "rocking chair"."""
    if rng.random() > 0.12:
        return noun
    first = rng.choice((thing(rng), thing(rng), rng.choice(STUFF), _doing(rng)))
    return f"{first} {noun}"


def _quality(rng: random.Random) -> str:
    if rng.random() < 0.2:
        return _everyday(rng, "done" if rng.random() < 0.2 else "qualities")
    return rng.choice(rng.choices((QUALITIES, FREQUENT, MANNERS), (0.52, 0.4, 0.08))[0])


def phrase(rng: random.Random) -> str:
    """What is to be seen: "a small red fox", "three owls", "moonlight", "my grandmother"."""
    kind = rng.random()
    if kind < 0.22:
        said = described(rng, many(rng), 0.4)
        return f"{rng.choice((*_MANY, *('',) * 6, 'the', 'the', *OWNERS))} {said}".strip()
    if kind < 0.34:
        said = described(rng, rng.choice(STUFF), 0.35)
        return f"{rng.choice(('', '', '', 'the'))} {said}".strip()
    if kind < 0.38:
        some = described(rng, rng.choice((many(rng), many(rng), rng.choice(STUFF))), 0.3)
        return f"a {rng.choice(GROUPS)} of {some}"
    noun = _everyday(rng, "ideas") if kind < 0.43 else thing(rng)
    said = described(rng, _compound(rng, noun))
    return f"{_determiner(rng, said)} {said}"


def _determiner(rng: random.Random, said: str) -> str:
    chance = rng.random()
    if chance < 0.78:
        return "an" if said[0] in "aeiou" else "a"
    return "the" if chance < 0.94 else rng.choice(OWNERS)


def _scene(rng: random.Random) -> str:
    """A subject, what it does and where: "a lonely robot walking through a field of tulips"."""
    said = phrase(rng)
    start = rng.random()
    if start < 0.1:
        said = f"{rng.choice(_SHOWN)} {said}"
    elif start < 0.25:
        said += f" {rng.choice(_CONSISTS)} {_bare(rng)}"
    elif start < 0.33:
        said += f" {rng.choice(_DRESSED)} {phrase(rng)}"
    elif start < 0.38:
        said += f" {_everyday(rng, 'done')} {rng.choice(PLACES)} {phrase(rng)}"
    doing = rng.random()
    if doing < 0.45:
        said += f" {_doing(rng)}"
    if 0.15 < doing < 0.4:
        said += f" {phrase(rng)}"
    for _ in range(rng.choice((0, 1, 1, 1, 2))):
        said += f" {rng.choice(PLACES)} {phrase(rng)}"
    return said + rng.choice(("", "", "", occasion(rng)))


def _bare(rng: random.Random) -> str:
    """What something consists of, without an article."""
    return described(rng, rng.choice(STUFF) if rng.random() < 0.4 else many(rng), 0.4)


def occasion(rng: random.Random) -> str:
    """When or in what light, with a space before it."""
    quality, noun = rng.choice(QUALITIES), rng.choice(_OCCASIONS)
    article = "an" if quality[0] in "aeiou" else "a"
    return rng.choice(
        (
            f" on {article} {quality} {noun}",
            f" in the {noun}",
            f" at {rng.choice(('night', 'dawn', 'dusk', 'noon', 'sunset', 'sunrise', 'midnight'))}",
            f" in {rng.choice(('winter', 'summer', 'autumn', 'spring', *LANDS))}",
            f" in {rng.choice(STUFF)}",
            f" {rng.choice(('in', 'as'))} {article} {quality} {rng.choice(MEDIA)}",
            f" in {rng.choice(MANNERS)} style",
        )
    )


def _list(rng: random.Random) -> str:
    """Two to five keywords without a sentence around them: "owl, full moon, oil painting"."""
    named = [
        described(rng, rng.choice((thing(rng), thing(rng), many(rng), rng.choice(STUFF))), 0.4)
        for _ in range(rng.choice((2, 3, 3, 4, 5)))
    ]
    joined = rng.choice((", ", ", ", " "))
    if rng.random() < 0.5:
        return f"{joined.join(named[:-1])} and {named[-1]}"
    return joined.join(named)
