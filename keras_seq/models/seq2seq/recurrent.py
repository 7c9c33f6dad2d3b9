"""Encoder and decoder of recurrent layers, with attention or with a fixed context.

The call of an encoder takes ids (B, S) and returns the memory (B, S, M), its mask (B, S), and a
summary (B, R). The call of a decoder takes the token before each target token (B, T) and the
outputs of the encoder, and returns a vector for each target token (B, T, D). `start_decoding`
returns a step function from tokens (N,) to vectors (N, D), and its initial state.
"""

from typing import Any

import keras
from keras import ops

from keras_seq.attention import (
    AdditiveAttention,
    AttentionCell,
    AttentionRNN,
    MultiplicativeAttention,
)
from keras_seq.recurrent.variants import CellName, recurrent_variant

MULTIPLICATIVE_SCORES = ("general", "dot", "scaled_dot")


def build_encoder_decoder(
    source_embedding: keras.layers.Embedding,
    target_embedding: keras.layers.Embedding,
    *,
    cell: CellName,
    units: int,
    num_layers: int,
    bidirectional: bool,
    attention: str | None,
    dropout: float,
    dtype: Any,
) -> tuple["RecurrentEncoder", "RecurrentDecoder"]:
    """The encoder and the decoder of `Seq2Seq` with `architecture="rnn"`."""
    recurrent, options = recurrent_variant(cell)
    options = {**options, "dropout": dropout}
    encoder = RecurrentEncoder(
        source_embedding,
        recurrent,
        units,
        num_layers,
        bidirectional,
        options,
        name="encoder",
        dtype=dtype,
    )
    num_states = len(recurrent.cell_class(2, **options).state_size)
    decoder = RecurrentDecoder(
        target_embedding,
        recurrent,
        units,
        num_layers,
        attention,
        options,
        summary_size=units * num_states,
        name="decoder",
        dtype=dtype,
    )
    return encoder, decoder


class RecurrentEncoder(keras.layers.Layer):
    """Stacked recurrent layers, bidirectional or not; the memory is (B, S, units)."""

    def __init__(self, embedding, recurrent, units, num_layers, bidirectional, options, **kwargs):
        super().__init__(**kwargs)
        self.embedding = embedding
        self.layers = []
        size = embedding.output_dim
        for number in range(num_layers):
            layer = recurrent(
                units // 2 if bidirectional else units,
                return_sequences=True,
                return_state=True,
                name=f"layer_{number + 1}",
                dtype=self.dtype_policy,
                **options,
            )
            if bidirectional:
                name = f"both_{number + 1}"
                layer = keras.layers.Bidirectional(layer, name=name, dtype=self.dtype_policy)
            layer.build((None, None, size))
            self.layers.append(layer)
            size = units
        self.built = True

    def call(self, ids, training=False):
        mask = ops.not_equal(ids, 0)
        x = self.embedding(ids)
        for layer in self.layers:
            x, *states = layer(x, mask=mask, training=training)
        return x, mask, ops.concatenate(states, axis=-1)


class RecurrentDecoder(keras.layers.Layer):
    """Stacked recurrent layers, the last with attention; the summary gives their initial states."""

    def __init__(
        self, embedding, recurrent, units, num_layers, attention, options, summary_size, **kwargs
    ):
        super().__init__(**kwargs)
        policy, size = self.dtype_policy, embedding.output_dim
        self.embedding = embedding
        self.lower = []
        input_size = size
        for number in range(num_layers if attention is None else num_layers - 1):
            layer = recurrent(
                units,
                return_sequences=True,
                return_state=True,
                name=f"layer_{number + 1}",
                dtype=policy,
                **options,
            )
            layer.build((None, None, input_size))
            self.lower.append(layer)
            input_size = units
        if attention is None:
            self.top = None
            self.readout = keras.layers.Dense(size, "tanh", name="readout", dtype=policy)
            self.readout.build((None, None, units))
        else:
            if attention == "additive":
                mechanism = AdditiveAttention(units, dtype=policy)
            else:
                mechanism = MultiplicativeAttention(attention, dtype=policy)
            cell = recurrent.cell_class(units, dtype=policy, **options)
            cell = AttentionCell(cell, mechanism, units=size, dtype=policy)
            self.top = AttentionRNN(cell, return_weights=True, name="top", dtype=policy)
            self.top.build((None, None, input_size), (None, None, units))
        cells = [layer.cell for layer in self.lower] + ([] if attention is None else [cell.cell])
        self.state_sizes = [cell.state_size for cell in cells]
        self.bridge = keras.layers.Dense(
            sum(sum(sizes) for sizes in self.state_sizes), "tanh", name="bridge", dtype=policy
        )
        self.bridge.build((None, summary_size))
        self.built = True

    def initial_states(self, summary):
        """The initial states of each layer, (B, size) each."""
        flat, states, start = self.bridge(summary), [], 0
        for sizes in self.state_sizes:
            ends = [start + sum(sizes[: n + 1]) for n in range(len(sizes))]
            states.append([flat[:, end - n : end] for end, n in zip(ends, sizes, strict=True)])
            start = ends[-1]
        return states

    def call(self, ids, memory, memory_mask, summary, training=False):
        """The vectors (B, T, D), and the attention weights (B, T, S) or None."""
        states, x, weights = self.initial_states(summary), self.embedding(ids), None
        for layer, initial_state in zip(self.lower, states, strict=False):
            x, *_ = layer(x, initial_state=initial_state, training=training)
        if self.top is None:
            return self.readout(x), weights
        x, weights = self.top(
            x, memory, memory_mask=memory_mask, initial_state=states[-1], training=training
        )
        return x, weights

    def alignment(self, ids, memory, memory_mask, summary):
        """(B, T, S), or None where there is no attention."""
        return self(ids, memory, memory_mask, summary)[1]

    def start_decoding(self, memory, memory_mask, summary, beam_width, max_length, shared):
        """`step(tokens, state) -> vectors, state, weights`, and the initial state, (B, ...).

        The states of the cells are small, so none is `BatchShared`.
        """
        states = self.initial_states(summary)
        state, prepared = {"lower": states[: len(self.lower)]}, None
        if self.top is not None:
            prepared_once = self.top.cell.prepare(memory, memory_mask)
            state["top"] = self.top.cell.initial_states(prepared_once, states[-1])
            prepared = self.top.cell.repeated(prepared_once, beam_width)

        def step(tokens, state):
            x, lower, weights = self.embedding(tokens), [], None
            for layer, old in zip(self.lower, state["lower"], strict=True):
                x, new = layer.cell(x, old)
                lower.append(new)
            if self.top is None:
                return self.readout(x), {"lower": lower}, weights
            x, weights, top = self.top.cell(x, state["top"], prepared)
            return x, {"lower": lower, "top": top}, weights

        return step, state
