"""Encoder and decoder of recurrent layers, with attention or with a fixed context.

An encoder's call takes ids (B, S) and gives the memory (B, S, M), its mask (B, S), and a summary
(B, R). A decoder's call takes the ids (B, T) that stand before each token and what the encoder
gave, and returns a vector for each token (B, T, D). `start` gives the step of
`keras_seq.decoding` from tokens (N,) to vectors (N, D), and its first state.
"""

import keras
from keras import ops

from keras_seq.attention import (
    AdditiveAttention,
    AttentionCell,
    AttentionRNN,
    MultiplicativeAttention,
)
from keras_seq.recurrent.variants import recurrent_variant

SCORES = ("general", "dot", "scaled_dot")


def parts_of(given, source_table, target_table, policy):
    """Encoder and decoder, from the arguments of `Seq2Seq`."""
    kind, options = recurrent_variant(given["cell"])
    options = {**options, "dropout": given["dropout"]}
    units, layers = given["units"], given["layers"]
    encoder = RecurrentEncoder(
        source_table,
        kind,
        units,
        layers,
        given["bidirectional"],
        options,
        name="encoder",
        dtype=policy,
    )
    states = len(kind.cell_class(2, **options).state_size)
    decoder = RecurrentDecoder(
        target_table,
        kind,
        units,
        layers,
        given["attention"],
        options,
        summary=units * states,
        name="decoder",
        dtype=policy,
    )
    return encoder, decoder


class RecurrentEncoder(keras.layers.Layer):
    """Layers on each other, each in both directions if asked; the memory has `units` a place."""

    def __init__(self, table, recurrent, units, layers, bidirectional, options, **kwargs):
        super().__init__(**kwargs)
        self.table, self.layers = table, []
        size = table.output_dim
        for number in range(layers):
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
        x = self.table(ids)
        for layer in self.layers:
            x, *states = layer(x, mask=mask, training=training)
        return x, mask, ops.concatenate(states, axis=-1)


class RecurrentDecoder(keras.layers.Layer):
    """Layers on each other, the last one looks at the memory; all start from the summary."""

    def __init__(self, table, recurrent, units, layers, attention, options, summary, **kwargs):
        super().__init__(**kwargs)
        policy, size = self.dtype_policy, table.output_dim
        self.table = table
        self.size = size  # D
        self.lower = []
        width = size
        for number in range(layers if attention is None else layers - 1):
            layer = recurrent(
                units,
                return_sequences=True,
                return_state=True,
                name=f"layer_{number + 1}",
                dtype=policy,
                **options,
            )
            layer.build((None, None, width))
            self.lower.append(layer)
            width = units
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
            self.top.build((None, None, width), (None, None, units))
        cells = [layer.cell for layer in self.lower] + ([] if attention is None else [cell.cell])
        self.sizes = [cell.state_size for cell in cells]
        self.bridge = keras.layers.Dense(
            sum(sum(sizes) for sizes in self.sizes), "tanh", name="bridge", dtype=policy
        )
        self.bridge.build((None, summary))
        self.built = True

    def first_states(self, summary):
        """For each layer its states, (B, size) each."""
        flat, states, start = self.bridge(summary), [], 0
        for sizes in self.sizes:
            ends = [start + sum(sizes[: n + 1]) for n in range(len(sizes))]
            states.append([flat[:, end - n : end] for end, n in zip(ends, sizes, strict=True)])
            start = ends[-1]
        return states

    def call(self, ids, memory, memory_mask, summary, training=False):
        """The vectors (B, T, D), and the attention's weights (B, T, S) or None."""
        states, x, weights = self.first_states(summary), self.table(ids), None
        for layer, first in zip(self.lower, states, strict=False):
            x, *_ = layer(x, initial_state=first, training=training)
        if self.top is None:
            return self.readout(x), weights
        x, weights = self.top(
            x, memory, memory_mask=memory_mask, initial_state=states[-1], training=training
        )
        return x, weights

    def alignment(self, ids, memory, memory_mask, summary):
        """(B, T, S), or None where there is no attention."""
        return self(ids, memory, memory_mask, summary)[1]

    def start(self, memory, memory_mask, summary, width, max_length, shared):
        """`step(tokens, state) -> vectors, state, weights`, and the first state, (B, ...).

        States of a cell are small: none is `shared`.
        """
        states = self.first_states(summary)
        state, prepared = {"lower": states[: len(self.lower)]}, None
        if self.top is not None:
            one = self.top.cell.prepare(memory, memory_mask)
            state["top"] = self.top.cell.initial_states(one, states[-1])
            prepared = self.top.cell.repeated(one, width)

        def step(tokens, state):
            x, lower, weights = self.table(tokens), [], None
            for layer, old in zip(self.lower, state["lower"], strict=True):
                x, new = layer.cell(x, old)
                lower.append(new)
            if self.top is None:
                return self.readout(x), {"lower": lower}, weights
            x, weights, top = self.top.cell(x, state["top"], prepared)
            return x, {"lower": lower, "top": top}, weights

        return step, state
