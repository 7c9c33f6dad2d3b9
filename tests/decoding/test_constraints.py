"""Repeated n-grams and forced prefixes in all searches, against all sequences there are."""

import numpy as np
import pytest
from keras import ops

from keras_seq.decoding import beam_search, greedy, sample
from tests.decoding.small_model import END, START, L, SmallModel, V, ranked
from tests.gradients import assert_close, to_numpy

PREFIX = np.array([[3, -1, 0], [0, 3, 3], [-1, 3, END]])


def repeats(sequence, n):
    """Whether the last n tokens have come before."""
    grams = [tuple(sequence[i : i + n]) for i in range(len(sequence) - n + 1)]
    return n > 0 and len(grams) > 0 and grams[-1] in grams[:-1]


def permitted(sequence, row, n, prefix):
    """No rule is broken after the prefix, and the prefix is kept as far as the sequence goes."""
    forced = prefix[row] if prefix is not None else []
    for t, token in enumerate(sequence):
        free = t >= len(forced) or forced[t] < 0
        if repeats(sequence[: t + 1], n) if free else token != forced[t]:
            return False
    return True


OPTIONS = [
    {"no_repeat_ngram_size": 1},
    {"no_repeat_ngram_size": 2, "min_length": 3},
    {"no_repeat_ngram_size": 9},
    {"prefix": PREFIX},
    {"prefix": PREFIX[:, :2], "no_repeat_ngram_size": 2},
]


@pytest.mark.parametrize("options", OPTIONS, ids=lambda o: "-".join(o))
def test_the_best_of_all_permitted_sequences(options, rng):
    """By a beam of everything; the scores are those of the model without the rules."""
    model, count = SmallModel(rng), 4
    B, state = len(model.first), model.initial_state()
    found = beam_search(model.step, state, START, END, B, V**L, L, n_best=count, **options)
    n, prefix = options.get("no_repeat_ngram_size", 0), options.get("prefix")
    tokens, lengths, scores = map(to_numpy, found)
    lengths = lengths.astype(int)
    for row in range(B):
        every = ranked(model, row, lambda T: 1.0, min_length=options.get("min_length", 0))
        best = [(s, y) for s, y in every if permitted(y, row, n, prefix)][:count]
        assert_close(scores[row, : len(best)], [score for score, _ in best])
        assert np.isinf(scores[row, len(best) :]).all()
        for k, (_, sequence) in enumerate(best):
            assert tokens[row, k, : lengths[row, k]].tolist() == list(sequence)


@pytest.mark.parametrize("options", [OPTIONS[1], OPTIONS[4]], ids=lambda o: "-".join(o))
def test_greedy_is_a_beam_of_one_and_what_is_drawn_is_permitted(options, rng):
    model = SmallModel(rng)
    B, state = len(model.first), model.initial_state()
    narrow = beam_search(model.step, state, START, END, B, 1, L, **options)
    best = greedy(model.step, state, START, END, B, L, **options)
    likely = sample(model.step, state, START, END, B, L, top_k=1, **options)
    n, prefix = options["no_repeat_ngram_size"], options.get("prefix")
    for row in range(B):
        sequence = ()
        while len(sequence) < L and END not in sequence:
            logs = model.steps_of(row, (*sequence, 0))[0][-1]
            fits = [permitted((*sequence, v), row, n, prefix) for v in range(V)]
            early = len(sequence) + 1 < options.get("min_length", 0)
            fits[END] = fits[END] and not early or fits == [False] * V
            sequence += (int(np.where(fits, logs, -np.inf).argmax()),)
        for found in (best, likely):
            assert to_numpy(found[0])[row, : len(sequence)].tolist() == list(sequence)
            assert to_numpy(found[1])[row] == len(sequence)
        assert to_numpy(narrow.tokens)[row, 0, : len(sequence)].tolist() == list(sequence)
    assert_close(to_numpy(best[2]), to_numpy(narrow.scores)[:, 0], 1e-6)
    for seed in range(3):
        drawn = sample(model.step, state, START, END, B, L, seed=seed, **options)
        for row, length in enumerate(to_numpy(drawn[1]).astype(int)):
            sequence = tuple(to_numpy(drawn[0])[row, :length].astype(int).tolist())
            assert permitted(sequence, row, n, prefix)


def test_the_end_is_left_where_nothing_else_is():
    """Of three tokens, no two of which may be the same, there are no five."""

    def flat(tokens, state):
        return ops.zeros_like(ops.expand_dims(tokens, -1), "float32") + ops.zeros((3,)), state

    options = {"min_length": 5, "no_repeat_ngram_size": 1}
    for tokens, lengths, _ in (
        greedy(flat, [], 0, 2, 1, 6, **options),
        sample(flat, [], 0, 2, 1, 6, seed=1, **options),
        (x[:, 0] for x in beam_search(flat, [], 0, 2, 1, 2, 6, **options)),
    ):
        assert sorted(to_numpy(tokens)[0].astype(int)[:3].tolist()) == [0, 1, 2]
        assert to_numpy(lengths).tolist() == [3]


@pytest.mark.once
def test_what_is_refused(rng):
    model = SmallModel(rng)
    B, state = len(model.first), model.initial_state()
    for options, sentence in (
        ({"no_repeat_ngram_size": -1}, "`no_repeat_ngram_size` must be an integer of at least 0."),
        ({"no_repeat_ngram_size": 2.0}, "`no_repeat_ngram_size` must be an integer of at least 0."),
        (
            {"prefix": [[3], [3]]},
            "`prefix` must be of shape (B, P) with B=3. Received: prefix.shap",
        ),
        (
            {"prefix": [3, 3, 3]},
            "`prefix` must be of shape (B, P) with B=3. Received: prefix.shape",
        ),
        (
            {"prefix": [[3.0]] * 3},
            "`prefix` must be of an integer type. Received: prefix='float64'",
        ),
        ({"prefix": [["a"]] * 3}, "`prefix` must be of an integer type. Received: prefix='<U1'"),
        ({"prefix": [[3] * 5] * 3}, "`prefix.shape` must be of at most max_length=4 tokens."),
        ({"prefix": [[V]] * 3}, "`prefix` must be below the number of tokens, V=4. Received: pref"),
        ({"min_length": 5}, "`min_length` must be at most max_length=4. Received: min_length=5"),
    ):
        for search, width in ((greedy, ()), (sample, ()), (beam_search, (2,))):
            with pytest.raises(ValueError) as error:
                search(model.step, state, START, END, B, *width, L, **options)
            assert str(error.value).startswith(f"{search.__name__}: {sentence}")
