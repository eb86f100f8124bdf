"""Which sentence reaches which skill, and what survives of a prompt."""

import time
from collections.abc import Callable, Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mused.skills.contract import Context, Match, Reply, Skill, Utterance
from mused.skills.errors import SkillError
from mused.skills.router import Expectation, Router

Matched = Callable[[str], Match | None]


class Listed(Skill):
    """A skill with the templates it is given."""

    def __init__(self, name: str, **templates: Sequence[str]) -> None:
        super().__init__()
        self.name = name  # type: ignore[misc] # one class serves many skills here
        self.templates = templates

    def sentences(self) -> Mapping[str, Sequence[str]]:
        return self.templates

    async def handle(self, match: Match, context: Context) -> Reply:
        return Reply("")


def said(router: Router, text: str) -> tuple[str, str, dict[str, str]] | None:
    match = router.match(Utterance(text, "cli", "turn-1"))
    return (match.skill, match.intent, dict(match.slots)) if match else None


@pytest.mark.parametrize(
    ("sentence", "prompt"),
    [
        ("generate a city skyline", "a city skyline"),
        ("Generate a painting of a City Skyline", "a painting of a City Skyline"),
        ("generate: a clock at 10:30", "a clock at 10:30"),
        ("draw me a sketch of a cat", "a sketch of a cat"),
        ("Paint us the sea, the sky: blue | oil paint:0.5 | text:-1:-0.9",
         "the sea, the sky: blue | oil paint:0.5 | text:-1:-0.9"),
        ("create a watercolour of 3 boats, 2 red!", "a watercolour of 3 boats, 2 red"),
        ("computer, generate a red boat", "a red boat"),
        ("Computer computer generate a computer", "a computer"),
        ("hey muse, could you please paint a horse, please. Thank you!", "a horse"),
        ("can you draw a horse and thank you notes", "a horse and thank you notes"),
        ("I would like you to paint a cat", "a cat"),
        ("generate Saint-Exupéry\u2019s rose", "Saint-Exupéry\u2019s rose"),
        ("generate e\u0301clair", "éclair"),
        ("generate stop", "stop"),
        ("generate generate", "generate"),
        ("paint what time is it", "what time is it"),
        ("  make   a  wide   sea ", "a  wide   sea"),
    ],
)  # fmt: skip
def test_prompt_is_cut_from_the_original_words(
    matched: Matched, sentence: str, prompt: str
) -> None:
    match = matched(sentence)
    assert match is not None
    assert (match.skill, match.intent) == ("generate", "paint")
    assert match.slots == {"prompt": prompt}
    assert match.utterance.text == sentence


@pytest.mark.parametrize(
    ("sentence", "skill", "intent"),
    [
        ("generate", "generate", "nothing"),
        ("Please draw me a picture of", "generate", "nothing"),
        ("stop", "stop", "hush"),
        ("STOP!!!", "stop", "hush"),
        ("stop, computer", "stop", "hush"),
        ("please be quiet", "stop", "hush"),
        ("cancel that", "stop", "cancel"),
        ("cancel the painting please", "stop", "cancel the painting"),
        ("cancel painting", "stop", "cancel the painting"),
        ("never mind", "stop", "cancel"),
        ("cancel everything", "stop", "cancel all"),
        ("how is it going?", "progress", "how far"),
        ("how's it going", "progress", "how far"),
        ("how far is painting", "progress", "how far"),
        ("how far are you", "progress", "how far"),
        ("how long will it take", "progress", "how far"),
        ("how much longer", "progress", "how far"),
        ("when will the painting be ready?", "progress", "how far"),
        ("what are you painting", "progress", "what"),
        ("is it done", "progress", "done"),
        ("is the picture ready yet", "progress", "done"),
        ("what time is it", "clock", "time"),
        ("What's the time?", "clock", "time"),
        ("what is time", "clock", "time"),
        ("can you tell me what time it is", "clock", "time"),
        ("what a day is it", "clock", "date"),
        ("what date is it today", "clock", "date"),
        ("help", "help", "help"),
        ("can you help me please", "help", "help"),
        ("what can you do", "help", "help"),
        ("thank you", None, None),
        ("computer", None, None),
        ("the weather is nice", None, None),
        ("I will generate a plan", None, None),
        ("", None, None),
        (" ... ", None, None),
    ],
)
def test_fixed_sentences(
    matched: Matched, sentence: str, skill: str | None, intent: str | None
) -> None:
    match = matched(sentence)
    assert (match.skill, match.intent) == (skill, intent) if match else skill is None


def test_more_literal_words_win_whatever_the_order() -> None:
    wide = Listed("wide", any=["tell {story}"])
    narrow = Listed("narrow", joke=["tell me a joke about {topic}"])
    for skills in ([wide, narrow], [narrow, wide]):
        router = Router(skills)
        assert said(router, "tell me a joke about cats") == ("narrow", "joke", {"topic": "cats"})
        assert said(router, "please tell a Story") == ("wide", "any", {"story": "a Story"})


