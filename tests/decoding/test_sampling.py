"""Greedy and drawn sequences: frequencies, what is cut off, the same seed again."""

import numpy as np
import pytest
from keras import ops

from keras_seq.decoding import greedy, sample
from tests.decoding.small_model import END, START, L, SmallModel
from tests.gradients import assert_close, to_numpy

P = np.array([0.05, 0.4, 0.3, 0.2, 0.05], "float32")  # the end is 4


def always(tokens, state):
    logits = ops.convert_to_tensor(np.log(P))
    return logits + ops.zeros_like(ops.expand_dims(tokens, -1), dtype="float32"), state


def shares(N=4000, **options):
    """How often each token comes first."""
    tokens, _, _ = sample(always, [], 0, 4, N, max_length=1, seed=5, **options)
    return np.bincount(to_numpy(tokens)[:, 0].astype(int), minlength=5) / N


def cut(kept):
    p = np.where(np.isin(np.arange(5), kept), P, 0)
    return p / p.sum()


DRAWN = [
    ({}, P),
    ({"temperature": 0.5}, P**2 / (P**2).sum()),
    ({"top_k": 2}, cut([1, 2])),
    ({"top_k": 9}, P),
    ({"top_p": 0.69}, cut([1, 2])),
    ({"top_p": 0.71}, cut([1, 2, 3])),
    ({"top_p": 0.01}, cut([1])),
    ({"top_p": 1.0}, P),
    ({"min_length": 1}, P),
]


@pytest.mark.parametrize("options, expected", DRAWN, ids=str)
def test_how_often_each_token_is_drawn(options, expected):
    found = shares(**options)
    assert_close(found, expected, 0.03)  # 4 standard deviations
    assert (found[expected == 0] == 0).all()


def test_the_repetition_penalty_by_hand():
    """Positive logits are divided, negative ones multiplied; the start counts as seen."""
    logits = np.array([[2.0, 1.5, -1.0, 0.5, -9.0]], "float32")

    def step(tokens, state):
        return ops.convert_to_tensor(logits), state

    tokens, _, _ = sample(step, [], 0, 4, 1, max_length=5, repetition_penalty=4.0, top_k=1, seed=1)
    # seen {0}: 0.5 1.5 -1 0.5; {0, 1}: 0.5 0.375 -1 0.5 and so on, never -4 of a seen 2
    assert to_numpy(tokens)[0, 0] == 1
    assert set(to_numpy(tokens)[0, 1:].tolist()) <= {0.0, 3.0}
    assert 1 not in to_numpy(tokens)[0, 1:]


def test_the_same_seed_draws_the_same(rng):
    model = SmallModel(rng, batch=8)

    def drawn(seed):
        found = sample(model.step, model.initial_state(), START, END, 8, L, seed=seed)
        return [to_numpy(x) for x in found]

    one, again, other = drawn(1), drawn(1), drawn(2)
    for a, b in zip(one, again, strict=True):
        np.testing.assert_array_equal(a, b)
    assert (one[0] != other[0]).any()
    tokens, lengths, scores = one
    for row in range(8):
        sequence = tokens[row, : int(lengths[row])].astype(int)
        logs, _ = model.steps_of(row, sequence)
        picked = logs[np.arange(len(sequence)), sequence].sum()
        assert scores[row] == pytest.approx(picked, abs=1e-5)
        assert (tokens[row, int(lengths[row]) :] == 0).all()
        assert END not in sequence[:-1]


def test_the_most_probable_one_drawn_is_greedy(rng):
    model = SmallModel(rng, batch=8)
    state = model.initial_state()
    drawn = sample(model.step, state, START, END, 8, L, top_k=1, min_length=2)
    best = greedy(model.step, state, START, END, 8, L, min_length=2)
    for a, b in zip(drawn, best, strict=True):
        assert_close(to_numpy(a), to_numpy(b), 1e-6)
    assert (to_numpy(best[1]) >= 2).all()


def test_of_equally_probable_tokens_no_more_than_top_k():
    def flat(tokens, state):
        return ops.zeros((200, 6)), state

    tokens, _, _ = sample(flat, [], 0, 5, 200, max_length=1, top_k=2, seed=1)
    assert len(set(to_numpy(tokens)[:, 0].tolist())) == 2
