"""ConvLSTM against its equations in float64, over options, directions and masks."""

import keras
import pytest

from tests.recurrent.conv_check import check_frames_against_equations
from tests.recurrent.conv_options import CONV_LSTM
from tests.recurrent.options import has_native
from tests.recurrent.test_lstm import TIMES

# The reference is one text for all backends; on JAX a case takes seconds to compile.
WHOLE = keras.backend.backend() != "jax"
REFERENCE = [
    name
    for number, (name, (_, options)) in enumerate(CONV_LSTM.items())
    if WHOLE or number % 3 == 0 or not has_native(options)
]
NATIVE = [name for name, (_, options) in CONV_LSTM.items() if has_native(options)]


@pytest.mark.parametrize("number, name", list(enumerate(REFERENCE)), ids=REFERENCE)
def test_reference_is_the_equations(number, name):
    kind, options = CONV_LSTM[name]
    time = TIMES[number % len(TIMES)]
    check_frames_against_equations(kind, options, time, ["every kind"], number, use_native=False)


@pytest.mark.parametrize("number, name", list(enumerate(NATIVE)), ids=NATIVE)
def test_native_is_the_equations(number, name):
    kind, options = CONV_LSTM[name]
    time = TIMES[(number + 1) % len(TIMES)]
    check_frames_against_equations(kind, options, time, ["every kind"], number, use_native=True)


@pytest.mark.parametrize("time", TIMES[1:], ids=["last, backwards", "zeros, backwards", "zeros"])
def test_in_every_direction(time):
    kind, options = CONV_LSTM["peephole"]
    check_frames_against_equations(kind, options, time, ["none", "every kind"], 7)
