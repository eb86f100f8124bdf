"""What people say to mused, made up by rule: text for the synthesizers and the language model."""

import random
import re
from functools import cache

from hassil.parse_expression import parse_sentence
from hassil.sample import sample_sentence

from mused.art.scenes.captions import random_prompt
from mused.training.speech import prompts
from mused.training.speech.picture_words import (
    DOINGS,
    QUALITIES,
    STUFF,
)
from mused.training.speech.skill_sentences import FREE_TEXT, skill_sentence
from mused.training.speech.vocabulary import (
    preferred_spelling,
    spoken_number,
    vocabulary,
)
from mused.training.speech.word_lists import (
    COMMAND_WORDS,
    DAYS,
    MONTHS,
    NEAR_MISSES,
    ORDINALS,
    words,
)

WAKE_WORD = "computer"
WAKE_LIKE = "compute"
"""What the wake word is most easily taken for."""

# hassil's template language, the same that the skills use.
_COMMANDS: tuple[str, ...] = (
    "(stop|stop it|stop that|stop now|stop [the] (painting|picture|drawing)|stop talking|be quiet)",
    "(cancel|abort) [(that|it|this|everything|the (painting|picture|drawing|job)|all jobs)]",
    "cancel (the last|the next|my|that) (painting|picture|job|one)",
    "(never mind|forget it|forget that)",
    "how is (it|that|the (painting|picture)|my (painting|picture)) (going|coming along|doing)",
    "how far (is it|are you|along are you|is the (painting|picture)|along is it) [now]",
    "how (long|much longer|much time) (will it take|is left|does it take|to go)",
    "how are you (doing|going)",
    "(cancel|stop) (all|everything|all [the] paintings|painting)",
    "quiet",
    "(what is|what's) the (status|progress|time|date|day) [now]",
    "what time is it [now]",
    "(what|which) (day|date|year|month) is (it|it today|today)",
    "tell me the (time|date)",
    "what can (you do|i say|i ask)",
    "(help|help me|help please|i need help)",
    "(yes|no|yes please|no thanks|no thank you|okay|sure|yeah|correct|wrong|maybe)",
    "(again|once more|one more time|do it again|another one|make another [one]|same again)",
    "(repeat|repeat that|say (that|it) again|what did you say)",
    "(mute|unmute|mute yourself|stop listening|start listening|listen|wake up|go to sleep)",
    "(volume up|volume down|turn the volume (up|down)|turn it (up|down)|turn (up|down))",
    "(louder|quieter|softer) [please]",
    "(speak|talk) (louder|quieter|slower|faster) [please]",
    "show [me] (it|that|the (picture|painting|gallery|queue|status)|my (pictures|paintings))",
    "(show|open) (me the|the|my) (last|latest|next) (picture|painting)",
    "(thank you|thanks|thank you very much|thanks a lot)",
    "(status|progress|queue|gallery) [please]",
    "(what is|what's) in the queue",
    "(what are you|are you) (doing|painting|working on) [now]",
    "how many (pictures|paintings|jobs) are (there|left|waiting|in the queue)",
    "(pause|resume|continue|wait|hold on|go on|go ahead) [please]",
    "(hello|hi|good morning|good evening|good night|goodbye|bye) [computer]",
    "(who are you|what is your name|how are you)",
    "(start|begin) [again|over|now]",
    "(is it|are you) (ready|done|finished) [yet]",
    "(save|keep|delete|remove) (it|that|this|the (picture|painting))",
)
_USUAL: tuple[str, ...] = ("(what is|what's) the date [today]", "what day is it [today]")
"""Of two questions that sound alike and mean the same, such as "what is the day today", the one
that is usually asked."""
_ANNOUNCEMENTS: tuple[str, ...] = (
    "sorry i (could not|did not) (understand|hear) (that|you)",
    "nothing is being (painted|done) [right now]",
    "there is nothing to (cancel|stop|repeat)",
    "(cancelled|stopped|done|okay|ready|muted|listening|paused)",
    "i have (cancelled|stopped) (it|that|the painting)",
    "i can (paint|draw) (a picture|pictures|what you say)",
    "i can paint a picture tell the time and stop",
    "it is in the queue",
    "i am (listening|ready|painting|not painting anything)",
    "the queue is empty",
    "i am not painting",
    "yes all is done",
    "not yet",
    "i was not saying anything",
    "say cancel to end the painting",
    "what shall i paint",
    "say computer generate and what you want to see",
    "the painting (failed|is ready|was cancelled|is almost ready)",
)
_TRIGGERS: tuple[str, ...] = (
    *("generate",) * 12,
    *("paint", "draw", "paint me", "draw me", "create", "make", "make me", "show me", "sketch"),
    *("please generate", "please paint", "can you paint", "imagine"),
)
_WHOSE = (*("the",) * 6, *("a",) * 6, *prompts.OWNERS, "this", "that", "all the", "every", "some")
_WHICH = words("whole other last first next second same new best wrong right total missing only")
_ONSETS = words(
    "b bl br c ch d dr f fl g gl gr h j k l m n p pl pr r s sh sk sl sp st str t th tr v w z"
)
_VOWELS = words("a e i o u ai ea ee oa oo ou oi er ar or")
_MIDDLES = ("", "", "", "l", "m", "n", "r", "s")
_CODAS = ("", "b", "ck", "d", "f", "g", "ll", "m", "n", "nd", "ng", "nt", "p", "s", "sh", "st", "t")
_DATES = (*ORDINALS[:20], *(f"twenty {unit}" for unit in ORDINALS[:9]), "thirtieth", "thirty first")


