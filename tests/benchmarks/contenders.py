"""What is timed against what: our layers, Keras's, a plainly written cell, torch's own."""

from dataclasses import dataclass
from functools import partial

import keras
import torch
from keras import ops

import keras_seq

DROPOUT = {"dropout": 0.25, "recurrent_dropout": 0.25}


@dataclass(frozen=True)
class Contender:
    """One row of the table.

    Args:
        title: how it is called there.
        make: from U to a Keras layer, or from (F, U) to a torch module if `in_torch`.
        over: the contender its times are divided by.
        masked: whether it is given a mask, right-padded rows of T/2 to T steps.
        in_torch: runs in the torch library, whatever the backend is.
        of_frames: its shape is (B, T, H, W, C, F, k), and `make` is from F and k.
    """

    title: str
    make: callable
    over: str = "keras_lstm"
    masked: bool = False
    in_torch: bool = False
    of_frames: bool = False


class PlainPeepholeCell(keras.layers.Layer):
    """The peephole LSTM as one writes it down: no hoisting, no gradient of its own."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = self.output_size = units
        self.state_size = [units, units]

    def build(self, input_shape):
        def weight(rows, columns, name):
            return self.add_weight(shape=(rows, columns), name=name)

        gates = 4 * self.units
        self.kernel = weight(input_shape[-1], gates, "kernel")
        self.recurrent_kernel = weight(self.units, gates, "recurrent_kernel")
        self.peephole = weight(3, self.units, "peephole")
        self.bias = self.add_weight(shape=(gates,), initializer="zeros", name="bias")

    def call(self, inputs, states):
        h, c = states
        z = ops.matmul(inputs, self.kernel) + ops.matmul(h, self.recurrent_kernel) + self.bias
        i, f, g, o = ops.split(z, 4, axis=-1)
        i = ops.sigmoid(i + self.peephole[0] * c)
        f = ops.sigmoid(f + self.peephole[1] * c)
        c = f * c + i * ops.tanh(g)
        h = ops.sigmoid(o + self.peephole[2] * c) * ops.tanh(c)
        return h, [h, c]


def keras_layer(layer, **options):
    return lambda units: layer(units, return_sequences=True, **options)


def ours(title, options, over="keras_lstm", layer="LSTM", **kwargs):
    make = keras_layer(getattr(keras_seq, layer), **options)
    return Contender(f"keras_seq.{layer}{title}", make, over, **kwargs)


def in_torch(module, over):
    make = lambda features, units: module(features, units, batch_first=True)  # noqa: E731
    return Contender(f"torch.nn.{module.__name__}", make, over, in_torch=True)


LSTM, GRU, RNN = keras.layers.LSTM, keras.layers.GRU, keras.layers.RNN
CONTENDERS = {
    "keras_lstm": Contender("keras.layers.LSTM", keras_layer(LSTM)),
    "plain": ours("", {}),
    "peephole": ours(", peephole", {"peephole": True}),
    "coupled": ours(", coupled", {"coupled": True}),
    "no_forget": ours(", no forget gate", {"forget_gate": False}),
    "layer_norm": ours(", layer norm", {"layer_norm": True}),
    "projection": Contender(
        "keras_seq.LSTM, projection to U/2",
        lambda units: keras_seq.LSTM(units, projection=units // 2, return_sequences=True),
    ),
    "zoneout": ours(", zoneout 0.1", {"zoneout": 0.1}),
    "keras_rnn": Contender(
        "keras.layers.RNN, peephole cell written plainly",
        lambda units: RNN(PlainPeepholeCell(units), return_sequences=True),
    ),
    "torch_lstm": in_torch(torch.nn.LSTM, "keras_lstm"),
    "keras_gru": Contender("keras.layers.GRU", keras_layer(GRU), "keras_gru"),
    "gru_after": ours(", reset after", {}, "keras_gru", "GRU"),
    "gru_before": ours(", reset before", {"reset": "before"}, "keras_gru", "GRU"),
    "gru_none": ours(", no reset gate", {"reset": None}, "keras_gru", "GRU"),
    "torch_gru": in_torch(torch.nn.GRU, "keras_gru"),
    "mask": ours(", peephole, mask", {"peephole": True}, "peephole", masked=True),
    "dropout": ours(", peephole, dropout 0.25", {"peephole": True, **DROPOUT}, "peephole"),
    "keras_mask": Contender("keras.layers.LSTM, mask", keras_layer(LSTM), masked=True),
    "keras_dropout": Contender("keras.layers.LSTM, dropout 0.25", keras_layer(LSTM, **DROPOUT)),
}


def of_frames(title, layer, **options):
    options = {"padding": "same", "return_sequences": True, **options}
    return Contender(title, partial(layer, **options), "keras_conv_lstm", of_frames=True)


OF_FRAMES = {
    "keras_conv_lstm": of_frames("keras.layers.ConvLSTM2D", keras.layers.ConvLSTM2D),
    "conv_lstm": of_frames("keras_seq.ConvLSTM2D", keras_seq.ConvLSTM2D),
    "conv_peephole": of_frames(
        "keras_seq.ConvLSTM2D, peephole", keras_seq.ConvLSTM2D, peephole=True
    ),
}
