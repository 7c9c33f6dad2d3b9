"""Beam search against all sequences there are, against greedy, and by hand."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_seq.decoding import BatchShared, GNMTLengthPenalty, beam_search, greedy
from tests.decoding.small_model import END, START, H, L, SmallModel, V, beam, ranked
from tests.gradients import assert_close, to_numpy


def search(model, width, **options):
    found = beam_search(
        model.step, model.initial_state(), START, END, len(model.first), width, L, **options
    )
    return found, [to_numpy(x) for x in found]


def normalizer_of(alpha):
    if isinstance(alpha, GNMTLengthPenalty):
        return lambda T: ((5 + T) / 6) ** alpha.alpha
    return lambda T: T**alpha


EVERYTHING = [
    {},
    {"alpha": 0.7},
    {"alpha": 1.0, "min_length": 3},
    {"alpha": GNMTLengthPenalty(0.8), "coverage": 0.3},
    {"coverage": 1.0, "min_length": L},
]


@pytest.mark.parametrize("options", EVERYTHING, ids=str)
def test_a_beam_of_everything_is_the_argmax_over_all_sequences(options, rng):
    model, n = SmallModel(rng), 5
    _, (tokens, lengths, scores) = search(model, V**L, n_best=n, **options)
    rest = {name: value for name, value in options.items() if name != "alpha"}
    for row in range(len(model.first)):
        best = ranked(model, row, normalizer_of(options.get("alpha", 0.0)), **rest)[:n]
        assert_close(scores[row], [score for score, _ in best])
        for k, (_, sequence) in enumerate(best):
            assert lengths[row, k] == len(sequence)
            assert tokens[row, k].tolist() == [*sequence, *[0] * (L - len(sequence))]


@pytest.mark.parametrize("width", [2, 3])
@pytest.mark.parametrize(
    "options", [{}, {"alpha": 1.0}, {"alpha": GNMTLengthPenalty(2.0), "coverage": 0.5}]
)
def test_a_narrow_beam_is_the_algorithm_in_plain_python(width, options, rng):
    model = SmallModel(rng, batch=12)
    _, (tokens, lengths, scores) = search(model, width, n_best=width, **options)
    coverage = options.get("coverage", 0.0)
    for row in range(12):
        best = beam(model, row, width, normalizer_of(options.get("alpha", 0.0)), coverage)
        for k, (score, sequence) in enumerate(best):
            assert tokens[row, k, : len(sequence)].tolist() == list(sequence)
            assert lengths[row, k] == len(sequence)
            assert scores[row, k] == pytest.approx(score, abs=1e-5)


@pytest.mark.parametrize("alpha", [0.0, 1.0])
@pytest.mark.parametrize("min_length", [0, 3])
def test_width_one_is_greedy(alpha, min_length, rng):
    model = SmallModel(rng, batch=12)
    found, (tokens, lengths, _) = search(model, 1, alpha=alpha, min_length=min_length)
    plain = greedy(model.step, model.initial_state(), START, END, 12, L, min_length=min_length)
    one, two, log_p = map(to_numpy, plain)
    np.testing.assert_array_equal(tokens[:, 0], one)
    np.testing.assert_array_equal(lengths[:, 0], two)
    assert_close(to_numpy(found.parts["log_probability"])[:, 0], log_p, 1e-6)
    for row, (sequence, length) in enumerate(zip(one.astype(int), two.astype(int), strict=True)):
        logs, _ = model.steps_of(row, sequence[:length])
        if min_length:
            logs[: min_length - 1, END] = -np.inf
        assert logs.argmax(-1).tolist() == sequence[:length].tolist()


def test_the_parts_make_the_score(rng):
    found, (_, lengths, scores) = search(
        SmallModel(rng), 4, alpha=0.5, coverage=0.4, n_best=4, min_length=2
    )
    parts = {name: to_numpy(x) for name, x in found.parts.items()}
    assert_close(parts["normalizer"], lengths**0.5)
    assert (parts["coverage"] < 0).all()
    assert_close(parts["log_probability"] / parts["normalizer"] + parts["coverage"], scores)


def table(rows):
    """A step that looks up the next token's probabilities by the last token."""
    logs = np.log(np.array(rows, "float32"))
    return lambda tokens, state: (ops.take(ops.convert_to_tensor(logs), tokens, axis=0), state)


# Tokens: 0 start, 1 a, 2 b, 3 end. Greedy goes a, b, end: 0.6 * 0.5 * 0.9 = 0.27;
# b, end has 0.4 * 0.9 = 0.36.
BY_HAND = table(
    [
        [1e-9, 0.6, 0.4, 1e-9],
        [1e-9, 0.2, 0.5, 0.3],
        [1e-9, 1e-9, 0.1, 0.9],
        [0.7, 0.1, 0.1, 0.1],  # after the end nothing must be asked
    ]
)


def by_hand(**options):
    found = beam_search(BY_HAND, [], 0, 3, 1, max_length=6, **options)
    return [to_numpy(x)[0].tolist() for x in found]


def test_by_hand():
    tokens, lengths, scores = by_hand(beam_width=1)
    assert tokens == [[1, 2, 3, 0, 0, 0]] and lengths == [3]
    assert scores == pytest.approx([np.log(0.27)], abs=1e-5)
    tokens, lengths, scores = by_hand(beam_width=2, n_best=2)
    assert tokens == [[2, 3, 0, 0, 0, 0], [1, 2, 3, 0, 0, 0]] and lengths == [2, 3]
    assert scores == pytest.approx(np.log([0.36, 0.27]), abs=1e-5)


