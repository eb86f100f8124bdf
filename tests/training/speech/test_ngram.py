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


def test_rare_trigrams_are_left_out(model: LanguageModel) -> None:
    assert "boat" in model.probabilities[("a", "red")]
    assert "house" not in model.probabilities[("a", "red")]
