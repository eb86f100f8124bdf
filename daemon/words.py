"""What mused says by itself, in one place: replies of skills are the skills' own."""

from mused.skills.wording import subject

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


def ready(prompt: str) -> str:
    """The announcement of a finished picture."""
    return f"Your painting of {subject(prompt)} is ready."


def failed(prompt: str, reason: str) -> str:
    """The announcement of a job that could not be done."""
    why = reason if len(reason) <= LONGEST_REASON else "The queue says why."
    return f"Sorry, I could not paint {subject(prompt)}. {why}"
