"""From a layer's arguments to its equations, its weight shapes and its states."""

from tests.equations.gru import GRU
from tests.equations.lstm import LSTM
from tests.equations.shapes import gru_shapes, lstm_shapes


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
