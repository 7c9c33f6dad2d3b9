"""The largest of very many numbers, found without sorting them all."""

import math

from keras import ops

FEW = 256  # numbers that are sorted as fast as they are grouped


def best(x, k):
    """What `keras.ops.top_k` gives for x (N, V), for k small beside V: values and ids, (N, k).

    The k largest numbers lie in the k groups with the largest maxima: only these are sorted. Equal
    numbers come in the order of `top_k`: the first first, but on PyTorch, which knows none.
    """
    N, V = ops.shape(x)
    root = math.isqrt(V)
    if V < FEW or k > root // 2:
        values, ids = ops.top_k(x, k)
        return values, ops.cast(ops.convert_to_tensor(ids), "int32")
    size = next((s for s in range(root, 2 * root) if V % s == 0), root)
    if V % size:
        x = ops.pad(x, ((0, 0), (0, -V % size)), constant_values=-math.inf)
    maxima = ops.max(ops.reshape(x, (N, -1, size)), axis=-1)
    groups = ops.sort(ops.cast(ops.top_k(maxima, k)[1], "int32"), axis=-1)
    ids = ops.expand_dims(groups * size, -1) + ops.arange(size, dtype="int32")
    ids = ops.reshape(ids, (N, k * size))
    values, places = ops.top_k(ops.take_along_axis(x, ids, axis=1), k)
    ids = ops.take_along_axis(ids, ops.cast(places, "int32"), axis=1)
    return values, ops.minimum(ids, V - 1)  # no padding, where less than k are above -inf
