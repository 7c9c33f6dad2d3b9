"""The Transformer's decoder block."""

from typing import Any

import keras
from keras import ops

from keras_seq import backend, checks
from keras_seq.transformer import masks
from keras_seq.transformer.block import Block


@keras.saving.register_keras_serializable("keras_seq")
class TransformerDecoderBlock(Block):
    """Causal self-attention, then attention over a memory, then a feed-forward network.

        x = norm(x + dropout(attention(x, x)))        normalize_first=False, as published
        x = norm(x + dropout(attention(x, memory)))   with `use_cross_attention`
        x = norm(x + dropout(feedforward(x)))

    The rest is as in `keras_seq.TransformerEncoderBlock`. The block computes all positions at once,
    or one step at a time with the cached keys and values of the earlier steps; both give the same
    numbers.

    Weights: those of the encoder block, `cross_attention` and `cross_attention_norm`.

    Args:
        intermediate_dim, num_heads, dropout, attention_dropout, normalize_first, activation,
            num_key_value_heads, rotary: as for `keras_seq.TransformerEncoderBlock`; `rotary` does
            not rotate the keys of the memory.
        use_causal_mask: whether a position attends only to positions up to its own. False for
            sets, such as the object queries of DETR.
        use_cross_attention: whether the block attends to a memory. Without cross-attention
            it is the block of a language model.

    Call arguments:
        inputs: x, (B, T, D).
        memory: (B, S, M).
        mask: (B, T), True where a position is real.
        memory_mask: (B, S), True where the memory is real.
        training: dropout applies only where True.

    Returns:
        (B, T, D).

    Methods: `call_with_attention_weights` takes the arguments of a call and returns the outputs and
    the attention weights over the memory, (B, num_heads, T, S), or None without a memory. To decode
    one step at a time, compute `cross_attention_cache(memory)` and `initial_cache(batch_size,
    max_length)` once and call `step` for each position.

    Beam search: each row of the memory may belong to `beam_width` rows of `step`, so the memory is
    not repeated. The cache need not be reordered with the hypotheses either. In a cache of
    `initial_cache(N / W, L, W)`, step t of hypothesis w is written to entry t W + w, and
    `beam_ancestors` (N, L) gives the index w of the ancestor of each row at each step; at the
    current step this is the row itself. Do not use the cache again after it was passed to `step`:
    on PyTorch it is modified in place where no gradient is recorded.

    Masking: values at masked positions, NaN included, never affect unmasked positions. With
    `beam_ancestors`, however, a NaN in one hypothesis also affects the others of its batch row. The
    mask of the inputs is passed on to the next layer.

    Raises:
        ValueError: an argument is out of range, shapes do not agree, or the position of a step is
            known and outside the cache.

    Example:

    >>> import keras_seq
    >>> block = keras_seq.TransformerDecoderBlock(16, num_heads=2)
    >>> tuple(block(np.ones((2, 5, 8), "float32"), np.ones((2, 3, 6), "float32")).shape)
    (2, 5, 8)

    Reference: Vaswani et al., Attention Is All You Need, NeurIPS 2017.
    """

    def __init__(
        self,
        intermediate_dim: int,
        num_heads: int,
        *,
        use_causal_mask: bool = True,
        use_cross_attention: bool = True,
        dropout: float = 0.0,
        attention_dropout: float = 0.0,
        normalize_first: bool = False,
        activation: str = "relu",
        num_key_value_heads: int | None = None,
        rotary: bool = False,
        **kwargs,
    ):
        super().__init__(
            intermediate_dim,
            num_heads,
            dropout=dropout,
            attention_dropout=attention_dropout,
            normalize_first=normalize_first,
            activation=activation,
            num_key_value_heads=num_key_value_heads,
            rotary=rotary,
            **kwargs,
        )
        checks.boolean(
            "TransformerDecoderBlock",
            use_causal_mask=use_causal_mask,
            use_cross_attention=use_cross_attention,
        )
        self.use_causal_mask = use_causal_mask
        self.use_cross_attention = use_cross_attention

    def build(self, inputs_shape, memory_shape=None):
        owner = "TransformerDecoderBlock"
        checks.rank(owner, "B T D", inputs=inputs_shape)
        self.self_attention = self.make_attention(
            "self_attention", inputs_shape, inputs_shape, self.rotary
        )
        self.self_attention_norm = self.make_norm("self_attention_norm", inputs_shape[-1])
        self._check_memory(memory_shape)
        self.memory_size = None
        if self.use_cross_attention:
            checks.rank(owner, "B S M", memory=memory_shape)
            self.memory_size = memory_shape[-1]
            self.cross_attention = self.make_attention(
                "cross_attention", inputs_shape, memory_shape, False
            )
            self.cross_attention_norm = self.make_norm("cross_attention_norm", inputs_shape[-1])
        self.build_feedforward(inputs_shape)
        self.built = True

    def _check_memory(self, shape):
        if (shape is not None) != self.use_cross_attention:
            wanted = "given where `use_cross_attention=True`, and only there"
            checks.refuse("TransformerDecoderBlock", "memory", wanted, shape)

    def call(
        self,
        inputs: Any,
        memory: Any = None,
        mask: Any = None,
        memory_mask: Any = None,
        training: bool = False,
        inputs_mask: Any = None,
    ) -> Any:
        """All positions at once; Keras passes the mask that `inputs` carries as `inputs_mask`."""
        mask = inputs_mask if mask is None else mask
        return self.call_with_attention_weights(
            inputs, memory, mask=mask, memory_mask=memory_mask, training=training
        )[0]

    def call_with_attention_weights(
        self,
        inputs: Any,
        memory: Any = None,
        *,
        mask: Any = None,
        memory_mask: Any = None,
        training: bool = False,
    ) -> tuple[Any, Any]:
        """Outputs (B, T, D) and attention weights over the memory (B, num_heads, T, S), or None."""
        owner = "TransformerDecoderBlock"
        self.check_inputs(inputs)
        self._check_memory(None if memory is None else memory.shape)
        mask = masks.check_padding_mask(owner, "mask", mask, inputs)
        x = masks.zero_masked(ops.cast(inputs, self.compute_dtype), mask)
        T = ops.shape(x)[1]
        attention_mask = masks.attention_mask(T, T, padding_mask=mask, causal=self.use_causal_mask)

        def self_attend(x):
            keys, values = self.self_attention.keys_and_values(x)
            return self.self_attention.attend(x, keys, values, attention_mask, training=training)[0]

        x, weights = self.residual(x, self.self_attention_norm, self_attend, training), None
        if self.use_cross_attention:
            known = {"B": inputs.shape[0], "M": self.memory_size}
            checks.sizes(owner, "memory", memory.shape, "B S M", **known)
            checks.not_empty(owner, "memory", memory.shape)
            memory_mask = masks.check_padding_mask(owner, "memory_mask", memory_mask, memory)
            cache = self.cross_attention_cache(memory, memory_mask=memory_mask)
            x, weights = self._attend_to_memory(x, cache, memory_mask, training)
        return self.feedforward(x, training), weights

    def _attend_to_memory(self, x, cache, memory_mask, training=False, beam_width=1):
        attention_mask = masks.attention_mask(None, None, padding_mask=memory_mask)
        collected = []

        def cross_attend(x):
            outputs, weights = self.cross_attention.attend(
                x, *cache, attention_mask, training=training, beam_width=beam_width
            )
            collected.append(weights)
            return outputs

        x = self.residual(x, self.cross_attention_norm, cross_attend, training)
        return x, collected[0]

    def cross_attention_cache(self, memory: Any, *, memory_mask: Any = None) -> tuple[Any, Any]:
        """The memory's keys (B, G, D / num_heads, S) and values (B, G, S, D / num_heads)."""
        memory = ops.cast(memory, self.compute_dtype)
        memory_mask = masks.check_padding_mask(
            "TransformerDecoderBlock", "memory_mask", memory_mask, memory
        )
        return self.cross_attention.keys_and_values(masks.zero_masked(memory, memory_mask))

    def initial_cache(self, batch_size: Any, max_length: int, beam_width: int = 1) -> list:
        """Zeros for the keys and values of `max_length` L steps.

        Returns:
            Keys (batch_size, G, D / num_heads, L beam_width) and values (batch_size, G,
            L beam_width, D / num_heads).
        """
        owner = "TransformerDecoderBlock"
        checks.positive_int(owner, max_length=max_length, beam_width=beam_width)
        groups, size = self.self_attention.num_key_value_heads, self.self_attention.head_dim
        entries = max_length * beam_width
        shapes = (size, entries), (entries, size)
        return [ops.zeros((batch_size, groups, *shape), self.compute_dtype) for shape in shapes]

    def step(
        self,
        inputs: Any,
        self_attention_cache: list,
        position: Any,
        *,
        cross_attention_cache: tuple | None = None,
        memory_mask: Any = None,
        beam_width: int = 1,
        beam_ancestors: Any = None,
    ) -> tuple[Any, Any, list]:
        """One position of each row, with the cached keys and values of the positions before.

        Args:
            inputs: (N, D).
            self_attention_cache: the result of `initial_cache`, or the cache that the step before
                returned.
            position: (N,), the number of the step, the same for all rows, in [0, L). Other known
                positions raise ValueError; in traced code they are unchecked and undefined.
            cross_attention_cache: the result of the method of this name.
            memory_mask: (N / beam_width, S), True where the memory is real.
            beam_width: how many rows share a row of the memory.
            beam_ancestors: (N, L), the entries of a shared cache that belong to each row. With
                None each row has its own cache.

        Returns:
            Outputs (N, D); attention weights over the memory (N, S), the mean over the heads, or
            None; and the new cache.
        """
        owner, num_rows = "TransformerDecoderBlock", ops.shape(inputs)[0]
        checks.sizes(owner, "inputs", inputs.shape, "N D", D=self.size)
        position = checks.integers(owner, "position", position)
        checks.sizes(owner, "position", position.shape, "N", N=inputs.shape[0])
        start_index, keys, values = position[:1], *self_attention_cache
        W = 1 if beam_ancestors is None else beam_width
        L = ops.shape(values)[2] // W
        R = None if inputs.shape[0] is None else inputs.shape[0] // W
        checks.sizes(owner, "self_attention_cache", keys.shape, "R G D P", R=R)
        known = backend.static_value(position)
        if known is not None and known.size:
            if not 0 <= known[0] < L:
                wanted = f"in [0, L) with L={L}, the `max_length` of the cache"
                checks.refuse(owner, "position", wanted, int(known[0]))
            if (known != known[0]).any():
                checks.refuse(owner, "position", "the same for all rows", known.tolist())
        if (cross_attention_cache is not None) != self.use_cross_attention:
            wanted = "given where `use_cross_attention=True`, and only there"
            received = None if cross_attention_cache is None else len(cross_attention_cache)
            checks.refuse(owner, "cross_attention_cache", wanted, received)
        if self.use_cross_attention:
            N = inputs.shape[0]
            known = {"R": None if N is None else N // beam_width}
            shape = cross_attention_cache[0].shape
            checks.sizes(owner, "cross_attention_cache", shape, "R G D S", **known)
        if beam_ancestors is not None:
            beam_ancestors = ops.convert_to_tensor(beam_ancestors)
            checks.sizes(
                owner, "beam_ancestors", beam_ancestors.shape, "N L", N=inputs.shape[0], L=L
            )
        attention_mask = masks.beam_attention_mask(beam_ancestors, L, W, start_index)
        x = ops.expand_dims(ops.cast(inputs, self.compute_dtype), 1)
        new_cache, in_place = [], beam_ancestors is not None

        def self_attend(x):
            key, value = self.self_attention.keys_and_values(x, start_index)
            G, size = value.shape[1], value.shape[3]
            key = ops.transpose(ops.reshape(key, (-1, W, G, size)), (0, 2, 3, 1))
            value = ops.transpose(ops.reshape(value, (-1, W, G, size)), (0, 2, 1, 3))
            entry = start_index[0] * W
            new_cache.append(backend.write_slice(keys, key, 3, entry, in_place))
            new_cache.append(backend.write_slice(values, value, 2, entry, in_place))
            return self.self_attention.attend(
                x, *new_cache, attention_mask, start_index=start_index, beam_width=W
            )[0]

        x, weights = self.residual(x, self.self_attention_norm, self_attend, False), None
        if self.use_cross_attention:
            x, weights = self._attend_to_memory(
                x, cross_attention_cache, memory_mask, beam_width=beam_width
            )
            weights = ops.reshape(ops.mean(weights, axis=1), (num_rows, ops.shape(weights)[-1]))
        return self.feedforward(x, False)[:, 0], weights, new_cache

    def compute_mask(self, inputs, memory=None, mask=None, **_):
        return mask[0] if isinstance(mask, (list, tuple)) else mask

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "use_causal_mask": self.use_causal_mask,
            "use_cross_attention": self.use_cross_attention,
        }