def test_length_normalisation_by_hand():
    """0.36^(1/2) = 0.6 and 0.27^(1/3) = 0.646: the longer one is the better one."""
    tokens, lengths, scores = by_hand(beam_width=3, n_best=2, alpha=1.0)
    assert tokens[0] == [1, 2, 3, 0, 0, 0] and tokens[1] == [2, 3, 0, 0, 0, 0]
    assert np.exp(scores) == pytest.approx([0.27 ** (1 / 3), 0.6], abs=1e-5)


def test_where_there_are_fewer_sequences_than_asked_for():
    """Width over the vocabulary, too: two tokens have three sequences of at most 2."""
    step = table([[0.75, 0.25], [0.5, 0.5]])
    found = beam_search(step, [], 0, 1, 1, beam_width=6, max_length=2, n_best=5)
    tokens, lengths, scores = [to_numpy(x)[0].tolist() for x in found]
    assert lengths == [2, 1, 2, 0, 0] or lengths == [2, 2, 1, 0, 0]
    assert tokens[0] == [0, 0] and tokens[3:] == [[0, 0], [0, 0]]
    assert np.exp(scores) == pytest.approx([0.5625, 0.25, 0.1875, 0, 0], abs=1e-5)


def test_a_late_winner_is_waited_for():
    """0.5 has ended at once; 0.4 goes on for certain, and at length 4 is 0.4^(1/4) = 0.795.

    At length 1 it is 0.4, the less of the two: a bound must look ahead to `max_length`.
    """
    step = table([[0.1, 0.4, 1e-9, 0.5], [1e-9, 1e-9, 1.0, 1e-9], [1e-9, 1e-9, 1.0, 1e-9], [1] * 4])
    found = beam_search(step, [], 0, 3, 1, beam_width=2, max_length=4, alpha=1.0)
    tokens, lengths, scores = [to_numpy(x)[0].tolist() for x in found]
    assert tokens == [[1, 2, 2, 2]] and lengths == [4]
    assert np.exp(scores) == pytest.approx([0.4**0.25], abs=1e-5)


@pytest.mark.skipif(keras.backend.backend() == "jax", reason="a compiled loop calls step once")
def test_it_stops_when_no_live_hypothesis_can_win():
    def calls(**options):
        count = 0

        def step(tokens, state):
            nonlocal count
            count += 1
            return BY_HAND(tokens, state)

        beam_search(step, [], 0, 3, 1, max_length=50, **options)
        return count

    # b, end (0.36) is there after two steps; of the rest a, b (0.3) is the best.
    assert calls(beam_width=2) == 2
    assert calls(beam_width=2, n_best=2) == 3
    assert calls(beam_width=1, alpha=1.0) == 3
    # With alpha=1 what is at 0.3 may come to 0.3^(1/50): it goes on.
    assert calls(beam_width=3) == 2 < calls(beam_width=3, alpha=1.0)


def test_rows_of_a_batch_do_not_mix(rng):
    model = SmallModel(rng, batch=3)
    together = search(model, 3, alpha=0.6, n_best=2)[1]
    for row in (0, 2):
        alone = SmallModel(rng, batch=1)
        alone.weights, alone.first = model.weights, model.first[row : row + 1]
        alone.mask = model.mask[row : row + 1]
        for one, all_rows in zip(search(alone, 3, alpha=0.6, n_best=2)[1], together, strict=True):
            assert_close(one[0], all_rows[row], 1e-6)


def test_what_is_shared_stays(rng):
    """A model whose states all stay where they were written, found by their ancestors."""
    model, W = SmallModel(rng), 3
    B, plain = len(model.first), model.initial_state()
    state = {
        "t": np.zeros((B,), "int32"),
        "beam_ancestors": np.zeros((B, L), "int32"),
        "written": BatchShared(ops.zeros((B, L * W, H))),
        "first": BatchShared(plain["h"]),
    }

    def step(tokens, state):
        at, t = state["beam_ancestors"], state["t"]
        before = ops.take_along_axis(at, ops.expand_dims(ops.maximum(t - 1, 0), -1), axis=1)
        place = ops.reshape(ops.maximum(t[:1] - 1, 0) * W + before[:, 0], (B, W, 1))
        old = ops.take_along_axis(state["written"], place, axis=1)
        old = ops.where(t[0] == 0, ops.expand_dims(state["first"], 1), old)
        given = {"h": ops.reshape(old, (B * W, H))}
        for name in ("alignment", "source_mask"):
            given[name] = ops.repeat(ops.convert_to_tensor(plain[name]), W, axis=0)
        logits, new = model.step(tokens, given)
        h = ops.reshape(new["h"], (B, W, H))
        written = state["written"]
        if keras.backend.backend() == "torch":  # as it may: it is the search's own copy
            written[:, int(t[0]) * W : int(t[0] + 1) * W] = h
        else:
            written = ops.slice_update(written, (0, t[0] * W, 0), h)
        own = ops.expand_dims(ops.arange(B * W, dtype="int32") % W, -1)
        at = ops.where(ops.equal(ops.arange(L), ops.expand_dims(t, -1)), own, at)
        return logits, {**state, "t": t + 1, "beam_ancestors": at, "written": written}

    given = state["written"].tensor
    found = beam_search(step, state, START, END, B, W, L, n_best=W)
    assert not to_numpy(given).any(), "the first state was written to"
    expected = beam_search(model.step, plain, START, END, B, W, L, n_best=W)
    assert to_numpy(found.tokens).tolist() == to_numpy(expected.tokens).tolist()
    assert_close(to_numpy(found.scores), to_numpy(expected.scores), 1e-6)
