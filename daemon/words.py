"""What mused says by itself, in one place: replies of skills are the skills' own."""

from collections.abc import Sequence

from mused.skills.wording import count as counted
from mused.skills.wording import do_not_know, subject

NOT_UNDERSTOOD = "Sorry, I did not understand that."
WENT_WRONG = "Sorry, something went wrong with that."
ALL_RIGHT = "All right."
TOO_SLOW = "Sorry, that takes too long."
PAINTER_RETRIES = "The painter stopped unexpectedly. I am trying again."
PAINTER_FAILS = "The painter cannot start. I keep trying, and the status says why."
CANNOT_HEAR = "I cannot hear you at the moment. The status says why."
HEARS_AGAIN = "I can hear you again."

LONGEST_REASON = 100  # characters; what is longer is for reading, in the queue and the log


def did_you_say(text: str) -> str:
    """The question about a command that was not heard well."""
    return f"Did you say {text}?"


def ready(prompt: str, unknown: Sequence[str] = ()) -> str:
    """The announcement of a finished picture, and of what is not in it."""
    told = f"Your painting of {subject(prompt)} is ready."
    return f"{told} {do_not_know(unknown)}" if unknown else told


def ready_meanwhile(count: int, prompts: int, prompt: str, unknown: Sequence[str]) -> str:
    """The announcement of `count` pictures of so many prompts that nobody announced; of the last
    the prompt and its unknown words."""
    if count == 1:
        return ready(prompt, unknown)
    paintings = counted(count, "painting")
    if prompts == 1:
        told = f"While I was away, {paintings} of {subject(prompt)} were finished."
    else:
        told = f"While I was away, {paintings} were finished. The last is of {subject(prompt)}."
    return f"{told} {do_not_know(unknown)}" if unknown else told


def failed(prompt: str, reason: str) -> str:
    """The announcement of a job that could not be done."""
    why = reason if len(reason) <= LONGEST_REASON else "The queue says why."
    return f"Sorry, I could not paint {subject(prompt)}. {why}"
