"""Every function beside the sum over all paths, under every mask, however large the scores."""

import itertools

import numpy as np
import pytest
from keras import ops
from scipy import stats

from keras_seq import crf
from tests.crf import brute_force
from tests.crf.compiled import run, value_and_gradients
from tests.gradients import assert_close, to_numpy

K, T = 3, 4
EVERY_MASK = np.array(list(itertools.product([False, True], repeat=T)))
B = len(EVERY_MASK)
MASKS = {"every mask": EVERY_MASK, "no mask": None}


def random_weights(rng, size=1.0):
    """Transitions, start and end."""
    return [(size * rng.normal(size=s)).astype("float32") for s in ((K, K), (K,), (K,))]


def scores(rng, kind):
    """Emissions and weights: ordinary, constrained, or so large that products underflow."""
    emissions = rng.normal(size=(B, T, K)).astype("float32")
    weights = random_weights(rng)
    if kind == "large emissions":
        emissions *= 1e4
    if kind == "large transitions":
        weights = random_weights(rng, 1e4)
    if kind in ("constrained", "constrained against the emissions", "no path allowed"):
        weights[0][[0, 1, 2], [2, 0, 1]] -= 1e4
        weights[1][2] -= 1e4
        weights[2][1] -= 1e4
    if kind == "constrained against the emissions":
        emissions *= 100
    if kind == "no path allowed":
        weights[0] -= 1e4
    return emissions, weights


KINDS = (
    "ordinary",
    "large emissions",
    "large transitions",
    "constrained",
    "constrained against the emissions",
    "no path allowed",
)


def weighted(emissions, transitions, start, end, tags, mask, upstream):
    """A number with a gradient of its own for every row."""
    values = crf.log_likelihood(emissions, tags, transitions, start, end, mask=mask)
    return ops.sum(values * ops.cast(upstream, "float32"))


def five_best(emissions, *weights, mask):
    return crf.nbest(emissions, *weights, 5, mask=mask)


@pytest.fixture(params=MASKS)
def mask(request):
    return MASKS[request.param]


@pytest.mark.parametrize("kind", KINDS)
def test_log_likelihood(kind, mask, rng):
    emissions, weights = scores(rng, kind)
    tags = rng.integers(0, K, (B, T))
    actual = run(crf.log_likelihood, emissions, tags, *weights, mask=mask)
    expected = brute_force.log_likelihood(emissions, tags, mask, *weights)
    assert_close(actual, expected, 2e-6)
    if mask is not None:
        assert actual[0] == 0.0


@pytest.mark.parametrize("kind", KINDS)
def test_gradients_are_expected_counts(kind, mask, rng):
    """Slopes of the normalizer: marginals, by all paths, weighted by the gradient that comes in."""
    emissions, weights = scores(rng, kind)
    tags, upstream = rng.integers(0, K, (B, T)), rng.normal(size=B)
    rows = brute_force.rows(emissions, mask, *weights)
    d_emissions, d_weights = np.zeros((B, T, K)), [np.zeros_like(w, "float64") for w in weights]
    for b, row in enumerate(rows):
        paths = [(path, -p) for path, p in zip(row.paths, row.probabilities, strict=True)]
        for path, p in [*paths, (tags[b][row.steps], 1.0)] if len(row.steps) else []:
            p = p * upstream[b]
            d_emissions[b, row.steps, path] += p
            np.add.at(d_weights[0], (path[:-1], path[1:]), p)
            d_weights[1][path[0]] += p
            d_weights[2][path[-1]] += p

    # Rounding at 1e4 is 1e-3, and with it tags of almost equal score are told apart.
    tolerance = 2e-3 if kind != "ordinary" else 1e-5
    _, slopes = value_and_gradients(weighted, [emissions, *weights], tags, mask, upstream)
    for slope, expected in zip(slopes, [d_emissions, *d_weights], strict=True):
        assert_close(slope, expected, tolerance)


def test_gradients_are_slopes_of_the_definition(mask, rng):
    """Finite differences of the brute force itself, in float64."""
    emissions, weights = scores(rng, "ordinary")
    tags, upstream = rng.integers(0, K, (B, T)), rng.normal(size=B)
    upstream[np.arange(B) % 5 > 0] = 0  # some rows will do
    some = slice(None, None, 5)

    def truth(emissions, *weights):
        here = None if mask is None else mask[some]
        values = brute_force.log_likelihood(emissions[some], tags[some], here, *weights)
        return values @ upstream[some]

    arrays = [a.astype("float64") for a in (emissions, *weights)]
    value, slopes = value_and_gradients(weighted, arrays, tags, mask, upstream)
    assert value == pytest.approx(truth(*arrays), rel=1e-5, abs=1e-5)
    for slope, expected in zip(slopes, brute_force.slopes(truth, arrays), strict=True):
        assert_close(slope, expected)


@pytest.mark.parametrize("kind", KINDS)
def test_viterbi_and_nbest(kind, mask, rng):
    emissions, weights = scores(rng, kind)
    rows = brute_force.rows(emissions, mask, *weights)
    tags, values = run(crf.viterbi, emissions, *weights, mask=mask)
    many_tags, many = run(five_best, emissions, *weights, mask=mask)
    assert many_tags.shape == (B, 5, T)
    tolerance = 0.02 if kind != "ordinary" else 1e-5  # of 50,000, in float32
    for b, row in enumerate(rows):
        assert values[b] == pytest.approx(row.scores[0], abs=tolerance)
        best = row.score(tags[b, row.steps].astype(int))
        assert best == pytest.approx(row.scores[0], abs=tolerance)
        there = min(5, len(row.paths))
        assert many[b, :there] == pytest.approx(row.scores[:there], abs=tolerance)
        assert (many[b, there:] == -np.inf).all() and not many_tags[b, there:].any()
        paths = [path.astype(int) for path in many_tags[b, :there]]
        assert len({tuple(path) for path in paths}) == there, "one path twice"
        for path, value in zip(paths, many[b], strict=False):
            assert row.score(path[row.steps]) == pytest.approx(value, abs=tolerance)
            assert not path[~row.mask].any() and not tags[b, ~row.mask].any()
    if kind == "ordinary":
        np.testing.assert_array_equal(tags, many_tags[:, 0])


@pytest.mark.parametrize("kind", KINDS)
def test_marginals(kind, mask, rng):
    emissions, weights = scores(rng, kind)
    rows = brute_force.rows(emissions, mask, *weights)
    actual = run(crf.marginals, emissions, *weights, mask=mask)
    assert_close(actual, [row.marginals() for row in rows], 2e-3 if kind != "ordinary" else 1e-5)


@pytest.mark.parametrize("mask", [[True] * 3, [True, False, True], [False, True, False]])
def test_samples_come_as_often_as_they_are_probable(mask, rng):
    count = 20000
    emissions, weights = rng.normal(size=(1, 3, K)).astype("float32"), random_weights(rng)
    (row,) = brute_force.rows(emissions, [mask], *weights)
    drawn = to_numpy(
        crf.sample(
            np.repeat(emissions, count, axis=0),
            *weights,
            mask=np.repeat([mask], count, axis=0),
            seed=1,
        )
    )
    assert not drawn[:, ~row.mask].any()
    seen = [(drawn == row.in_row(path)).all(axis=1).sum() for path in row.paths]
    assert sum(seen) == count
    assert stats.chisquare(seen, row.probabilities * count).pvalue > 1e-3


def test_a_seed_gives_the_same_sample(rng):
    emissions, weights = scores(rng, "ordinary")
    first, again, other = (
        to_numpy(crf.sample(emissions, *weights, seed=seed)) for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()