def test_the_earlier_skill_wins_a_tie() -> None:
    one, two = Listed("one", go=["go {place}"]), Listed("two", go=["go {place}"])
    assert said(Router([two, one]), "go home") == ("two", "go", {"place": "home"})


def test_a_catch_all_is_the_last_resort(skills: tuple[Skill, ...]) -> None:
    router = Router([Listed("chat", any=["{text}"]), *skills])
    assert said(router, "could you stop") == ("stop", "hush", {})
    assert said(router, "cancel painting") == ("stop", "cancel the painting", {})
    assert said(router, "Why is the sky blue?") == ("chat", "any", {"text": "Why is the sky blue"})


def test_slots_in_the_middle_and_spoken_numbers() -> None:
    router = Router([
        Listed("mail", send=["send {text} to {person}"]),
        Listed("timer", set=["wake me in {1..60:minutes} minutes"]),
    ])  # fmt: skip
    assert said(router, "Send Hello: you! to Ann") == (
        "mail", "send", {"text": "Hello: you", "person": "Ann"},
    )  # fmt: skip
    assert said(router, "wake me in twenty minutes") == ("timer", "set", {"minutes": "20"})
    assert said(router, "wake me in 20 minutes") == ("timer", "set", {"minutes": "20"})


@pytest.mark.parametrize("template", ["(unclosed", "use <rule>", "", "  ", "[maybe"])
def test_a_broken_template_is_named(template: str) -> None:
    with pytest.raises(SkillError, match="intent 'odd'"):
        Router([Listed("bad", odd=[template])])


def test_vocabulary_is_every_literal_word() -> None:
    router = Router([Listed("light", on=["Turn (on|off) [the] light in {room}", "it\u2019s dark"])])
    assert router.vocabulary() == {"turn", "on", "off", "the", "light", "in", "it's", "dark"}


@pytest.mark.parametrize(
    ("template", "triggers"),
    [
        ("(generate|paint) [me|us] {prompt}", {"generate", "paint"}),
        ("[please] (remind me|note) to {text}", {"remind", "note"}),
        ("(quickly;draw) {prompt}", {"quickly", "draw"}),
        ("{text} goes on the list", set()),
        ("turn on the light", set()),
    ],
)
def test_triggers_are_what_free_text_cannot_do_without(template: str, triggers: set[str]) -> None:
    assert Router([Listed("any", it=[template])]).triggers() == triggers


def test_a_sentence_takes_under_a_millisecond(matched: Matched) -> None:
    sentence = "computer, could you please generate a sunset with a boat on a lake, oil paint"
    matched(sentence)
    best = min(_seconds(matched, sentence) for _ in range(30))
    assert best < 0.001


def _seconds(matched: Matched, sentence: str) -> float:
    begin = time.perf_counter()
    matched(sentence)
    return time.perf_counter() - begin


ROUTER = Router(
    [Listed("generate", paint=["generate {prompt}"]), Listed("stop", hush=["stop"])], ["computer"]
)


@given(st.text(max_size=300))
def test_nothing_said_breaks_the_router(text: str) -> None:
    ROUTER.match(Utterance(text, "cli", "turn-1"))


@given(st.lists(st.text("abcXYZ019:|,'-é", min_size=1), min_size=1, max_size=12))
def test_every_prompt_survives(words: list[str]) -> None:
    prompt = " ".join(["boat", *words, "sea"])
    match = ROUTER.match(Utterance(f"computer generate {prompt}", "cli", "turn-1"))
    assert match is not None
    assert match.slots["prompt"] == prompt


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Expectation.WORDS),
        ("what", Expectation.WORDS),
        ("what time is", Expectation.WORDS),
        ("what time is it", Expectation.NOTHING),
        ("please cancel the painting", Expectation.NOTHING),
        ("generate", Expectation.MORE),
        ("generate a", Expectation.MORE),
        ("generate a red boat on", Expectation.MORE),
        ("please paint me a boat and the", Expectation.MORE),
        ("could you paint me a red boat", Expectation.FREE_TEXT),
        ("the weather is nice", Expectation.WORDS),
    ],
)
def test_what_may_follow_the_words_so_far(router: Router, text: str, expected: Expectation) -> None:
    assert router.expects(text) is expected


def test_free_text_may_go_on_where_one_word_more_would_be_a_command() -> None:
    router = Router([Listed("painter", paint=["paint {prompt}"], again=["paint that once more"])])
    assert router.expects("paint that once") is Expectation.FREE_TEXT


@pytest.mark.parametrize(
    ("text", "fixed"), [("cancel everything", True), ("generate a red boat", False)]
)
def test_a_command_with_no_free_text_is_fixed(router: Router, text: str, fixed: bool) -> None:
    match = router.match(Utterance(text, "microphone", "turn-1"))
    assert match is not None
    assert router.is_fixed(match) is fixed
