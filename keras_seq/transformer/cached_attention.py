"""Keras's grouped-query attention with keys and values that can be computed once and cached."""

import keras
from keras import ops

from keras_seq import keras_internals
from keras_seq.transformer.positions import RotaryPositions

MASKED_SCORE = -1e9


class CachedAttention(keras.layers.GroupQueryAttention):
    """`keras.layers.GroupQueryAttention` in two parts, `keys_and_values` and `attend`.

    It has the same weights with the same names. With as many key and value heads as query heads
    it computes the same as `keras.layers.MultiHeadAttention`.

    Letters: B batch, T queries, S keys, H query heads, G key and value heads, D size of a head.
    Keys are (B, G, D, S) and values (B, G, S, D), so that both products read them without a copy.
    """

    def __init__(self, size, num_heads, num_key_value_heads, rotary, dropout, **kwargs):
        super().__init__(
            size // num_heads, num_heads, num_key_value_heads, dropout=dropout, **kwargs
        )
        self.rotary = RotaryPositions(dtype=self.dtype_policy) if rotary else None

    def build(self, inputs_shape, memory_shape):
        super().build(inputs_shape, memory_shape)
        # Keras's equation is "bquh,uhm->bqm". JAX contracts in alphabetical order and would
        # transpose the weights at each call, because h comes before u.
        keras_internals.set_output_equation(self, "bqgh,ghm->bqm")

    def keys_and_values(self, memory, start_index=0):
        """(B, S, size) to keys (B, G, D, S) and values (B, G, S, D)."""
        parts = keras_internals.attention_parts(self)
        keys, values = parts.key(memory), parts.value(memory)
        if self.rotary is not None:
            keys = self.rotary(keys, start_index=start_index)
        return ops.transpose(keys, (0, 2, 3, 1)), ops.transpose(values, (0, 2, 1, 3))

    def attend(self, queries, keys, values, mask=None, start_index=0, training=False, beam_width=1):
        """Queries (B, T, size) to outputs (B, T, size) and attention weights (B, H, T, S).

        Each row of keys and values may belong to `beam_width` rows of queries. The attention
        weights are then (B / beam_width, H, beam_width T, S), and the mask is (B / beam_width,
        beam_width T, S), True where a query may attend to a key.
        """
        parts = keras_internals.attention_parts(self)
        q = parts.query(queries)
        if self.rotary is not None:
            q = self.rotary(q, start_index=start_index)
        (_, T_of_row, H, D), G = ops.shape(q), self.num_key_value_heads
        T, S = beam_width * T_of_row, ops.shape(keys)[3]
        q = ops.transpose(ops.reshape(q, (-1, T, G, H // G, D)), (0, 2, 3, 1, 4))
        q = ops.reshape(q, (-1, G, (H // G) * T, D)) * D**-0.5
        scores = ops.matmul(q, keys)  # (B, G, H/G T, S)
        scores = ops.cast(ops.reshape(scores, (-1, H, T, S)), "float32")
        if mask is None:
            weights = ops.softmax(scores)
        else:
            mask = ops.expand_dims(mask, 1)
            weights = ops.softmax(ops.where(mask, scores, MASKED_SCORE))
            weights = ops.where(mask, weights, 0.0)  # zeros where every key is masked
        weights = ops.cast(weights, self.compute_dtype)
        dropped = parts.dropout(weights, training=training)
        dropped = ops.reshape(dropped, (-1, G, (H // G) * T, S))
        outputs = ops.matmul(dropped, values)
        outputs = ops.transpose(ops.reshape(outputs, (-1, H, T, D)), (0, 2, 1, 3))
        return parts.output(ops.reshape(outputs, (-1, T_of_row, H, D))), weights
