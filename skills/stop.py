"""Hushes the voice and cancels paintings."""

from mused.skills.contract import Context, JobView, Match, Reply, Skill
from mused.skills.wording import subject

_CAME = {"voice": "was said", "cli": "was typed", "inbox": "came as a file"}
_END = "Say cancel the painting to end it."


class Stop(Skill):
    """ "stop" silences; "cancel" ends what was asked for last, "cancel everything" all of it.

    "cancel" never ends what came another way, which may be somebody else's: who speaks means what
    was said, who types what was typed. "cancel the painting" does, where nothing else is open.
    """

    name = "stop"
    example = "cancel the painting"

    def sentences(self) -> dict[str, list[str]]:
        """Hushing, cancelling one job, whichever runs, all jobs."""
        named = "(the painting|the picture)"
        return {
            "hush": ["stop [it|that|talking]", "be quiet", "quiet"],
            "cancel": ["cancel [it|that|this]", "never mind"],
            "cancel the painting": [f"cancel {named}", f"stop painting [it|that|this|{named}]"],
            "cancel all": ["(cancel|stop) (all|everything)", "cancel all [the] paintings"],
        }

    async def handle(self, match: Match, context: Context) -> Reply:
        """Silence answers silence; a cancelled job is named."""
        hushed = context.hush()
        jobs = context.open_jobs()
        newest = sorted(jobs, key=lambda job: job.id, reverse=True)
        wanted = [job for job in newest if job.source == match.utterance.asks_by][:1]
        if match.intent == "hush":
            how = "Say cancel to end the painting." if wanted else _END
            return Reply(
                "" if hushed else f"I was not saying anything. {how if jobs else ''}".strip()
            )
        if match.intent == "cancel all":
            wanted = newest
        elif match.intent == "cancel the painting":
            wanted = wanted or list(jobs[:1])
        elif jobs and not wanted:
            return Reply(_others(jobs[0], typed=match.utterance.asks_by == "cli"))
        cancelled = [job for job in wanted if context.cancel(job.id)]
        return Reply(_words(cancelled))


def _others(job: JobView, *, typed: bool) -> str:
    """What is said where only what came another way could be cancelled."""
    does = "am painting" if job.status == "running" else "will paint"
    own = "typed" if typed else "spoken"
    how = f"`mused queue cancel {job.id}` ends it." if typed else _END
    painted = f"I {does} {subject(job.prompt)}, which {_CAME[job.source]}"
    return f"Nothing {own} is left to cancel. {painted}. {how}"


def _words(cancelled: list[JobView]) -> str:
    if not cancelled:
        return "There is nothing to cancel."
    names = [subject(job.prompt) for job in cancelled]
    said = ", ".join(names[:-1]) + " and " + names[-1] if len(names) > 1 else names[0]
    return f"I cancelled {said}."