@cache
def _samples(template: str) -> tuple[str, ...]:
    expanded = sample_sentence(parse_sentence(template))
    return tuple(sorted({" ".join(text.split()) for text in expanded}))


def words_of(text: str) -> tuple[str, ...]:
    """The words of a text as the recogniser would write them: lower case, no punctuation."""
    found = re.findall(r"\[unk\]|[a-z0-9']+", text.lower())
    return tuple(preferred_spelling(word) for word in found)


def made_up_talk(rng: random.Random) -> str:
    """One to six words that no dictionary holds: what unknown words sound like."""
    return " ".join(_made_up_word(rng) for _ in range(rng.randint(1, 6)))


def _made_up_word(rng: random.Random) -> str:
    while True:
        word = "".join(
            rng.choice(_ONSETS) + rng.choice(_VOWELS) + rng.choice(_CODAS if last else _MIDDLES)
            for last in (False,) * rng.choice((1, 1, 2)) + (True,)
        )
        if word not in vocabulary():
            return word


def generate_command(rng: random.Random) -> str:
    """A wish for a picture, with or without the kind of picture named."""
    wish = prompts.prompt(rng)
    if rng.random() < 0.3 and not re.match(r"an? \w+( \w+)? of ", wish):
        wish = f"{rng.choice(prompts.KINDS)} of {wish}"
    return f"{rng.choice(_TRIGGERS)} {wish}"


def _quantity(rng: random.Random) -> str:
    number = spoken_number(rng.randint(0, 100))
    hour = spoken_number(rng.randint(1, 12))
    minute = spoken_number(rng.randint(1, 59))
    unit = rng.choice(("minutes", "seconds", "hours"))
    return rng.choice(
        (
            number,
            f"{number} percent",
            f"it is {number} percent done",
            f"the painting is {number} percent done about {number} {unit} left",
            f"about {number} {unit} left",
            f"set the volume to {number}",
            f"volume {number} percent",
            f"it is {hour} {minute}",
            f"it is {hour} o'clock",
            f"it is {minute} minutes {rng.choice(('past', 'to'))} {hour}",
            f"it is {_part_of_hour(rng)} {hour}",
            f"it is {rng.choice(('noon', 'midnight'))}",
            f"the time is {hour} {minute}",
            _date(rng),
            f"there are {number} pictures in the queue",
            f"{number} paintings are waiting before it",
            f"cancel job {number}",
            f"show me picture {number}",
        )
    )


def _part_of_hour(rng: random.Random) -> str:
    part = rng.choice(("quarter", "five", "ten", "twenty", "twenty five", "half"))
    return f"{part} past" if part == "half" else f"{part} {rng.choice(('past', 'to'))}"


def _date(rng: random.Random) -> str:
    day = rng.choice(DAYS)
    return f"it is {day} the {rng.choice(_DATES)} of {rng.choice(MONTHS)}"


