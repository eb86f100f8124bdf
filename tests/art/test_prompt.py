import math
import subprocess
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mused.art.errors import PromptError
from mused.art.prompt import Prompt, SubPrompt, parse


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a sunset", [SubPrompt("a sunset")]),
        (
            "a sunset:2 | boat | text, watermark:-0.5",
            [SubPrompt("a sunset", 2), SubPrompt("boat"), SubPrompt("text, watermark", -0.5)],
        ),
        ("sunset:1:0.4", [SubPrompt("sunset", 1, 0.4)]),
        ("fog:-1:-.9", [SubPrompt("fog", -1, -0.9)]),
        ("study: blue", [SubPrompt("study: blue")]),
        ("a clock at 10:30", [SubPrompt("a clock at 10:30")]),
        ("10:30:15", [SubPrompt("10:30:15")]),
        ("a film in 16:9", [SubPrompt("a film in 16:9")]),
        ("route 66 :2", [SubPrompt("route 66", 2)]),
        ("chapter: 5", [SubPrompt("chapter: 5")]),
        ("a:b:c", [SubPrompt("a:b:c")]),
        (" one \n\t two\x00three | | four ", [SubPrompt("one two three"), SubPrompt("four")]),
        ("Straße, Zürich", [SubPrompt("Straße, Zürich")]),
        ("🌅", [SubPrompt("🌅")]),
    ],
)
def test_prompts_are_read_as_people_mean_them(text: str, parts: list[SubPrompt]) -> None:
    assert list(parse(text).parts) == parts


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        (" \n", "empty"),
        ("|||", "empty"),
        ("...", "nothing to paint"),
        ("boat | !?", "nothing to paint in '!\\?'"),
        (":2", "nothing to paint"),
        ("boat:0", "leave the part out"),
        ("boat:101", "beyond"),
        ("boat:1e999", "beyond"),
        ("boat:1:1e999", "stop"),
        ("x" * 4001, "4001 characters"),
    ],
)
def test_what_cannot_be_painted_is_refused_in_words(text: str, words: str) -> None:
    with pytest.raises(PromptError, match=words):
        parse(text)


def test_wanted_leaves_weights_and_negative_parts_out() -> None:
    assert parse("a boat:2 | a lake | people:-1").wanted == "a boat, a lake"


@given(st.text(max_size=300))
def test_any_text_is_a_prompt_or_a_prompt_error(text: str) -> None:
    try:
        prompt = parse(text)
    except PromptError:
        return
    assert prompt.parts
    assert all(part.text == part.text.strip() != "" for part in prompt.parts)
    assert all(math.isfinite(part.weight) and part.weight for part in prompt.parts)


@given(
    st.from_regex(r"[A-Za-z]+( [A-Za-z]+){0,3}", fullmatch=True),
    st.floats(-100, 100).filter(bool),
    st.floats(-5, 5),
)
def test_written_weights_and_stops_come_back(text: str, weight: float, stop: float) -> None:
    assert parse(f"{text}:{weight!r}:{stop!r}").parts == (SubPrompt(text, weight, stop),)


@given(st.lists(st.from_regex(r"[a-z]{1,9}", fullmatch=True), min_size=1, max_size=6))
def test_parts_keep_their_order(words: list[str]) -> None:
    prompt = parse(" | ".join(words))
    assert isinstance(prompt, Prompt)
    assert [part.text for part in prompt.parts] == words


@pytest.mark.parametrize(
    "text", [":" + "1" * 3998 + "x", (":" + "1" * 500) * 7 + "x", "a:" + "1" * 3990 + "e"]
)
def test_long_numbers_are_read_at_once(text: str) -> None:
    begun = time.process_time()
    assert parse(text).parts == (SubPrompt(text),)
    assert time.process_time() - begun < 0.2


def test_the_daemons_side_of_painting_needs_no_torch() -> None:
    code = (
        "import sys, mused.art, mused.art.prompt, mused.art.picture, mused.art.errors;"
        "import mused.art.settings, mused.art.requests, mused.art.worker;"
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
