from itertools import combinations

from mused.training.speech.everyday_words import KINDS, everyday
from mused.training.speech.vocabulary import vocabulary, word_classes


def test_each_word_has_one_kind() -> None:
    for one, other in combinations(KINDS, 2):
        assert not set(everyday(one)) & set(everyday(other))
    assert all(len(everyday(kind)) > 400 for kind in KINDS)
    assert {word for kind in KINDS for word in everyday(kind)} <= set(vocabulary())


def test_the_commonest_come_first() -> None:
    things = everyday("things")
    assert things.index("player") < things.index("snowmobile")


def test_words_have_the_class_of_their_kind() -> None:
    classes = word_classes()
    wanted = {"horse": "<thing>", "apple": "<an thing>", "horses": "<many>", "riding": "<doing>"}
    assert {word: classes[word] for word in wanted} == wanted
    assert not {"the", "computer", "generate", "stop", "two"} & classes.keys()