def announcement(rng: random.Random) -> str:
    """What mused itself says aloud."""
    kind = rng.random()
    if kind < 0.35:
        wish = prompts.prompt(rng)
        noun = rng.choice(("painting", "painting", "picture", "drawing"))
        of = "" if re.match(r"an? \w+( \w+)? of ", wish) else f"{noun} of "
        return rng.choice((f"your {of}{wish} is ready", f"i am painting {wish}"))
    if kind < 0.65:
        return _quantity(rng)
    return rng.choice(_samples(rng.choice(_ANNOUNCEMENTS)))


def command(rng: random.Random) -> str:
    """A command as the built-in skills expect it, the wake word before every second one."""
    if rng.random() < 0.6:
        said = f"{rng.choice(_TRIGGERS)} {random_prompt(rng)}"
    else:
        said = rng.choice(_samples(rng.choice(_COMMANDS)))
    return f"{WAKE_WORD}, {said}" if rng.random() < 0.5 else said


def skill_command(rng: random.Random) -> str:
    """What a built-in skill listens for, the wake word before every second one."""
    if rng.random() < 0.1:
        said = rng.choice(_samples(rng.choice(_USUAL)))
    else:
        said = skill_sentence(rng)
        if FREE_TEXT in said:
            said = said.replace(FREE_TEXT, prompts.prompt(rng))
    return f"{WAKE_WORD} {said}" if rng.random() < 0.5 else said


def brief(rng: random.Random) -> str:
    """A fixed command, or one word of those that commands are made of: "yes", "stop"."""
    if rng.random() < 0.6:
        return rng.choice(_samples(rng.choice(_COMMANDS)))
    return rng.choice(COMMAND_WORDS)


def utterance(rng: random.Random) -> str:
    """Anything said to mused or by it, as it is likely to be met."""
    kind = rng.random()
    if kind < 0.04:
        return WAKE_WORD
    if kind < 0.14:
        return announcement(rng)
    if kind < 0.16:
        return ordinary(rng)
    if kind < 0.2:
        return almost(rng)
    if kind < 0.28:
        return prompts.prompt(rng)
    said = generate_command(rng) if kind < 0.75 else rng.choice(_samples(rng.choice(_COMMANDS)))
    if kind > 0.94:
        said = _quantity(rng)
    if rng.random() < 0.5:
        said = f"{WAKE_WORD}{rng.choice((',', ''))} {said}"
    return said


def almost(rng: random.Random) -> str:
    """A sentence that begins like the wake word and goes on as no command does.

    "Compute the" and "computer" hardly differ but by what follows; a soft word before it, as in
    "her computer was stolen", is easily missed.
    """
    kind = rng.random()
    if kind < 0.3:
        owner = rng.choice((*_WHOSE, *prompts.OWNERS, "that", "this", "no", "another", "the old"))
        thing = WAKE_WORD if kind < 0.22 else f"{WAKE_WORD}s"
        return f"{owner if kind < 0.26 else ''} {thing} {_predicate(rng)}".strip()
    verb = WAKE_LIKE if kind < 0.9 else rng.choice(NEAR_MISSES)
    noun = rng.choice((prompts.thing(rng), rng.choice(STUFF), prompts.many(rng)))
    noun = prompts.described(rng, noun, 0.3)
    if rng.random() < 0.5:
        noun = f"{rng.choice(_WHICH)} {noun}"
    said = f"{verb} {rng.choice(_WHOSE)} {noun}"
    return said + rng.choice(
        ("", "", f" {rng.choice(prompts.PLACES)} {prompts.phrase(rng)}", prompts.occasion(rng))
    )


def _predicate(rng: random.Random) -> str:
    """What is said of a thing: "was under the table", "is old"."""
    verb = rng.choice(("is", "is", "was", "was", "are", "were", "has", "had", "and", "with"))
    if rng.random() < 0.4:
        what = rng.choice(rng.choice((QUALITIES, prompts.FREQUENT, DOINGS)))
        return f"{verb} {what}{prompts.occasion(rng)}"
    return f"{verb} {rng.choice((*prompts.PLACES, ''))} {prompts.phrase(rng)}".replace("  ", " ")


def ordinary(rng: random.Random) -> str:
    """Words in no order, near misses of the wake word often among them."""
    words = [rng.choice(vocabulary()) for _ in range(rng.randint(1, 6))]
    if rng.random() < 0.3:
        words[rng.randrange(len(words))] = rng.choice(NEAR_MISSES)
    return " ".join(words)
