"""What mused says by itself, in one place: replies of skills are the skills' own."""

from mused.art.errors import PromptError
from mused.art.prompt import parse

NOT_UNDERSTOOD = "Sorry, I did not understand that."
WENT_WRONG = "Sorry, something went wrong with that."
TOO_SLOW = "Sorry, that takes too long."
PAINTER_RETRIES = "The painter stopped unexpectedly. I am trying again."

ART_WORDS = frozenset(
    "painting picture image drawing sketch watercolour watercolor photograph print portrait".split()  # noqa: SIM905 - shorter so
)
LONGEST = 120  # characters of a prompt that are said aloud


def subject(prompt: str) -> str:
    """The part of a prompt that is worth saying: its heaviest sub-prompt, without weights."""
    try:
        text = max(parse(prompt).parts, key=lambda part: part.weight).text
    except PromptError:
        text = prompt
    return text if len(text) <= LONGEST else text[:LONGEST].rsplit(" ", 1)[0]


def named(prompt: str) -> str:
    """The prompt as a thing of the listener's: "your painting of a boat", "your sketch of …"."""
    text = subject(prompt)
    article, _, rest = text.partition(" ")
    if article.lower() in {"a", "an", "the"} and ART_WORDS & set(rest.lower().split()[:3]):
        return f"your {rest}"
    return f"your painting of {text}"


def ready(prompt: str) -> str:
    """The announcement of a finished picture."""
    words = named(prompt)
    return f"{words[0].upper()}{words[1:]} is ready."


def failed(prompt: str, reason: str) -> str:
    """The announcement of a job that could not be done; details are in the log and the queue."""
    return f"Sorry, {named(prompt)} could not be painted: {reason}"
