"""What the built-in skills answer, asked through the router."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from mused.skills import wording
from mused.skills.contract import JobView, Reply

Ask = Callable[[str], Reply]


def test_generate_names_what_it_paints(ask: Ask, studio: Any) -> None:
    reply = ask("generate a painting of a sunset with a boat on a lake")
    assert reply == Reply("I am painting a sunset with a boat on a lake.")
    assert studio.jobs[0].prompt == "a painting of a sunset with a boat on a lake"


def test_generate_says_what_waits_before(ask: Ask) -> None:
    ask("generate a cat")
    assert ask("draw a dog").text == "I will paint a dog. One painting is waiting before it."
    assert ask("draw a cow").text == "I will paint a cow. Two paintings are waiting before it."


def test_generate_tells_unknown_words(ask: Ask, studio: Any) -> None:
    studio.unknown = ("quokka",)
    assert ask("paint a quokka").text == "I am painting a quokka. I do not know the word quokka."
    assert ask("paint a quokka").text == (
        "I will paint a quokka. One painting is waiting before it. I do not know the word quokka."
    )


def test_generate_counts_only_what_is_painted_before(ask: Ask, studio: Any) -> None:
    """What is spoken comes before files that wait."""
    studio.jobs = [JobView(1, "a cat", "running"), JobView(9, "a file", "queued", source="inbox")]
    assert ask("draw a dog").text == "I will paint a dog. One painting is waiting before it."


@pytest.mark.parametrize(
    "sentence",
    [
        "generate",
        "paint me a picture of",
        "draw something",
        "generate it",
        "paint it again",
        "draw another one",
        "paint nothing",
        "paint | | !",
    ],
)
def test_generate_refuses_an_empty_prompt(ask: Ask, studio: Any, sentence: str) -> None:
    reply = ask(sentence)
    assert not reply.understood
    assert reply.text.startswith("What shall I paint?")
    assert not studio.jobs


@pytest.mark.parametrize(
    "sentence",
    ["make it bigger", "make it a cat", "paint the same again", "paint the same in blue"],
)
def test_generate_tells_that_a_picture_cannot_be_changed(
    ask: Ask, studio: Any, sentence: str
) -> None:
    reply = ask(sentence)
    assert not reply.understood
    assert reply.text.startswith("I cannot change a picture.")
    assert not studio.jobs


@pytest.mark.parametrize("prompt", ["it is raining in the city", "italian mountains"])
def test_generate_takes_a_prompt_that_only_begins_alike(ask: Ask, studio: Any, prompt: str) -> None:
    assert ask(f"generate {prompt}").understood
    assert len(studio.jobs) == 1


def test_generate_passes_on_why_a_prompt_is_refused(ask: Ask, studio: Any) -> None:
    reply = ask("generate a boat | sea:0")
    assert not reply.understood
    assert reply.text == "The weight 0 in 'sea:0' does nothing: leave the part out."
    assert not studio.jobs


def test_stop_hushes_and_leaves_paintings_alone(ask: Ask, studio: Any) -> None:
    ask("generate a cat")
    studio.speaking = True
    assert ask("stop").text == ""
    assert not studio.speaking
    assert ask("stop").text == "I was not saying anything. Say cancel to end the painting."
    studio.jobs = [replace(studio.jobs[0], source="inbox")]
    assert ask("stop").text == "I was not saying anything. Say cancel the painting to end it."
    assert studio.open_jobs()
    studio.jobs = []
    assert ask("stop").text == "I was not saying anything."


def test_cancel_takes_the_newest_and_names_it(ask: Ask, studio: Any) -> None:
    ask("generate a cat")
    ask("generate a painting of a dog")
    assert ask("cancel that").text == "I cancelled a dog."
    assert ask("never mind").text == "I cancelled a cat."
    assert ask("cancel").text == "There is nothing to cancel."
    assert [job.status for job in studio.jobs] == ["cancelled", "cancelled"]


def test_a_spoken_cancel_means_what_was_said_and_tells_how_to_end_the_rest(
    ask: Ask, studio: Any
) -> None:
    studio.jobs = [
        JobView(1, "a file that runs", "running", source="inbox"),
        JobView(2, "a spoken wish", "queued"),
        JobView(3, "a typed wish", "queued", source="cli"),
    ]
    assert ask("cancel that").text == "I cancelled a spoken wish."
    for said in ("never mind", "cancel", "cancel that"):
        assert ask(said).text == (
            "Nothing spoken is left to cancel. I am painting a file that runs, which came as a "
            "file. Say cancel the painting to end it."
        )
    assert ask("cancel the painting").text == "I cancelled a file that runs."
    assert ask("never mind").text == (
        "Nothing spoken is left to cancel. I will paint a typed wish, which was typed. "
        "Say cancel the painting to end it."
    )
    assert [job.status for job in studio.jobs] == ["cancelled", "cancelled", "queued"]


def test_cancel_the_painting_means_what_was_said_before_what_runs(ask: Ask, studio: Any) -> None:
    studio.jobs = [
        JobView(1, "a file that runs", "running", source="inbox"),
        JobView(2, "a wish", "queued"),
    ]
    assert ask("cancel the painting").text == "I cancelled a wish."
    assert ask("stop painting").text == "I cancelled a file that runs."


def test_a_typed_cancel_means_what_was_typed(type_: Ask, studio: Any) -> None:
    studio.jobs = [
        JobView(1, "a typed wish", "running", source="cli"),
        JobView(2, "a spoken wish", "queued"),
    ]
    assert type_("never mind").text == "I cancelled a typed wish."
    assert type_("never mind").text == (
        "Nothing typed is left to cancel. I will paint a spoken wish, which was said. "
        "`mused queue cancel 2` ends it."
    )
    assert studio.open_jobs()


@pytest.mark.parametrize("said", ["stop listening", "don't listen to us", "mute the microphone"])
def test_told_to_stop_listening_it_says_what_undoes_it(ask: Ask, studio: Any, said: str) -> None:
    assert "mused unmute" in ask(said).text
    assert studio.muted
    assert ask("start listening again").text == "I am listening."
    assert not studio.muted
    assert ask("listen").text == "I was listening already."


def test_cancel_everything(ask: Ask, studio: Any) -> None:
    for animal in ("cat", "dog", "cow"):
        ask(f"generate a {animal}")
    assert ask("cancel everything").text == "I cancelled a cow, a dog and a cat."
    assert not studio.open_jobs()


def test_progress(ask: Ask, studio: Any) -> None:
    assert ask("how is it going").text == "I am not painting."
    assert ask("is it done").text == "Yes, all is done."
    for animal in ("cat", "dog", "cow"):
        ask(f"generate a {animal}")
    studio.jobs[0] = replace(studio.jobs[0], progress=0.42, seconds_left=33.0)
    expected = (
        "I am painting a cat: 42 percent done, about thirty seconds left. "
        "Two more paintings are waiting."
    )
    assert ask("how far is it").text == expected
    assert ask("is it done").text == f"Not yet. {expected}"
    studio.jobs[0] = replace(studio.jobs[0], status="done")
    assert ask("what are you painting").text == "Two paintings are waiting."


@pytest.mark.parametrize(
    ("hour", "minute", "said"),
    [
        (0, 0, "midnight"), (12, 0, "noon"), (4, 0, "four o'clock"), (16, 10, "ten past four"),
        (16, 15, "quarter past four"), (16, 30, "half past four"),
        (16, 31, "twenty nine minutes to five"),
        (16, 45, "quarter to five"), (23, 59, "one minute to midnight"),
        (11, 55, "five to noon"), (9, 1, "one minute past nine"),
    ],
)  # fmt: skip
def test_clock_says_the_time(ask: Ask, studio: Any, hour: int, minute: int, said: str) -> None:
    studio.time = datetime(2026, 11, 23, hour, minute)  # noqa: DTZ001 - local time
    assert ask("what time is it").text == f"It is {said}."


def test_clock_says_the_date(ask: Ask) -> None:
    assert ask("what day is it").text == "It is Monday, the twenty third of November."


def test_help_names_the_other_skills(ask: Ask) -> None:
    assert ask("what can you do").text == (
        "You can say: what time is it, generate a sunset with a boat on a lake, "
        "stop listening, how is it going, or cancel the painting."
    )


def test_help_without_skills(ask: Ask, studio: Any) -> None:
    studio.skills = ()
    assert "mused doctor" in ask("help").text


@pytest.mark.parametrize(
    ("prompt", "said"),
    [
        ("a red boat", "a red boat"),
        ("A picture of a cat", "a cat"),
        ("a painting of", "a painting of"),
        ("a sketch of a cat", "a sketch of a cat"),
        ("oil paint:0.5 | a picture of the sea:2 | text:-1:-.9", "the sea"),
        ("a clock at 10:30 | blue", "a clock at 10:30"),
        (":0", ":0"),
        ("word " * 30, "word " * 25 + "and so on"),
    ],
)
def test_subject_of_a_prompt(prompt: str, said: str) -> None:
    assert wording.subject(prompt) == said


@pytest.mark.parametrize(
    ("unknown", "named"),
    [
        (["quokka"], "the word quokka"),
        (["lo", "and", "behold"], "the words lo, and and behold"),
        ([*"abcd"], "four words of it"),
        (["a" * 500], "some words of it"),
    ],
)
def test_unknown_words_are_named_if_they_are_few(unknown: list[str], named: str) -> None:
    assert wording.do_not_know(unknown) == f"I do not know {named}."


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.2, "ten seconds"), (33, "thirty seconds"), (55, "one minute"), (95, "two minutes"),
        (49 * 60, "forty nine minutes"), (55 * 60, "one hour"), (3 * 3600, "three hours"),
        (61 * 3600, "61 hours"),
    ],
)  # fmt: skip
def test_duration(seconds: float, said: str) -> None:
    assert wording.duration(seconds) == said


def test_ordinals() -> None:
    days = [wording.ordinal(day) for day in (1, 2, 3, 4, 5, 8, 9, 12, 20, 21, 30, 31)]
    assert days == [
        "first", "second", "third", "fourth", "fifth", "eighth", "ninth", "twelfth",
        "twentieth", "twenty first", "thirtieth", "thirty first",
    ]  # fmt: skip
