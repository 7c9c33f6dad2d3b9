"""From a layer's arguments to its equations, its weight shapes and its states."""

import numpy as np

from tests.equations.conv_gru import ConvGRU
from tests.equations.conv_lstm import ConvLSTM
from tests.equations.convolution import Convolution
from tests.equations.gru import GRU
from tests.equations.lstm import LSTM
from tests.equations.shapes import (
    conv_gru_shapes,
    conv_lstm_shapes,
    gru_shapes,
    lstm_shapes,
)


def lstm_equations(weights, zoneout=0.0, **arguments):
    """`LSTM` of the layer's arguments; one zoneout rate serves both states at inference."""
    for name in ("use_bias", "projection"):  # the weights show them
        arguments.pop(name, None)
    zoneout = zoneout if isinstance(zoneout, tuple) else (zoneout, zoneout)
    return LSTM(weights, zoneout=zoneout, **arguments)


def gru_equations(weights, **arguments):
    """`GRU` of the layer's arguments."""
    arguments.pop("use_bias", None)
    return GRU(weights, **arguments)


def lstm_states(units, projection=None, **_):
    """Sizes of the states [h, c]."""
    return [projection or units, units]


def gru_states(units, **_):
    """Sizes of the state [h]."""
    return [units]


# kind -> (equations, weight shapes, state sizes)
FAMILIES = {
    "LSTM": (lstm_equations, lstm_shapes, lstm_states),
    "GRU": (gru_equations, gru_shapes, gru_states),
}


class OfFrames:
    """A convolutional layer's arguments as equations, weight shapes and state shapes.

    All with the channels last, whatever `data_format` says.
    """

    def __init__(self, kind, frame, filters, **arguments):
        self.gated_as_lstm = kind.startswith("ConvLSTM")
        self.frame, self.filters = tuple(frame), filters
        self.options = dict(arguments)
        rank = len(frame) - 1
        for name in ("kernel_size", "strides", "dilation_rate"):
            value = self.options.pop(name, 1)
            setattr(self, name, value if isinstance(value, tuple) else (value,) * rank)
        self.padding = self.options.pop("padding", "valid")
        self.options.pop("data_format", None)

    @property
    def space(self):
        return {n: getattr(self, n) for n in ("padding", "strides", "dilation_rate")}

    @property
    def state_shapes(self):
        kernel = np.zeros((*self.kernel_size, self.frame[-1], self.filters))
        after = Convolution(**self.space).forward(np.zeros((1, *self.frame)), kernel)
        return [after.shape[1:]] * (2 if self.gated_as_lstm else 1)

    @property
    def shapes(self):
        given = {"kernel_size": self.kernel_size, **self.options}
        if self.gated_as_lstm:
            given["state"] = self.state_shapes[0]
        of_kind = conv_lstm_shapes if self.gated_as_lstm else conv_gru_shapes
        return of_kind(self.frame[-1], self.filters, **given)

    def equations(self, weights, **time):
        options = {k: v for k, v in self.options.items() if k != "use_bias"}
        equations = ConvLSTM if self.gated_as_lstm else ConvGRU
        return equations(weights, **self.space, **options, **time)
