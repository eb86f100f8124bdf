from mused.training.speech.card import model_card
from mused.training.speech.report import (
    COMMANDS,
    PROMPTS,
    Confusion,
    Entry,
    Report,
    VoiceFigures,
    WakeFigures,
    confusions,
)

REPORT = Report(
    {COMMANDS: VoiceFigures(4, 0.025, 0.75)},
    WakeFigures({"0.5": 0.99}, {"0.5": 0.0}),
    [Entry("stop", "flite:slt")],
    {
        COMMANDS: [Confusion("old", "gold", 3)],
        PROMPTS: [Confusion("in", "", 5), Confusion("", "a", 2)],
    },
)


def test_the_card_has_the_figures_and_what_is_taken_for_what() -> None:
    card = model_card(REPORT, hours=9.0, steps=7000, seed=1).splitlines()
    assert "| commands, all voices | 4 | 2.5 % | 75 % |" in card
    assert "| old | gold | 3 | | in | (nothing) | 5 |" in card
    assert "|  |  |  | | (nothing) | a | 2 |" in card


def test_only_the_most_frequent_mistakes_are_listed() -> None:
    card = model_card(REPORT, hours=9.0, steps=7000, seed=1, lines=1)
    assert "| in | (nothing) | 5 |" in card
    assert "| (nothing) | a | 2 |" not in card


def test_mistakes_are_ranked_by_how_often_they_happen() -> None:
    pairs = [(["an", "old", "cat"], ["a", "gold", "cat"]), (["an", "owl"], ["a", "owl"])]
    assert confusions(pairs) == [Confusion("an", "a", 2), Confusion("old", "gold", 1)]
