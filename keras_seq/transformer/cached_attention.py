"""Keras's grouped-query attention, its keys and values computed once and kept."""

import keras
from keras import ops

from keras_seq.transformer.positions import RotaryPositions

SHUT = -1e9


class Heads(keras.layers.GroupQueryAttention):
    """Weights and names are those of Keras's layer; with as many key heads as heads it is its
    MultiHeadAttention. `keys_and_values` and `attend` are its two halves.

    Letters: B batch, T queries, S keys, H heads, G heads of keys, D size of a head. Keys are
    (B, G, D, S), values (B, G, S, D): so each product reads them as they lie.
    """

    def __init__(self, size, heads, key_value_heads, rotary, dropout, **kwargs):
        super().__init__(size // heads, heads, key_value_heads, dropout=dropout, **kwargs)
        self.rotary = RotaryPositions(dtype=self.dtype_policy) if rotary else None

    def build(self, shape, memory_shape):
        super().build(shape, memory_shape)
        # Keras says "bquh,uhm->bqm"; JAX sums in the order of the alphabet, and would turn the
        # weights round for h before u at each call.
        self._output_dense.equation = "bqgh,ghm->bqm"

    def keys_and_values(self, memory, first=0):
        """(B, S, size) to keys (B, G, D, S) and values (B, G, S, D)."""
        keys, values = self._key_dense(memory), self._value_dense(memory)
        if self.rotary is not None:
            keys = self.rotary(keys, first=first)
        return ops.transpose(keys, (0, 2, 3, 1)), ops.transpose(values, (0, 2, 1, 3))

    def attend(self, queries, keys, values, visible=None, first=0, training=False, width=1):
        """queries (B, T, size) to (B, T, size) and the weights (B, H, T, S).

        Each row of keys and values may be that of `width` rows of queries: then the weights are
        (B / width, H, width T, S), and so is what is `visible`, but for the heads.
        """
        q = self._query_dense(queries)
        if self.rotary is not None:
            q = self.rotary(q, first=first)
        (_, alone, H, D), G = ops.shape(q), self.num_key_value_heads
        T, S = width * alone, ops.shape(keys)[3]
        q = ops.transpose(ops.reshape(q, (-1, T, G, H // G, D)), (0, 2, 3, 1, 4))
        q = ops.reshape(q, (-1, G, (H // G) * T, D)) * D**-0.5
        scores = ops.matmul(q, keys)  # (B, G, H/G T, S)
        scores = ops.cast(ops.reshape(scores, (-1, H, T, S)), "float32")
        if visible is None:
            weights = ops.softmax(scores)
        else:
            visible = ops.expand_dims(visible, 1)
            weights = ops.softmax(ops.where(visible, scores, SHUT))
            weights = ops.where(visible, weights, 0.0)  # nothing to see: nothing seen
        weights = ops.cast(weights, self.compute_dtype)
        kept = self._dropout_layer(weights, training=training)
        kept = ops.reshape(kept, (-1, G, (H // G) * T, S))
        seen = ops.matmul(kept, values)
        seen = ops.transpose(ops.reshape(seen, (-1, H, T, D)), (0, 2, 1, 3))
        return self._output_dense(ops.reshape(seen, (-1, alone, H, D))), weights
