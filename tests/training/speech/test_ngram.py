import pytest

from mused.training.speech.ngram import END, START, LanguageModel, estimate

SENTENCES = [s.split() for s in ("a red boat", "a red boat", "a red house", "stop", "a blue boat")]
WORDS = ("a", "red", "blue", "boat", "house", "stop", "never")


@pytest.fixture(scope="module")
def model() -> LanguageModel:
    return estimate(SENTENCES, WORDS, extra={"[unk]": 0.5})


@pytest.mark.parametrize("history", [(), (START,), ("red",), ("a", "red"), ("never", "stop")])
def test_probabilities_sum_to_one(model: LanguageModel, history: tuple[str, ...]) -> None:
    everything = (*WORDS, "[unk]", END)
    assert sum(model.probability(history, word) for word in everything) == pytest.approx(1.0)


def test_what_was_said_more_is_likelier(model: LanguageModel) -> None:
    assert model.probability(("a", "red"), "boat") > model.probability(("a", "red"), "house")
    assert model.probability((START,), "a") > model.probability((START,), "boat")


def test_every_word_is_possible_everywhere(model: LanguageModel) -> None:
    for history in model.probabilities:
        assert model.probability(history, "never") > 0
    assert model.probability((), "nonsense") == 0


def test_trigrams_that_tell_nothing_new_are_left_out(model: LanguageModel) -> None:
    assert ("a", "red") not in model.probabilities
    said = [s.split() for s in ("my red boat", "the red house") * 5]
    told = estimate(said, ["my", "the", "red", "boat", "house"])
    assert set(told.probabilities[("my", "red")]) == {"boat"}


CLASSES = dict.fromkeys(("red", "blue", "green"), "<colour>") | dict.fromkeys(
    ("boat", "house", "kite"), "<thing>"
)
CLASSED = (*SENTENCES, *[s.split() for s in ("a full boat",) * 4 + ("a full house",) * 30])
MORE_WORDS = (*WORDS, "green", "kite", "full")


@pytest.fixture(scope="module")
def classed() -> LanguageModel:
    return estimate(CLASSED, MORE_WORDS, extra={"[unk]": 0.5}, classes=CLASSES)


@pytest.mark.parametrize("history", [(), ("a",), ("kite",), ("green",), ("a", "full")])
def test_probabilities_sum_to_one_with_classes(
    classed: LanguageModel, history: tuple[str, ...]
) -> None:
    everything = (*MORE_WORDS, "[unk]", END)
    assert sum(classed.probability(history, word) for word in everything) == pytest.approx(1.0)


def test_a_word_may_stand_where_others_of_its_class_did(classed: LanguageModel) -> None:
    """Nobody said "green kite", nor either word of it."""
    assert classed.probability(("green",), "kite") > 3 * classed.probability(("green",), "stop")


def test_a_word_that_often_follows_another_is_told_from_its_class(classed: LanguageModel) -> None:
    assert "house" in classed.probabilities[("full",)]
    assert "kite" not in classed.probabilities[("full",)]
    assert classed.probability(("full",), "house") == pytest.approx(30 / 34, abs=0.1)
