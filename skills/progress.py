"""Says how far the paintings are."""

from mused.skills.contract import Context, JobView, Match, Reply, Skill
from mused.skills.wording import count, duration, subject


class ProgressReport(Skill):
    """Percent, time left and what waits."""

    name = "progress"
    example = "how is it going"

    def sentences(self) -> dict[str, list[str]]:
        """How far, what, and whether it is done."""
        return {
            "how far": [
                "how is (it|that|the painting|the picture) [going|coming]",
                "how are you (doing|going)",
                "how far (is (it|the painting|the picture)|are you)",
                "how (long|much time) (does it take|will it take|is left)",
                "how much longer [(does|will) it take]",
                "when is (it|the painting|the picture) (done|ready|finished)",
                "when will (it|the painting|the picture) be (done|ready|finished)",
            ],
            "what": ["what are you (painting|doing)", "what is (on|in) the queue"],
            "done": ["(is it|are you|is the painting|is the picture) (done|ready|finished) [yet]"],
        }

    async def handle(self, match: Match, context: Context) -> Reply:
        """Report the running job first, then how many wait."""
        jobs = list(context.open_jobs())
        if not jobs:
            return Reply("Yes, all is done." if match.intent == "done" else "I am not painting.")
        running = [job for job in jobs if job.status == "running"]
        said = [_running(job) for job in running]
        waiting = len(jobs) - len(running)
        if waiting:
            more = " more" if running else ""
            verb = "is" if waiting == 1 else "are"
            queue = count(waiting, f"{more} painting".strip()).capitalize()
            said.append(f"{queue} {verb} waiting.")
        if match.intent == "done":
            said.insert(0, "Not yet.")
        return Reply(" ".join(said))


def _running(job: JobView) -> str:
    percent = min(99, round(job.progress * 100))
    left = "" if job.seconds_left is None else f", about {duration(job.seconds_left)} left"
    return f"I am painting {subject(job.prompt)}: {percent} percent done{left}."
