"""The equations themselves: their backward pass against finite differences in float64."""

import numpy as np
import pytest

from tests.equations.gru import GRU
from tests.equations.lstm import LSTM
from tests.equations.shapes import gru_shapes, lstm_shapes, random_weights
from tests.recurrent.options import GRU_OPTIONS, LSTM_OPTIONS

BATCH, TIME, FEATURES, UNITS = 2, 4, 3, 2
STEP = 1e-6

pytestmark = pytest.mark.once


def random_noise(random, output, gates, untied):
    """Dropout masks of either kind, and one on the recurrent weights."""
    gate_axis = (gates,) if untied else ()
    return {
        "input_mask": random.binomial(1, 0.7, (BATCH, *gate_axis, FEATURES)) / 0.7,
        "recurrent_mask": random.binomial(1, 0.7, (BATCH, *gate_axis, output)) / 0.7,
        "recurrent_weight_mask": random.binomial(1, 0.7, (output, gates * UNITS)) / 0.7,
    }


def check_by_finite_differences(build, weights, states, random, frame=(FEATURES,)):
    """Every entry of every gradient against (loss(w + e) - loss(w - e)) / 2e."""
    mask = np.array([[True, True, False, True], [False, True, True, False]])
    values = {"inputs": random.normal(size=(BATCH, TIME, *frame)), **weights}
    for number, state in enumerate(states):
        values[f"state {number}"] = state
    recurrence = build(weights)
    outputs, finals = recurrence.forward(values["inputs"], states, mask)
    d_outputs = random.normal(size=outputs.shape)
    d_states = [random.normal(size=s.shape) for s in finals]

    def loss(values):
        model = build({name: values[name] for name in weights})
        states = [values[name] for name in values if name.startswith("state ")]
        outputs, finals = model.forward(values["inputs"], states, mask)
        return (outputs * d_outputs).sum() + sum(
            (d * f).sum() for d, f in zip(d_states, finals, strict=True)
        )

    gradients = recurrence.backward(d_outputs, d_states)
    gradients |= {f"state {n}": g for n, g in enumerate(gradients.pop("states"))}
    assert set(gradients) == set(values)
    for name, value in values.items():
        slope = np.zeros_like(value)
        for index in np.ndindex(value.shape):
            up, down = value.copy(), value.copy()
            up[index] += STEP
            down[index] -= STEP
            slope[index] = (loss(values | {name: up}) - loss(values | {name: down})) / (2 * STEP)
        np.testing.assert_allclose(gradients[name], slope, rtol=1e-6, atol=1e-8, err_msg=name)


@pytest.mark.parametrize("number, name", list(enumerate(LSTM_OPTIONS)), ids=LSTM_OPTIONS)
def test_lstm_backward_is_the_slope(number, name):
    options = dict(LSTM_OPTIONS[name])
    random = np.random.default_rng(number)
    output = options.get("projection") or UNITS
    shapes = lstm_shapes(FEATURES, UNITS, **options)
    gates = shapes["kernel"][1] // UNITS
    noise = random_noise(random, output, gates, untied=number % 2 == 0) if number % 3 else {}
    for key in ("use_bias", "projection"):
        options.pop(key, None)
    rate = options.pop("zoneout", 0.0)
    options["zoneout"] = (rate, rate)
    if rate and number % 2:
        options["zoneout"] = tuple(
            random.binomial(1, rate, (BATCH, TIME, size)).astype(float) for size in (output, UNITS)
        )
    time = {"go_backwards": number % 2 == 1, "return_sequences": number % 3 != 1}
    time["zero_output_for_mask"] = number % 5 == 0
    states = [random.normal(size=(BATCH, output)), random.normal(size=(BATCH, UNITS))]
    check_by_finite_differences(
        lambda weights: LSTM(weights, **options, **noise, **time),
        random_weights(shapes, random),
        states,
        random,
    )


@pytest.mark.parametrize("number, name", list(enumerate(GRU_OPTIONS)), ids=GRU_OPTIONS)
def test_gru_backward_is_the_slope(number, name):
    options = dict(GRU_OPTIONS[name])
    random = np.random.default_rng(number)
    shapes = gru_shapes(FEATURES, UNITS, **options)
    gates = shapes["kernel"][1] // UNITS
    noise = random_noise(random, UNITS, gates, untied=number % 2 == 0) if number % 3 else {}
    options.pop("use_bias", None)
    if options.get("zoneout") and number % 2:
        drawn = random.binomial(1, options["zoneout"], (BATCH, TIME, UNITS))
        options["zoneout"] = drawn.astype(float)
    time = {"go_backwards": number % 2 == 1, "return_sequences": number % 3 != 1}
    time["zero_output_for_mask"] = number % 5 == 0
    check_by_finite_differences(
        lambda weights: GRU(weights, **options, **noise, **time),
        random_weights(shapes, random),
        [random.normal(size=(BATCH, UNITS))],
        random,
    )
