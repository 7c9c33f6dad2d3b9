"""The k largest of many numbers without sorting all of them."""

import math
from typing import Any

from keras import ops

UNGROUPED_SIZE = 256  # rows with fewer numbers are not worth grouping


def grouped_top_k(x: Any, k: int) -> tuple[Any, Any]:
    """`keras.ops.top_k` for x (N, V) with k much smaller than V: values and ids, (N, k).

    The k largest numbers are in the k groups with the largest maxima, so only these are sorted. For
    V = 8000 and k = 5, logsumexp included, it takes 0.34 of the time of `top_k` on JAX, 0.5 on
    TensorFlow, 0.6 with XLA and 1.1 on PyTorch. Equal numbers have the order of `top_k`: the first
    one first, except on PyTorch, where their order is undefined. If fewer than k numbers are above
    -inf, the remaining ids are arbitrary.
    """
    N, V = ops.shape(x)
    root = math.isqrt(V)
    if V < UNGROUPED_SIZE or k > root // 2 or x.shape[0] == 0:
        values, ids = ops.top_k(x, k)
        return values, ops.cast(ids, "int32")
    size = next((s for s in range(root, 2 * root) if V % s == 0), root)
    if V % size:
        x = ops.pad(x, ((0, 0), (0, -V % size)), constant_values=-math.inf)
    maxima = ops.max(ops.reshape(x, (N, -(-V // size), size)), axis=-1)
    groups = ops.sort(ops.cast(ops.top_k(maxima, k)[1], "int32"), axis=-1)
    ids = ops.expand_dims(groups * size, -1) + ops.arange(size, dtype="int32")
    ids = ops.reshape(ids, (N, k * size))
    values, indices = ops.top_k(ops.take_along_axis(x, ids, axis=1), k)
    ids = ops.take_along_axis(ids, ops.cast(indices, "int32"), axis=1)
    return values, ops.minimum(ids, V - 1)  # ids of the padding, where fewer than k are above -inf
