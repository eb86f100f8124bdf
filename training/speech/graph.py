"""The recognition graph: what sounds make words (HCL) and what words make sentences (G).

HCL is a prefix tree of the pronunciations, each phone one state, in Kaldi's "reordered" form: the
arc into a state leaves the phone for the decoder's books, the state's loop stays in it. A word
label stands on the first arc that no other word shares; what is left of the word from there on is
shared again with all words that end so. Composition with G is done by Vosk while it
decodes, with label look-ahead (Allauzen and Mohri, 2009), so a grammar can be given at run time.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from mused.training.speech.errors import ModelWriteError
from mused.training.speech.kaldi import TRANSITION_IDS
from mused.training.speech.lexicon import Lexicon
from mused.training.speech.ngram import END, START, History, LanguageModel
from mused.training.speech.openfst import NOT_FINAL, Arc, Fst, Intervals, intervals
from mused.training.speech.phones import (
    GARBAGE,
    SILENCE_PHONE_ID,
    leave_transition,
    loop_transition,
    phone_id,
    word_positions,
)

UNKNOWN = "[unk]"
_UNKNOWN_PHONES = 4  # the shortest unknown word: 120 ms
_SILENCE_COST = math.log(2)
_PRONUNCIATION_COST = 0.3  # of ln(how many the word has): variants are no rivals

WordIds = dict[str, int]


def with_unknown(lexicon: Lexicon) -> Lexicon:
    """The lexicon and, as the sound of an unknown word, a stretch of garbage."""
    return {**lexicon, UNKNOWN: ((GARBAGE,) * _UNKNOWN_PHONES,)}


def number_words(lexicon: Lexicon) -> WordIds:
    """Words numbered from 1 by sound, so that words that begin alike lie side by side."""
    ordered = sorted(lexicon, key=lambda word: (lexicon[word][0], word))
    return {word: number for number, word in enumerate(ordered, 1)}


@dataclass
class _Node:
    """A prefix of pronunciations."""

    children: dict[int, "_Node"] = field(default_factory=dict)
    words: set[int] = field(default_factory=set)
    ending: set[int] = field(default_factory=set)
    """Words that end here."""


_Tail = tuple[int, bool, tuple[tuple[int, int], ...]]
"""A phone, whether a word may end after it, and the phones that may follow with their states."""


def _tree(lexicon: Lexicon, ids: Mapping[str, int]) -> _Node:
    root = _Node()
    for word, pronunciations in lexicon.items():
        for phones in pronunciations:
            node = root
            node.words.add(ids[word])
            for phone, position in zip(phones, word_positions(len(phones)), strict=True):
                node = node.children.setdefault(phone_id(phone, position), _Node())
                node.words.add(ids[word])
            node.ending.add(ids[word])
    return root


@dataclass(frozen=True)
class LexiconGraph:
    """HCL and, for its look-ahead, which words can come next from every state."""

    fst: Fst
    reachable: list[Intervals]
    final_label: int


def _sound(fst: Fst, phone: int) -> int:
    """A new state in which a phone is spoken."""
    state = fst.add_state()
    fst.add_arc(state, Arc(loop_transition(phone), 0, 0.0, state))
    return state


def lexicon_graph(lexicon: Lexicon, ids: Mapping[str, int]) -> LexiconGraph:
    """Any words in any order with silence between them."""
    fst = Fst()
    pause = fst.add_state()  # at the start and after every word
    words = fst.add_state(final=0.0)
    silence = fst.add_state()
    fst.add_arc(pause, Arc(0, 0, _SILENCE_COST, words))
    fst.add_arc(pause, Arc(leave_transition(SILENCE_PHONE_ID), 0, _SILENCE_COST, silence))
    fst.add_arc(silence, Arc(loop_transition(SILENCE_PHONE_ID), 0, 0.0, silence))
    fst.add_arc(silence, Arc(0, 0, 0.0, words))
    anything: Intervals = [(1, len(ids) + 2)]
    costs = {ids[w]: _PRONUNCIATION_COST * math.log(len(lexicon[w])) for w in lexicon}
    reachable = [anything] * 3
    tails: dict[_Tail, int] = {}

    def tail(node: _Node, phone: int) -> int:
        """The state of a phone after which no other word is possible; equal tails are one."""
        following = sorted((each, tail(child, each)) for each, child in node.children.items())
        key = (phone, bool(node.ending), tuple(following))
        if key not in tails:
            tails[key] = _sound(fst, phone)
            reachable.append(anything)
            if node.ending:
                fst.add_arc(tails[key], Arc(0, 0, 0.0, pause))
            for each, state in following:
                fst.add_arc(tails[key], Arc(leave_transition(each), 0, 0.0, state))
        return tails[key]

    pending = [(words, _tree(lexicon, ids))]
    while pending:
        source, node = pending.pop()
        for phone, child in node.children.items():
            if len(child.words) == 1:
                word = next(iter(child.words))
                state = tail(child, phone)
                fst.add_arc(source, Arc(leave_transition(phone), word, costs[word], state))
                continue
            state = _sound(fst, phone)
            reachable.append(intervals(sorted(child.words)))
            fst.add_arc(source, Arc(leave_transition(phone), 0, 0.0, state))
            for word in child.ending:
                fst.add_arc(state, Arc(0, word, costs[word], pause))
            pending.append((state, child))
    return LexiconGraph(fst, reachable, len(ids) + 1)


def language_graph(model: LanguageModel, ids: Mapping[str, int]) -> Fst:
    """The language model as an acceptor of word numbers; ways to a class and back-off are epsilons.

    A class has one state, from which each of its words leads on as after any other history.
    """
    fst = Fst()
    states: dict[History, int] = {}
    for history in sorted(model.probabilities, key=lambda h: (len(h), h)):
        end = model.probabilities[history].get(END)
        states[history] = fst.add_state(NOT_FINAL if not end else -math.log(end))
    fst.start = states.get((START,), states[()])
    groups = {group: fst.add_state() for group in sorted(model.members)}

    def after(history: Sequence[str]) -> int:
        return next(states[tail] for tail in model.tails(history) if tail in states)

    for history, source in states.items():
        for word, probability in model.probabilities[history].items():
            cost = -math.log(probability)
            if word in groups:
                fst.add_arc(source, Arc(0, 0, cost, groups[word]))
            elif word != END:
                following = after((*history, word))
                fst.add_arc(source, Arc(ids[word], ids[word], cost, following))
        if history:
            shorter = next(t for t in model.tails(history) if t != history and t in states)
            fst.add_arc(source, Arc(0, 0, -math.log(model.backoff[history]), states[shorter]))
    for group, source in groups.items():
        for word, share in model.members[group].items():
            arc = Arc(ids[word], ids[word], -math.log(share), after((word,)))
            fst.add_arc(source, arc)
    return fst


def check_graph(lexicon: LexiconGraph, language: Fst, words: int) -> None:
    """Refuse what would crash libvosk: labels or states out of range, holes, blind states."""
    if len(lexicon.reachable) != len(lexicon.fst.arcs):
        raise ModelWriteError("the look-ahead table does not have one entry per state")
    _check_fst("HCLr", lexicon.fst, highest_input=TRANSITION_IDS, highest_output=words)
    _check_fst("Gr", language, highest_input=words, highest_output=words)
    for ranges in lexicon.reachable:
        if not ranges or ranges[0][0] < 1 or ranges[-1][1] > words + 2:
            raise ModelWriteError("a state's look-ahead range leaves the word numbers")


def _check_fst(name: str, fst: Fst, *, highest_input: int, highest_output: int) -> None:
    if not 0 <= fst.start < len(fst.arcs):
        raise ModelWriteError(f"{name}: start state {fst.start} does not exist")
    if all(final == NOT_FINAL for final in fst.finals):
        raise ModelWriteError(f"{name}: no state is final")
    for leaving in fst.arcs:
        for arc in leaving:
            _check_label(name, "input label", arc.input, highest_input)
            _check_label(name, "output label", arc.output, highest_output)
            _check_label(name, "target state", arc.target, len(fst.arcs) - 1)
            if not math.isfinite(arc.weight):
                raise ModelWriteError(f"{name}: an arc weighs {arc.weight}")


def _check_label(name: str, what: str, value: int, highest: int) -> None:
    if not 0 <= value <= highest:
        raise ModelWriteError(f"{name}: {what} {value} is outside 0..{highest}")


def word_table(ids: Mapping[str, int]) -> str:
    """graph/words.txt."""
    numbered: Sequence[tuple[str, int]] = sorted(ids.items(), key=lambda item: item[1])
    if [number for _, number in numbered] != list(range(1, len(ids) + 1)):
        raise ModelWriteError("word numbers must run from 1 without holes")
    return "".join(f"{word} {number}\n" for word, number in (("<eps>", 0), *numbered))
