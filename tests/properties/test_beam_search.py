"""A beam that holds all sequences finds the best of all; a narrower one never finds better."""

import functools
import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops

from keras_seq.decoding import GNMTLengthPenalty, beam_search
from tests.crf.compiled import run

ROWS, VOCABULARY, LONGEST = 8, 3, 4
START, END = 0, 2
EVERYTHING = VOCABULARY**LONGEST
LENGTH_PENALTIES = {
    "none": 0.0,
    "mean": 1.0,
    "beyond the mean": 1.5,
    "GNMT": GNMTLengthPenalty(0.6),
}


@functools.cache
def search_of(penalty, width, min_length, n_best):
    """A function of the tables (B, V, V) of log probabilities, compiled once."""

    def step(tokens, state):
        rows = ops.take_along_axis(state["table"], ops.reshape(tokens, (-1, 1, 1)), axis=1)
        return rows[:, 0], state

    def search(table):
        return tuple(
            beam_search(
                step,
                {"table": table},
                START,
                END,
                ROWS,
                width,
                LONGEST,
                alpha=LENGTH_PENALTIES[penalty],
                min_length=min_length,
                n_best=n_best,
            )
        )

    return search


@functools.cache
def sequences(min_length):
    others = [v for v in range(VOCABULARY) if v != END]
    found = [
        (*tokens, END)
        for length in range(max(1, min_length), LONGEST + 1)
        for tokens in itertools.product(others, repeat=length - 1)
    ]
    return [*found, *itertools.product(others, repeat=LONGEST)]


def score(table, tokens, penalty):
    total = sum(table[a, b] for a, b in itertools.pairwise((START, *tokens)))
    alpha = LENGTH_PENALTIES[penalty]
    if isinstance(alpha, GNMTLengthPenalty):
        return total / ((5 + len(tokens)) / 6) ** alpha.alpha
    return total / len(tokens) ** alpha


def tables(seed, sharpness):
    """Log probabilities in float64, random and, where `sharpness` is high, nearly certain."""
    logits = sharpness * np.random.default_rng(seed).normal(size=(ROWS, VOCABULARY, VOCABULARY))
    return logits - np.log(np.exp(logits).sum(-1, keepdims=True))


@pytest.mark.parametrize("penalty, min_length", [*((p, 0) for p in LENGTH_PENALTIES), ("mean", 3)])
@settings(max_examples=8)
@given(seed=st.integers(0, 2**32 - 1), sharpness=st.sampled_from([0.1, 1.0, 4.0]))
def test_a_beam_of_everything_finds_the_best(penalty, min_length, seed, sharpness):
    table = tables(seed, sharpness)
    tokens, lengths, scores = run(
        search_of(penalty, EVERYTHING, min_length, 2), table.astype("float32")
    )
    for row in range(ROWS):
        ranked = sorted(
            (score(table[row], y, penalty) for y in sequences(min_length)), reverse=True
        )
        np.testing.assert_allclose(scores[row], ranked[:2], atol=1e-5)
        for k in range(2):
            found = tuple(tokens[row, k, : int(lengths[row, k])].astype(int))
            assert found in sequences(min_length)
            np.testing.assert_allclose(score(table[row], found, penalty), scores[row, k], atol=1e-5)


@pytest.mark.parametrize("penalty", ["none", "mean"])
@settings(max_examples=8)
@given(seed=st.integers(0, 2**32 - 1), sharpness=st.sampled_from([0.1, 1.0, 4.0]))
def test_a_narrow_beam_finds_a_sequence_and_its_score(penalty, seed, sharpness):
    table = tables(seed, sharpness)
    tokens, lengths, scores = run(search_of(penalty, 2, 0, 2), table.astype("float32"))
    for row in range(ROWS):
        best = max(score(table[row], y, penalty) for y in sequences(0))
        found = [tuple(tokens[row, k, : int(lengths[row, k])].astype(int)) for k in range(2)]
        assert len(set(found)) == 2 and set(found) <= set(sequences(0))
        assert best + 1e-5 >= scores[row, 0] >= scores[row, 1]
        for k in range(2):
            np.testing.assert_allclose(
                score(table[row], found[k], penalty), scores[row, k], atol=1e-5
            )
