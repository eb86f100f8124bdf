"""A studio that stands where the daemon stands, and the skills of this installation."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

import pytest

from mused.art.prompt import parse
from mused.skills import registry
from mused.skills.contract import JobView, Match, Reply, Skill, Source, Utterance
from mused.skills.router import Router


class Studio:
    """Keeps jobs in memory and remembers whether it was speaking."""

    def __init__(self, skills: Sequence[Skill]) -> None:
        self.skills = skills
        self.jobs: list[JobView] = []
        self.speaking = False
        self.muted = False
        self.unknown: tuple[str, ...] = ()
        self.time = datetime(2026, 11, 23, 16, 10)  # noqa: DTZ001 - skills get local time

    def now(self) -> datetime:
        return self.time

    def paint(self, prompt: str, match: Match) -> JobView:
        parse(prompt)
        number = len(self.jobs) + 1
        busy = bool(self.open_jobs())
        self.jobs.append(
            JobView(number, prompt, "queued" if busy else "running", source=match.utterance.asks_by)
        )
        return replace(self.jobs[-1], unknown=self.unknown)

    def open_jobs(self) -> Sequence[JobView]:
        jobs = [job for job in self.jobs if job.status in ("queued", "running")]
        return sorted(
            jobs, key=lambda job: (job.status != "running", job.source == "inbox", job.id)
        )

    def cancel(self, job: int) -> bool:
        view = self.jobs[job - 1]
        self.jobs[job - 1] = replace(view, status="cancelled")
        return view.status in ("queued", "running")

    def hush(self) -> bool:
        was, self.speaking = self.speaking, False
        return was

    def mute(self, *, on: bool) -> bool:
        was, self.muted = self.muted, on
        return was != on

    def examples(self) -> Sequence[str]:
        return [skill.example for skill in self.skills]


@pytest.fixture(scope="session")
def skills() -> tuple[Skill, ...]:
    return registry.load_skills().working


@pytest.fixture(scope="session")
def router(skills: tuple[Skill, ...]) -> Router:
    return Router(skills, ["computer", "hey muse"])


@pytest.fixture
def studio(skills: tuple[Skill, ...]) -> Studio:
    return Studio(skills)


@pytest.fixture
def matched(router: Router) -> Callable[[str], Match | None]:
    return lambda text: router.match(Utterance(text, "cli", "turn-1"))


@pytest.fixture
def ask(skills: tuple[Skill, ...], router: Router, studio: Studio) -> Callable[[str], Reply]:
    """Say one sentence to the studio and return the reply."""
    return partial(_asked, skills, router, studio, "microphone")


@pytest.fixture
def type_(skills: tuple[Skill, ...], router: Router, studio: Studio) -> Callable[[str], Reply]:
    """Type one."""
    return partial(_asked, skills, router, studio, "cli")


def _asked(
    skills: Sequence[Skill], router: Router, studio: Studio, source: Source, text: str
) -> Reply:
    match = router.match(Utterance(text, source, "turn-1"))
    assert match is not None, text
    [skill] = [skill for skill in skills if skill.name == match.skill]
    handling = skill.handle(match, studio)
    with pytest.raises(StopIteration) as end:  # the built-in skills never wait
        handling.send(None)
    reply = end.value.value
    assert isinstance(reply, Reply)
    return reply
