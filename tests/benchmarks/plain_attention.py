"""An attention decoder as one writes it for keras.layers.RNN."""

import keras
from keras import ops


class PlainAttentionCell(keras.layers.Layer):
    """LSTM, Bahdanau's attention, input feeding: all at each step.

    keras.layers.RNN hands its cell nothing but inputs and states, so the memory is a state.
    """

    def __init__(self, units, places, size, **kwargs):
        super().__init__(**kwargs)
        self.units = self.output_size = units
        self.state_size = [units, units, units, places * size]
        self.places, self.size = places, size

    def build(self, inputs_shape):
        U = self.units

        def dense(units, size, activation=None):
            layer = keras.layers.Dense(units, activation, use_bias=False)
            layer.build((None, size))
            return layer

        self.lstm = keras.layers.LSTMCell(U)
        self.lstm.build((None, inputs_shape[-1] + U))
        self.query, self.key = dense(U, U), dense(U, self.size)
        self.score, self.combine = dense(1, U), dense(U, U + self.size, "tanh")

    def call(self, inputs, states):
        h, c, output, memory = states
        places = ops.reshape(memory, (-1, self.places, self.size))
        h, (h, c) = self.lstm(ops.concatenate([inputs, output], axis=-1), [h, c])
        hidden = ops.tanh(ops.expand_dims(self.query(h), 1) + self.key(places))
        weights = ops.softmax(self.score(hidden)[..., 0])
        context = ops.sum(ops.expand_dims(weights, -1) * places, axis=1)
        output = self.combine(ops.concatenate([context, h], axis=-1))
        return output, [h, c, output, memory]


def plain(inputs, memory, units):
    """(B, T, F) and (B, S, M) to (B, T, units)."""
    S, M = memory.shape[1:]
    zeros = ops.repeat(ops.zeros_like(inputs[:, 0, :1]), units, axis=1)
    states = [zeros, zeros, zeros, ops.reshape(memory, (-1, S * M))]
    layer = keras.layers.RNN(PlainAttentionCell(units, S, M), return_sequences=True)
    return layer(inputs, initial_state=states)
