import math
import struct
from dataclasses import replace

import pytest

from mused.training.speech.errors import ModelWriteError
from mused.training.speech.graph import (
    UNKNOWN,
    check_graph,
    language_graph,
    lexicon_graph,
    number_words,
    with_unknown,
    word_table,
)
from mused.training.speech.kaldi import TRANSITION_IDS
from mused.training.speech.lexicon import Lexicon
from mused.training.speech.ngram import END, START, LanguageModel, estimate
from mused.training.speech.openfst import Arc, Fst, const_fst, intervals, lookahead_fst
from mused.training.speech.phones import leave_transition, phone_id, word_positions

LEXICON: Lexicon = {
    "see": (("S", "IY"),),
    "sea": (("S", "IY"),),
    "seed": (("S", "IY", "D"),),
    "a": (("AH",), ("EY",)),
    "two": (("T", "UW"),),
}


def outputs(fst: Fst, transitions: list[int]) -> set[tuple[int, ...]]:
    """Output labels of all paths that read exactly these transition ids, self loops aside."""
    found = set()
    pending: list[tuple[int, int, tuple[int, ...]]] = [(fst.start, 0, ())]
    while pending:
        state, read, said = pending.pop()
        if read == len(transitions) and fst.finals[state] != math.inf:
            found.add(said)
        for arc in fst.arcs[state]:
            eaten = 0 if arc.input == 0 else 1
            if eaten and (arc.target == state or transitions[read : read + 1] != [arc.input]):
                continue
            pending.append((arc.target, read + eaten, (*said, arc.output) if arc.output else said))
    return found


def transitions(phones: tuple[str, ...]) -> list[int]:
    positions = word_positions(len(phones))
    return [leave_transition(phone_id(p, w)) for p, w in zip(phones, positions, strict=True)]


def test_every_pronunciation_gives_its_words_and_no_others() -> None:
    ids = number_words(LEXICON)
    graph = lexicon_graph(LEXICON, ids)
    for phones in {phones for said in LEXICON.values() for phones in said}:
        words = {(ids[word],) for word, said in LEXICON.items() if phones in said}
        assert outputs(graph.fst, transitions(phones)) == words


def test_ends_that_words_have_in_common_are_kept_once() -> None:
    rhymes: Lexicon = {"station": (("S", "T", "EY", "SH", "AH", "N"),)}
    single = len(lexicon_graph({**rhymes, "a": (("AH",),)}, {"station": 1, "a": 2}).fst.arcs)
    more: Lexicon = {**rhymes, "nation": (("N", "EY", "SH", "AH", "N"),), "a": (("AH",),)}
    graph = lexicon_graph(more, number_words(more))
    assert len(graph.fst.arcs) == single + 1  # the N that "nation" begins with
    for word in rhymes:
        assert outputs(graph.fst, transitions(more[word][0])) == {(number_words(more)[word],)}


def test_words_follow_one_another() -> None:
    ids = number_words(LEXICON)
    graph = lexicon_graph(LEXICON, ids)
    both = transitions(("T", "UW")) + transitions(("S", "IY", "D"))
    assert outputs(graph.fst, both) == {(ids["two"], ids["seed"])}


def test_look_ahead_knows_exactly_what_can_come() -> None:
    ids = number_words(LEXICON)
    graph = lexicon_graph(LEXICON, ids)
    for state, ranges in enumerate(graph.reachable):
        labels = {label for begin, end in ranges for label in range(begin, end)}
        assert labels == next_labels(graph.fst, state, graph.final_label)


def next_labels(fst: Fst, start: int, final_label: int) -> set[int]:
    """The same by brute force: walk all arcs without output."""
    seen, pending, labels = {start}, [start], set()
    while pending:
        state = pending.pop()
        if fst.finals[state] != math.inf:
            labels.add(final_label)
        for arc in fst.arcs[state]:
            if arc.output:
                labels.add(arc.output)
            elif arc.target not in seen:
                seen.add(arc.target)
                pending.append(arc.target)
    return labels


def test_the_unknown_word_takes_a_while() -> None:
    complete = with_unknown(LEXICON)
    ids = number_words(complete)
    graph = lexicon_graph(complete, ids)
    assert outputs(graph.fst, transitions(("SPN",) * 4)) == {(ids[UNKNOWN],)}


def cost(fst: Fst, labels: list[int]) -> float:
    """The cheapest way to accept some words."""
    best = math.inf
    pending = [(fst.start, 0, 0.0)]
    while pending:
        state, read, weight = pending.pop()
        if read == len(labels):
            best = min(best, weight + fst.finals[state])
        pending += [
            (arc.target, read + (arc.input != 0), weight + arc.weight)
            for arc in fst.arcs[state]
            if arc.input == 0 or labels[read : read + 1] == [arc.input]
        ]
    return best


def small_model() -> LanguageModel:
    sentences = [s.split() for s in ("a sea", "a sea", "two see", "a seed")]
    return estimate(sentences, LEXICON, extra={UNKNOWN: 0.1})


