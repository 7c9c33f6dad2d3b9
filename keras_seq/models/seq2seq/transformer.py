"""Encoder and decoder of Transformer blocks, with the same methods as those in `recurrent.py`."""

from typing import Any

import keras
from keras import ops

from keras_seq.decoding import BatchShared
from keras_seq.transformer import (
    SinusoidalPositions,
    TransformerDecoderBlock,
    TransformerEncoderBlock,
)
from keras_seq.transformer.block import LAYER_NORM_EPSILON


def build_encoder_decoder(
    source_embedding: keras.layers.Embedding,
    target_embedding: keras.layers.Embedding,
    *,
    num_layers: int,
    num_heads: int,
    intermediate_dim: int,
    normalize_first: bool,
    activation: str,
    dropout: float,
    dtype: Any,
) -> tuple["TransformerEncoder", "TransformerDecoder"]:
    """The encoder and the decoder of `Seq2Seq` with `architecture="transformer"`."""
    block_options = {
        "intermediate_dim": intermediate_dim,
        "num_heads": num_heads,
        "normalize_first": normalize_first,
        "activation": activation,
        "dropout": dropout,
    }
    encoder = TransformerEncoder(
        source_embedding, num_layers, block_options, name="encoder", dtype=dtype
    )
    decoder = TransformerDecoder(
        target_embedding, num_layers, block_options, name="decoder", dtype=dtype
    )
    return encoder, decoder


class _Stack(keras.layers.Layer):
    """Scaled embeddings, positions, dropout, blocks, and with `normalize_first` a final norm."""

    def __init__(self, embedding, blocks, normalize_first, dropout, **kwargs):
        super().__init__(**kwargs)
        policy = self.dtype_policy
        self.embedding = embedding
        self.blocks = blocks
        self.size = embedding.output_dim
        self.positions = SinusoidalPositions(dtype=policy)
        self.embedding_dropout = keras.layers.Dropout(dropout, dtype=policy)
        self.final_norm = None
        if normalize_first:
            self.final_norm = keras.layers.LayerNormalization(
                epsilon=LAYER_NORM_EPSILON, name="norm", dtype=policy
            )
            self.final_norm.build((None, None, self.size))
        self.built = True

    def embed(self, ids, start_index=0):
        """Embeddings scaled by sqrt(D), plus positions."""
        return self.positions(self.embedding(ids) * self.size**0.5, start_index=start_index)

    def normalize(self, x):
        return x if self.final_norm is None else self.final_norm(x)


class TransformerEncoder(_Stack):
    """Ids (B, S) to memory (B, S, D), its mask, and an empty summary."""

    def __init__(self, embedding, num_layers, block_options, **kwargs):
        policy = keras.dtype_policies.get(kwargs["dtype"])
        blocks = []
        for number in range(num_layers):
            name = f"block_{number + 1}"
            block = TransformerEncoderBlock(name=name, dtype=policy, **block_options)
            block.build((None, None, embedding.output_dim))
            blocks.append(block)
        super().__init__(
            embedding,
            blocks,
            block_options["normalize_first"],
            block_options["dropout"],
            **kwargs,
        )

    def call(self, ids, training=False):
        mask = ops.not_equal(ids, 0)
        x = self.embedding_dropout(self.embed(ids), training=training)
        for block in self.blocks:
            x = block(x, mask=mask, training=training)
        x = self.normalize(x)
        return x, mask, x[:, 0, :0]


class TransformerDecoder(_Stack):
    """The token before each target token, (B, T), to a vector for each token, (B, T, D)."""

    def __init__(self, embedding, num_layers, block_options, **kwargs):
        policy = keras.dtype_policies.get(kwargs["dtype"])
        size, blocks = embedding.output_dim, []
        for number in range(num_layers):
            name = f"block_{number + 1}"
            block = TransformerDecoderBlock(name=name, dtype=policy, **block_options)
            block.build((None, None, size), (None, None, size))
            blocks.append(block)
        super().__init__(
            embedding,
            blocks,
            block_options["normalize_first"],
            block_options["dropout"],
            **kwargs,
        )

    def call(self, ids, memory, memory_mask, summary, training=False):
        """The vectors, and the attention weights of the last block (B, num_heads, T, S)."""
        x, weights = self.embedding_dropout(self.embed(ids), training=training), None
        for block in self.blocks:
            x, weights = block.call_with_attention_weights(
                x, memory, memory_mask=memory_mask, training=training
            )
        return self.normalize(x), weights

    def alignment(self, ids, memory, memory_mask, summary):
        """The attention weights of the last block, averaged over its heads, (B, T, S)."""
        return ops.mean(self(ids, memory, memory_mask, summary)[1], axis=1)

    def start_decoding(self, memory, memory_mask, summary, beam_width, max_length, shared):
        """`step(tokens, state) -> vectors, state, weights`, and the initial state, (B, ...).

        The weights are the attention weights of the last block, averaged over its heads. With
        `shared` the caches are `BatchShared`, so that the search does not reorder them.
        """
        B = ops.shape(memory)[0]
        memory_caches = [
            block.cross_attention_cache(memory, memory_mask=memory_mask) for block in self.blocks
        ]
        cache_width = beam_width if shared else 1
        caches = [block.initial_cache(B, max_length, cache_width) for block in self.blocks]
        state = {"position": ops.zeros((B,), "int32"), "caches": caches}
        if shared:
            state["caches"] = keras.tree.map_structure(BatchShared, caches)
            state["beam_ancestors"] = ops.zeros((B, max_length), "int32")

        def step(tokens, state):
            position, weights, beam_ancestors = state["position"], None, None
            new_state = {"position": position + 1, "caches": []}
            if shared:
                rows = ops.arange(ops.shape(tokens)[0], dtype="int32")
                own_index = ops.expand_dims(rows % beam_width, -1)
                current = ops.equal(
                    ops.arange(max_length, dtype="int32"), ops.expand_dims(position, -1)
                )
                beam_ancestors = ops.where(current, own_index, state["beam_ancestors"])
                new_state["beam_ancestors"] = beam_ancestors
            x = self.embed(ops.expand_dims(tokens, 1), start_index=position[:1])[:, 0]
            for block, cache, memory_cache in zip(
                self.blocks, state["caches"], memory_caches, strict=True
            ):
                x, weights, cache = block.step(
                    x,
                    cache,
                    position,
                    cross_attention_cache=memory_cache,
                    memory_mask=memory_mask,
                    beam_width=beam_width,
                    beam_ancestors=beam_ancestors,
                )
                new_state["caches"].append(cache)
            return self.normalize(x), new_state, weights

        return step, state
