"""Hushes the voice and cancels paintings."""

from mused.skills.contract import Context, JobView, Match, Reply, Skill
from mused.skills.wording import subject


class Stop(Skill):
    """ "stop" silences; "cancel" ends what was asked for last, "cancel everything" all of it.

    Where all jobs came as files, "cancel" means the one that is being painted.
    """

    name = "stop"
    example = "cancel the painting"

    def sentences(self) -> dict[str, list[str]]:
        """Hushing, cancelling one job, cancelling all jobs."""
        it = "(it|that|this|the painting|the picture)"
        return {
            "hush": ["stop [it|that|talking]", "be quiet", "quiet"],
            "cancel": [f"cancel [{it[1:-1]}]", f"stop painting [{it[1:-1]}]", "never mind"],
            "cancel all": ["(cancel|stop) (all|everything)", "cancel all [the] paintings"],
        }

    async def handle(self, match: Match, context: Context) -> Reply:
        """Silence answers silence; a cancelled job is named."""
        hushed = context.hush()
        if match.intent == "hush":
            painting = "" if not context.open_jobs() else " Say cancel to end the painting."
            return Reply("" if hushed else f"I was not saying anything.{painting}")
        jobs = sorted(context.open_jobs(), key=lambda job: job.id, reverse=True)
        asked = [job for job in jobs if not job.dropped]
        running = [job for job in jobs if job.status == "running"]
        wanted = jobs if match.intent == "cancel all" else (asked or running or jobs)[:1]
        cancelled = [job for job in wanted if context.cancel(job.id)]
        return Reply(_words(cancelled))


def _words(cancelled: list[JobView]) -> str:
    if not cancelled:
        return "There is nothing to cancel."
    names = [subject(job.prompt) for job in cancelled]
    said = ", ".join(names[:-1]) + " and " + names[-1] if len(names) > 1 else names[0]
    return f"I cancelled {said}."
