"""The block that looks back at what is there already, and at a memory."""

import keras
from keras import ops

from keras_seq import backend, checks
from keras_seq.transformer import masks
from keras_seq.transformer.block import Block


@keras.saving.register_keras_serializable("keras_seq")
class TransformerDecoderBlock(Block):
    """Every place looks at the places before it, at a memory, then thinks for itself.

        x = norm(x + dropout(attention(x, x)))        norm="post", as published
        x = norm(x + dropout(attention(x, memory)))   with `cross`
        x = norm(x + dropout(feed(x)))

    The rest is that of `keras_seq.TransformerEncoderBlock`. All places at once, or one step at a
    time with the keys and values of the steps before kept: the numbers are the same.

    Weights: those of the encoder block; `cross_heads` and `cross_norm`.

    Args:
        heads, hidden, dropout, attention_dropout, norm, activation, key_value_heads, rotary: of
            `keras_seq.TransformerEncoderBlock`; `rotary` turns no key of the memory.
        causal: whether a place sees none after it; False for sets, such as DETR's objects.
        cross: whether it looks at a memory; without it is a language model's block.

    Call arguments:
        inputs: x, (B, T, D).
        memory: (B, S, M).
        mask: (B, T), True where a place is real.
        memory_mask: (B, S), True where the memory is real.
        training: nothing is dropped unless True.

    Returns:
        (B, T, D).

    Methods, a step at a time: `prepare(memory)` computes the memory's keys and values once;
    `first_cache(rows, max_length)` makes the room for those of the steps, which are numbered below
    `max_length` L: a step past it is refused, but in a traced program, where its number is not
    known and nothing is checked, it is wrong; `step(x, cache, at, prepared=None, memory_mask=None,
    width=1, beam_ancestors=None)` takes x (N, D), the cache and the step's number `at` (N,), and
    returns (N, D), the weights over the memory (N, S), or None, and the new cache. Each row of the
    memory may be that of `width` rows of x, as in a beam: it is not repeated. `looks` takes what
    the call takes and returns the weights (B, heads, T, S), or None, too.

    Nor need a beam of W = `width` hypotheses carry its cache about. That of `first_cache(N / W, L,
    W)` stays where it is: step t of hypothesis w is written to place t W + w. `beam_ancestors` (N,
    L) says which w each row of x descends from at each step; at this step it is the row's own. The
    cache that is given is then spent: on PyTorch, where no gradient is recorded, it is written to.

    Masking: what stands at a masked place, NaN included, reaches no real one; but with
    `beam_ancestors` the NaN of one hypothesis reaches the others of its row. The mask of the inputs
    goes on.

    Raises:
        ValueError: an argument is out of range, or shapes do not agree; or there is no room for a
            step whose number is known.

    Example:

    >>> import keras_seq
    >>> block = keras_seq.TransformerDecoderBlock(heads=2, hidden=16)
    >>> tuple(block(np.ones((2, 5, 8), "float32"), np.ones((2, 3, 6), "float32")).shape)
    (2, 5, 8)

    Reference: Vaswani et al., Attention Is All You Need, NeurIPS 2017.
    """

    def __init__(self, *args, causal=True, cross=True, **kwargs):
        super().__init__(*args, **kwargs)
        checks.boolean("TransformerDecoderBlock", causal=causal, cross=cross)
        self.causal, self.cross = causal, cross

    def build(self, inputs_shape, memory_shape=None):
        owner = "TransformerDecoderBlock"
        checks.rank(owner, "B T D", inputs=inputs_shape)
        self.looking = self.make_heads("heads", inputs_shape, inputs_shape, self.rotary)
        self.looking_norm = self.make_norm("heads_norm", inputs_shape[-1])
        if (memory_shape is not None) != self.cross:
            wanted = "given where `cross=True`, and only there"
            checks.refuse(owner, "memory", wanted, memory_shape)
        if self.cross:
            checks.rank(owner, "B S M", memory=memory_shape)
            self.crossing = self.make_heads("cross_heads", inputs_shape, memory_shape, False)
            self.crossing_norm = self.make_norm("cross_norm", inputs_shape[-1])
        self.build_feed_forward(inputs_shape)
        self.built = True

    def call(
        self,
        inputs,
        memory=None,
        mask=None,
        memory_mask=None,
        training=False,
        inputs_mask=None,
    ):
        """All places at once; see the class. Keras hands on the masks that tensors carry."""
        mask = inputs_mask if mask is None else mask
        return self.looks(inputs, memory, mask, memory_mask, training)[0]

    def looks(self, inputs, memory=None, mask=None, memory_mask=None, training=False):
        """All places at once, and where they looked."""
        owner = "TransformerDecoderBlock"
        mask = masks.padding(owner, "mask", mask, inputs)
        x = masks.real_only(ops.cast(inputs, self.compute_dtype), mask)
        T = ops.shape(x)[1]
        visible = masks.visible(T, T, padding=mask, causal=self.causal)

        def look(x):
            keys, values = self.looking.keys_and_values(x)
            return self.looking.attend(x, keys, values, visible, training=training)[0]

        x, weights = self.joined(x, self.looking_norm, look, training), None
        if self.cross:
            memory_mask = masks.padding(owner, "memory_mask", memory_mask, memory)
            prepared = self.prepare(memory, memory_mask)
            x, weights = self._cross(x, prepared, memory_mask, training)
        return self.feed_forward(x, training), weights

    def _cross(self, x, prepared, memory_mask, training=False, width=1):
        visible = masks.visible(None, None, padding=memory_mask)
        found = []

        def look(x):
            seen, weights = self.crossing.attend(
                x, *prepared, visible, training=training, width=width
            )
            found.append(weights)
            return seen

        return self.joined(x, self.crossing_norm, look, training), found[0]

    def prepare(self, memory, memory_mask=None):
        """The memory's keys (B, G, D / heads, S) and values (B, G, S, D / heads)."""
        memory = ops.cast(memory, self.compute_dtype)
        return self.crossing.keys_and_values(masks.real_only(memory, memory_mask))

    def first_cache(self, rows, max_length, width=1):
        """Keys (rows, G, D / heads, L W) and values (rows, G, L W, D / heads) of no step yet."""
        groups, size = self.looking.num_key_value_heads, self.looking.head_dim
        places = max_length * width
        shapes = (size, places), (places, size)
        return [ops.zeros((rows, groups, *shape), self.compute_dtype) for shape in shapes]

    def step(self, x, cache, at, prepared=None, memory_mask=None, width=1, beam_ancestors=None):
        """One place; all rows stand at the same one, `at` has its number in each row."""
        owner, rows = "TransformerDecoderBlock", ops.shape(x)[0]
        first, keys, values = at[:1], *cache
        W = 1 if beam_ancestors is None else width
        L = ops.shape(values)[2] // W
        R = None if x.shape[0] is None else x.shape[0] // W
        checks.sizes(owner, "cache", keys.shape, "R G D P", R=R)
        number = backend.static_value(ops.convert_to_tensor(first))
        if number is not None and not 0 <= number[0] < L:
            wanted = f"in [0, L) with L={L}, the `max_length` of the cache"
            checks.refuse(owner, "at", wanted, int(number[0]))
        if beam_ancestors is not None:
            beam_ancestors = ops.convert_to_tensor(beam_ancestors)
            checks.sizes(owner, "beam_ancestors", beam_ancestors.shape, "N L", N=x.shape[0], L=L)
        visible = masks.of_beam_ancestors(beam_ancestors, L, W, first)
        x = ops.expand_dims(ops.cast(x, self.compute_dtype), 1)
        new, spend = [], beam_ancestors is not None

        def look(x):
            key, value = self.looking.keys_and_values(x, first)
            G, size = value.shape[1], value.shape[3]
            key = ops.transpose(ops.reshape(key, (-1, W, G, size)), (0, 2, 3, 1))
            value = ops.transpose(ops.reshape(value, (-1, W, G, size)), (0, 2, 1, 3))
            place = first[0] * W
            new.append(backend.write_slice(keys, key, 3, place, spend))
            new.append(backend.write_slice(values, value, 2, place, spend))
            return self.looking.attend(x, *new, visible, first=first, width=W)[0]

        x, weights = self.joined(x, self.looking_norm, look, False), None
        if self.cross:
            x, weights = self._cross(x, prepared, memory_mask, width=width)
            weights = ops.reshape(ops.mean(weights, axis=1), (rows, ops.shape(weights)[-1]))
        return self.feed_forward(x, False)[:, 0], weights, new

    def compute_mask(self, inputs, memory=None, mask=None, **_):
        return mask[0] if isinstance(mask, (list, tuple)) else mask

    def get_config(self):
        return {**super().get_config(), "causal": self.causal, "cross": self.cross}