@pytest.mark.parametrize("text", ["a sea", "two sea a", "seed"])
def test_the_language_graph_weighs_as_the_model_says(text: str) -> None:
    model, ids = small_model(), number_words(with_unknown(LEXICON))
    history, probability = [START], 1.0
    for word in (*text.split(), END):
        probability *= model.probability(history, word)
        history.append(word)
    found = cost(language_graph(model, ids), [ids[word] for word in text.split()])
    # An epsilon is always allowed, so a way around through the back-off may be cheaper.
    assert found <= -math.log(probability) + 1e-6
    assert found == pytest.approx(-math.log(probability), abs=1.0)


@pytest.mark.parametrize("text", ["a sea", "a two", "sea sea"])
def test_the_words_of_a_class_share_their_way_in(text: str) -> None:
    ids = number_words(with_unknown(LEXICON))
    said = [s.split() for s in ("a sea", "a seed", "a sea a", "see two")]
    classes = dict.fromkeys(("sea", "seed", "two"), "<noun>")
    model = estimate(said, LEXICON, extra={UNKNOWN: 0.1}, classes=classes, gain=99.0)
    assert not {"sea", "seed", "two"} & {w for known in model.probabilities.values() for w in known}
    history, probability = [START], 1.0
    for word in (*text.split(), END):
        probability *= model.probability(history, word)
        history.append(word)
    found = cost(language_graph(model, ids), [ids[word] for word in text.split()])
    assert found == pytest.approx(-math.log(probability), abs=1.0)


def test_const_header_counts_states_and_arcs() -> None:
    fst = Fst()
    first, last = fst.add_state(), fst.add_state(final=0.5)
    fst.add_arc(first, Arc(2, 3, 1.0, last))
    fst.add_arc(first, Arc(1, 4, 0.0, last))
    data = const_fst(fst, "input")
    assert struct.unpack_from("<i", data) == (2125659606,)
    header = 4 + 4 + len("const") + 4 + len("standard") + 8 + 8
    assert struct.unpack_from("<qqq", data, header) == (0, 2, 2)
    assert len(data) == header + 24 + 2 * 20 + 2 * 16
    assert struct.unpack_from("<i", data, header + 24 + 40) == (1,)  # sorted by input


def test_the_look_ahead_table_ends_the_file() -> None:
    graph = lexicon_graph(LEXICON, number_words(LEXICON))
    data = lookahead_fst(graph.fst, graph.reachable, graph.final_label)
    begin, end = graph.reachable[-1][-1]
    assert data.endswith(struct.pack("<i", sum(e - b for b, e in graph.reachable[-1])))
    assert struct.unpack_from("<ii", data, len(data) - 12) == (begin, end)


def test_ranges_are_half_open() -> None:
    assert intervals([1, 2, 3, 7, 9, 10]) == [(1, 4), (7, 8), (9, 11)]
    assert intervals([]) == []


@pytest.mark.parametrize(
    "arc",
    [
        Arc(TRANSITION_IDS + 1, 0, 0.0, 0),
        Arc(1, 99, 0.0, 0),
        Arc(1, -1, 0.0, 0),
        Arc(1, 0, 0.0, 10_000),
        Arc(1, 0, math.inf, 0),
    ],
)
def test_a_graph_that_would_crash_vosk_is_refused(arc: Arc) -> None:
    ids = number_words(with_unknown(LEXICON))
    graph = lexicon_graph(with_unknown(LEXICON), ids)
    language = language_graph(small_model(), ids)
    check_graph(graph, language, len(ids))
    graph.fst.add_arc(0, arc)
    with pytest.raises(ModelWriteError, match="HCLr"):
        check_graph(graph, language, len(ids))


def test_a_language_graph_with_a_strange_word_is_refused() -> None:
    ids = number_words(with_unknown(LEXICON))
    graph = lexicon_graph(with_unknown(LEXICON), ids)
    language = language_graph(small_model(), ids)
    language.add_arc(0, Arc(len(ids) + 1, len(ids) + 1, 0.0, 0))
    with pytest.raises(ModelWriteError, match="Gr: input label"):
        check_graph(graph, language, len(ids))


def test_a_look_ahead_table_that_does_not_fit_is_refused() -> None:
    ids = number_words(with_unknown(LEXICON))
    graph = lexicon_graph(with_unknown(LEXICON), ids)
    language = language_graph(small_model(), ids)
    with pytest.raises(ModelWriteError, match="one entry per state"):
        check_graph(replace(graph, reachable=graph.reachable[:-1]), language, len(ids))
    blind = replace(graph, reachable=[*graph.reachable[:-1], [(1, 99)]])
    with pytest.raises(ModelWriteError, match="leaves the word numbers"):
        check_graph(blind, language, len(ids))


def test_a_language_graph_without_an_end_is_refused() -> None:
    ids = number_words(with_unknown(LEXICON))
    graph = lexicon_graph(with_unknown(LEXICON), ids)
    endless = Fst()
    endless.add_state()
    with pytest.raises(ModelWriteError, match="no state is final"):
        check_graph(graph, endless, len(ids))


def test_word_numbers_must_have_no_holes() -> None:
    assert word_table({"b": 2, "a": 1}) == "<eps> 0\na 1\nb 2\n"
    with pytest.raises(ModelWriteError, match="without holes"):
        word_table({"a": 1, "b": 3})
