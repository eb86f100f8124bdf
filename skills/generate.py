"""Paints what is said after the trigger word."""

import re
from itertools import takewhile

from mused.art.errors import PromptError
from mused.skills.contract import Context, Match, Reply, Skill
from mused.skills.wording import count, do_not_know, subject

_VERB = "(generate|paint|draw|make|create)"
_MEDIUM = "(painting|picture|drawing|image|sketch)"
_ASK = "What shall I paint? Say, for example, generate a red boat on a lake."
_NOTHING = re.compile(
    r"[\W_]*(?:it|that|this|something|anything|nothing|another|one|more|else|again|once|[\W_])*",
    re.IGNORECASE,
)
_CHANGE = re.compile(
    r"\W*(?:(?:the )?same|it(?! (?:is|was|has|had|rains|rained|snows|snowed|looks)\b))\b.*",
    re.IGNORECASE,
)
"""What only makes sense of a picture that is there: "make it bigger", "the same again"."""
_WHOLE = "I cannot change a picture. Say all that is in it: generate a big red boat on a lake."


class Generate(Skill):
    """The trigger word: everything after it is the prompt, word for word.

    "a painting of" stays in the prompt, because the painter understands it like "a sketch of";
    only speech leaves it out.
    """

    name = "generate"
    example = "generate a sunset with a boat on a lake"

    def sentences(self) -> dict[str, list[str]]:
        """A prompt after the verb, or a verb with nothing to paint."""
        return {
            "paint": [f"{_VERB} [me|us] {{prompt}}"],
            "nothing": [f"{_VERB} [me|us] [[a|an|the] {_MEDIUM} [of]]"],
        }

    async def handle(self, match: Match, context: Context) -> Reply:
        """Queue a job and say what is painted, what comes before it, and what it will not show."""
        prompt = match.slots.get("prompt", "")
        if _NOTHING.fullmatch(prompt):
            return Reply(_ASK, understood=False)
        if _CHANGE.fullmatch(prompt):
            return Reply(_WHOLE, understood=False)
        try:
            job = context.paint(prompt, match)
        except PromptError as error:
            return Reply(str(error), understood=False)
        # In the order in which they are painted: this one may come before others that wait.
        before = sum(1 for _ in takewhile(lambda each: each.id != job.id, context.open_jobs()))
        unknown = f" {do_not_know(job.unknown)}" if job.unknown else ""
        if not before:
            return Reply(f"I am painting {subject(job.prompt)}.{unknown}")
        verb = "is" if before == 1 else "are"
        waiting = count(before, "painting").capitalize()
        return Reply(
            f"I will paint {subject(job.prompt)}. {waiting} {verb} waiting before it.{unknown}"
        )
