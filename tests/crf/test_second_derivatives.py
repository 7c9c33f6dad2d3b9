"""Gradients of the gradient of a CRF's loss, on both of its paths."""

import numpy as np
import pytest
from keras import ops

from keras_seq.backend import chain
from keras_seq.crf import log_likelihood
from keras_seq.crf.likelihood import path_score
from keras_seq.crf.scores import prepare_scores
from tests.gradients import assert_close, slopes_of_penalty

B, T, K = 3, 4, 3
MASK = np.array([[1, 1, 1, 1], [0, 1, 0, 1], [1, 1, 0, 0]], bool)


@pytest.mark.parametrize("forbidden", [0.0, -1e4], ids=["products", "exact"])
def test_gradients_of_gradients_are_the_exact_chains(forbidden, rng):
    """Transitions of -10,000 into one tag take the exact path where products underflow."""
    values = [rng.normal(size=s).astype("float32") for s in ((B, T, K), (K, K), (K,), (K,))]
    values[1][:, 0] += forbidden
    tags = rng.integers(1, K, (B, T))

    def native(values):
        return ops.sum(ops.sin(log_likelihood(values[0], tags, *values[1:], mask=MASK)))

    def exact(values):
        scores = prepare_scores("exact", values[0], MASK, *values[1:])
        path = path_score(scores, ops.convert_to_tensor(tags))
        return ops.sum(ops.sin(path - chain.log_normalizer(*scores)))

    slopes = slopes_of_penalty(native, values), slopes_of_penalty(exact, values)
    for actual, expected in zip(*slopes, strict=True):
        assert np.abs(expected).max() > 1e-3
        assert_close(actual, expected)
