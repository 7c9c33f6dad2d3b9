"""Encoder and decoder of Transformer blocks, on the contract of `recurrent.py`."""

import keras
from keras import ops

from keras_seq.decoding import BatchShared
from keras_seq.transformer import (
    SinusoidalPositions,
    TransformerDecoderBlock,
    TransformerEncoderBlock,
)
from keras_seq.transformer.block import NORM_EPSILON


def parts_of(given, source_table, target_table, policy):
    """Encoder and decoder, from the arguments of `Seq2Seq`."""
    options = {name: given[name] for name in ("heads", "hidden", "norm", "activation", "dropout")}
    encoder = TransformerEncoder(
        source_table, given["layers"], options, name="encoder", dtype=policy
    )
    decoder = TransformerDecoder(
        target_table, given["layers"], options, name="decoder", dtype=policy
    )
    return encoder, decoder


class _Stack(keras.layers.Layer):
    """Embeddings scaled by sqrt(D), positions, dropout, blocks; with "pre" a norm at the end."""

    def __init__(self, table, blocks, norm, dropout, **kwargs):
        super().__init__(**kwargs)
        policy, self.table, self.blocks = self.dtype_policy, table, blocks
        self.size = table.output_dim
        self.positions = SinusoidalPositions(dtype=policy)
        self.drop = keras.layers.Dropout(dropout, dtype=policy)
        self.norm = None
        if norm == "pre":
            self.norm = keras.layers.LayerNormalization(
                epsilon=NORM_EPSILON, name="norm", dtype=policy
            )
            self.norm.build((None, None, self.size))
        self.built = True

    def embedded(self, ids, first=0):
        return self.positions(self.table(ids) * self.size**0.5, first=first)

    def normed(self, x):
        return x if self.norm is None else self.norm(x)


class TransformerEncoder(_Stack):
    """Ids (B, S) to memory (B, S, D), its mask, and an empty summary."""

    def __init__(self, table, layers, options, **kwargs):
        policy = keras.dtype_policies.get(kwargs["dtype"])
        blocks = []
        for number in range(layers):
            name = f"block_{number + 1}"
            block = TransformerEncoderBlock(name=name, dtype=policy, **options)
            block.build((None, None, table.output_dim))
            blocks.append(block)
        super().__init__(table, blocks, options["norm"], options["dropout"], **kwargs)

    def call(self, ids, training=False):
        mask = ops.not_equal(ids, 0)
        x = self.drop(self.embedded(ids), training=training)
        for block in self.blocks:
            x = block(x, mask=mask, training=training)
        x = self.normed(x)
        return x, mask, x[:, 0, :0]


class TransformerDecoder(_Stack):
    """The ids before each token to a vector for each token."""

    def __init__(self, table, layers, options, **kwargs):
        policy = keras.dtype_policies.get(kwargs["dtype"])
        size, blocks = table.output_dim, []
        for number in range(layers):
            name = f"block_{number + 1}"
            block = TransformerDecoderBlock(name=name, dtype=policy, **options)
            block.build((None, None, size), (None, None, size))
            blocks.append(block)
        super().__init__(table, blocks, options["norm"], options["dropout"], **kwargs)

    def call(self, ids, memory, memory_mask, summary, training=False):
        """The vectors (B, T, D), and the weights of the last block (B, heads, T, S)."""
        x, weights = self.drop(self.embedded(ids), training=training), None
        for block in self.blocks:
            x, weights = block.looks(x, memory, memory_mask=memory_mask, training=training)
        return self.normed(x), weights

    def alignment(self, ids, memory, memory_mask, summary):
        """(B, T, S): of the last block, the mean over its heads."""
        return ops.mean(self(ids, memory, memory_mask, summary)[1], axis=1)

    def start(self, memory, memory_mask, summary, width, max_length, shared):
        """`step(tokens, state) -> vectors, state, weights`, and the first state, (B, ...).

        The weights are those of the last block, the mean over its heads. With `shared` the caches
        stay where they are while hypotheses come and go.
        """
        B = ops.shape(memory)[0]
        prepared = [block.prepare(memory, memory_mask) for block in self.blocks]
        of_row = width if shared else 1
        caches = [block.first_cache(B, max_length, of_row) for block in self.blocks]
        state = {"at": ops.zeros((B,), "int32"), "caches": caches}
        if shared:
            state["caches"] = keras.tree.map_structure(BatchShared, caches)
            state["beam_ancestors"] = ops.zeros((B, max_length), "int32")

        def step(tokens, state):
            at, weights, beam_ancestors = state["at"], None, None
            new = {"at": at + 1, "caches": []}
            if shared:
                own = ops.expand_dims(ops.arange(ops.shape(tokens)[0], dtype="int32") % width, -1)
                now = ops.equal(ops.arange(max_length, dtype="int32"), ops.expand_dims(at, -1))
                beam_ancestors = new["beam_ancestors"] = ops.where(
                    now, own, state["beam_ancestors"]
                )
            x = self.embedded(ops.expand_dims(tokens, 1), first=at[:1])[:, 0]
            for block, cache, pair in zip(self.blocks, state["caches"], prepared, strict=True):
                x, weights, cache = block.step(
                    x, cache, at, pair, memory_mask, width, beam_ancestors
                )
                new["caches"].append(cache)
            return self.normed(x), new, weights

        return step, state
