"""The weight shapes the issue fixes: users load weights by them."""

import numpy as np


def lstm_shapes(
    features,
    units,
    *,
    use_bias=True,
    peephole=False,
    coupled=False,
    forget_gate=True,
    layer_norm=False,
    projection=None,
    **_,
):
    """Weight name -> shape, in the order of `get_weights`."""
    gates = 3 if coupled or not forget_gate else 4
    output = projection or units
    shapes = {"kernel": (features, gates * units), "recurrent_kernel": (output, gates * units)}
    if use_bias:
        shapes["bias"] = (gates * units,)
    if peephole:
        shapes["peephole"] = (gates - 1, units)
    if projection:
        shapes["projection"] = (units, projection)
    if layer_norm:
        shapes |= _norm("kernel", gates * units) | _norm("recurrent", gates * units)
        shapes |= _norm("state", units)
    return shapes


def gru_shapes(features, units, *, use_bias=True, reset="after", layer_norm=False, **_):
    """Weight name -> shape, in the order of `get_weights`."""
    gates = 2 if reset is None else 3
    shapes = {"kernel": (features, gates * units), "recurrent_kernel": (units, gates * units)}
    if use_bias:
        shapes["bias"] = (2, gates * units) if reset == "after" else (gates * units,)
    if layer_norm:
        shapes |= _norm("kernel", gates * units) | _norm("recurrent", gates * units)
    return shapes


def conv_lstm_shapes(channels, filters, *, kernel_size, state, peephole=False, **options):
    """`lstm_shapes` with taps before rows and columns, and peepholes of the state's shape."""
    shapes = lstm_shapes(channels, filters, peephole=bool(peephole), **options)
    if peephole is True:
        shapes["peephole"] = (shapes["peephole"][0], *state)
    return with_taps(shapes, kernel_size)


def conv_gru_shapes(channels, filters, *, kernel_size, **options):
    """`gru_shapes` with taps before rows and columns."""
    return with_taps(gru_shapes(channels, filters, **options), kernel_size)


def with_taps(shapes, kernel_size):
    return {n: (*kernel_size, *s) if n.endswith("kernel") else s for n, s in shapes.items()}


def random_weights(shapes, random):
    """Weights of a size at which every gate is in motion; gains about 1."""
    weights = {name: random_values(random, shape, 0.6) for name, shape in shapes.items()}
    return {n: 1.0 + 0.5 * w if n.endswith("_gamma") else w for n, w in weights.items()}


def random_values(random, shape, scale=1.0):
    """Normal numbers that float32 holds exactly, so that both sides compute from the same."""
    steps = 2.0**-12
    return np.round(random.normal(0.0, scale, shape) / steps) * steps


def _norm(side, size):
    return {f"{side}_norm_gamma": (size,), f"{side}_norm_beta": (size,)}
