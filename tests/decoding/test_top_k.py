"""The largest numbers of a row, against NumPy's stable sort."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_seq.decoding.top_k import UNGROUPED_SIZE, grouped_top_k


@pytest.mark.parametrize(
    "V", [7, UNGROUPED_SIZE - 1, UNGROUPED_SIZE, 1009, 8000]
)  # few, a prime, one that divides
@pytest.mark.parametrize("k", [1, 5, 7])
@pytest.mark.parametrize("kinds", [3, 10**9])  # of numbers: nearly all are ties, or none
def test_values_and_ids_are_those_of_a_stable_sort(V, k, kinds, rng):
    x = rng.integers(0, kinds, (6, V)).astype("float32")
    x[1], x[2, 3:], x[3, :-2] = -np.inf, -np.inf, -np.inf
    values, ids = map(ops.convert_to_numpy, grouped_top_k(ops.convert_to_tensor(x), k))
    order = np.argsort(-x, axis=1, kind="stable")[:, :k]
    np.testing.assert_array_equal(values, np.take_along_axis(x, order, axis=1))
    real = np.isfinite(values)
    np.testing.assert_array_equal(values[real], np.take_along_axis(x, ids, axis=1)[real])
    assert all(len(set(row)) == k for row in ids[[0, 4, 5]].tolist())
    if keras.backend.backend() != "torch":  # where of equal numbers `top_k` takes any
        np.testing.assert_array_equal(ids[real], order[real])
    assert ops.shape(grouped_top_k(ops.zeros((0, V)), k)[1]) == (0, k)
