"""The part that all attention mechanisms share: from scores to weights and to a context."""

import keras
import numpy as np
from keras import ops

from keras_seq import checks

MASKED_SCORE = -1e9


class Mechanism(keras.layers.Layer):
    """Base of the attention mechanisms.

    A subclass implements `build_scores`, which adds its weights, `keys`, which is computed once
    for a memory, and `scores`, which compares a query with the keys.

    Letters: B batch, T queries, S positions of the memory, Q and M sizes of a query and of a
    memory position, A size of the space in which they are compared.

    Args:
        local: D, half the width of the window around the position that the query predicts, or None.
        monotonic: whether the attention only moves forward from query to query.
    """

    sums_previous = False  # whether `previous` is the sum of all earlier weights

    def __init__(self, local: int | None = None, monotonic: bool = False, **kwargs):
        super().__init__(**kwargs)
        owner = type(self).__name__
        if local is not None:
            checks.positive_int(owner, local=local)
        checks.boolean(owner, monotonic=monotonic)
        if local is not None and monotonic:
            checks.conflict(
                owner,
                f"`local={local}` and `monotonic=True`",
                "each defines the positions that are attended to in its own way",
            )
        self.local, self.monotonic = local, monotonic
        self.supports_masking = True

    def build(self, query_shape, memory_shape):
        owner = type(self).__name__
        checks.rank(owner, "B S M", memory=memory_shape)
        if len(query_shape) not in (2, 3):
            checks.rank(owner, "B T Q", query=query_shape)
        Q = self.query_size = query_shape[-1]
        self.memory_size = memory_shape[-1]
        self.build_scores(Q, self.memory_size)
        if self.local is not None:
            self.place_kernel = self.add_weight((Q, Q), "glorot_uniform", name="place_kernel")
            self.place_vector = self.add_weight((Q, 1), "glorot_uniform", name="place_vector")
        if self.monotonic:
            self.threshold = self.add_weight((1,), "zeros", name="threshold")
        self.built = True

    @property
    def uses_previous(self):
        """Whether the weights of a query depend on those of the query before."""
        return self.monotonic or self.sums_previous

    def value(self, weight):
        return ops.cast(ops.convert_to_tensor(weight), self.compute_dtype)

    def prepare(self, memory, mask=None):
        """The tensors of the memory that all queries need, computed once, as a dictionary."""
        owner = type(self).__name__
        memory = ops.cast(ops.convert_to_tensor(memory), self.compute_dtype)
        M = self.memory_size if self.built else None
        checks.sizes(owner, "memory", memory.shape, "B S M", M=M)
        B, S = memory.shape[:2]
        mask = checks.mask(owner, "mask", mask, "B S", B=B, S=S)
        if mask is not None:
            memory = ops.where(ops.expand_dims(mask, -1), memory, ops.zeros((), memory.dtype))
        prepared = {"memory": memory, "keys": self.keys(memory)}
        return prepared if mask is None else {**prepared, "mask": mask}

    def first_previous(self, prepared):
        """The `previous` of the first query, (B, S)."""
        like = prepared["memory"][:, :, 0]
        if not self.monotonic:
            return ops.zeros_like(like)
        at_first = ops.equal(ops.arange(ops.shape(like)[1]), 0)
        return ops.zeros_like(like) + ops.cast(at_first, like.dtype)

    def next_previous(self, previous, weights):
        """The `previous` of the next query."""
        return previous + weights if self.sums_previous else weights

    def attend(self, query, prepared, previous=None):
        """query (B, Q) or (B, T, Q) to context (B, M) or (B, T, M), and weights over S."""
        scores = ops.cast(self.scores(query, prepared["keys"], previous), "float32")
        mask = prepared.get("mask")
        if mask is not None and len(scores.shape) == 3:
            mask = ops.expand_dims(mask, 1)
        if self.monotonic:
            weights = self._monotonic_weights(scores, mask, ops.cast(previous, "float32"))
        else:
            distance = None if self.local is None else self._distance(query, scores, mask)
            if distance is not None:
                inside = ops.abs(distance) <= self.local
                mask = inside if mask is None else ops.logical_and(mask, inside)
            weights = _softmax(scores, mask)
            if distance is not None:
                weights = weights * ops.exp(-2.0 * ops.square(distance / self.local))
        weights = ops.cast(weights, self.compute_dtype)
        if len(scores.shape) == 2:
            context = ops.matmul(ops.expand_dims(weights, 1), prepared["memory"])[:, 0]
        else:
            context = ops.matmul(weights, prepared["memory"])
        return context, weights

    def _distance(self, query, scores, mask):
        """The distance of each position from the predicted one, S sigmoid(v . tanh(q W))."""
        hidden = ops.tanh(ops.matmul(query, self.value(self.place_kernel)))
        fraction = ops.sigmoid(ops.matmul(hidden, self.value(self.place_vector)))
        real = ops.ones_like(scores) if mask is None else ops.cast(mask, "float32")
        count = ops.sum(real, axis=-1, keepdims=True)
        return ops.cumsum(real, axis=-1) - 1.0 - count * ops.cast(fraction, "float32")

    def _monotonic_weights(self, scores, mask, previous):
        """The expected weights: from the position before, stop at i with p_i, else go to i + 1."""
        scores = scores + ops.cast(ops.convert_to_tensor(self.threshold), "float32")
        scores = scores if mask is None else ops.where(mask, scores, MASKED_SCORE)
        passed = -ops.softplus(scores)  # log(1 - p)
        passed = ops.cumsum(passed, axis=-1) - passed  # from the first position to i - 1
        # The sum from k to i as a difference of logarithms; a quotient of products could be 0 / 0.
        from_to = ops.expand_dims(passed, -2) - ops.expand_dims(passed, -1)  # (B, k, i)
        S = ops.shape(scores)[-1]
        ahead = ops.expand_dims(ops.arange(S), -1) <= ops.arange(S)
        moved = ops.where(ahead, ops.exp(ops.minimum(from_to, 0.0)), 0.0)
        return ops.sigmoid(scores) * ops.matmul(ops.expand_dims(previous, 1), moved)[:, 0]

    def call(self, query, memory, mask=None, previous=None):
        owner, (B, S) = type(self).__name__, memory.shape[:2]
        one = self.uses_previous or len(query.shape) == 2
        checks.sizes(owner, "query", query.shape, "B Q" if one else "B T Q", B=B, Q=self.query_size)
        query = ops.cast(query, self.compute_dtype)
        pair = isinstance(mask, (list, tuple)) and len(mask) > 1
        if pair and all(m is None or len(np.shape(m)) == 2 for m in mask):
            mask = mask[1]  # Keras hands on those of query and memory
        prepared = self.prepare(memory, mask)
        if previous is not None:
            if not self.uses_previous:
                wanted = "None where the weights do not depend on those before"
                checks.refuse(owner, "previous", wanted, tuple(np.shape(previous)))
            checks.sizes(owner, "previous", np.shape(previous), "B S", B=B, S=S)
        elif self.uses_previous:
            previous = self.first_previous(prepared)
        return self.attend(query, prepared, previous)

    def compute_output_shape(self, query_shape, memory_shape):
        lead = tuple(query_shape[:-1])
        return (*lead, memory_shape[-1]), (*lead, memory_shape[1])

    def compute_mask(self, query, memory=None, previous=None, mask=None):
        return None

    def get_config(self):
        return {**super().get_config(), "local": self.local, "monotonic": self.monotonic}


def _softmax(scores, mask):
    """Softmax over the last axis; all zeros where every position is masked."""
    if mask is None:
        return ops.softmax(scores)
    weights = ops.softmax(ops.where(mask, scores, MASKED_SCORE))
    return ops.where(mask, weights, 0.0)
