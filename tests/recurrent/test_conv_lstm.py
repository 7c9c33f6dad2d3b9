"""ConvLSTM against its equations in float64, over options, directions and masks."""

import pytest

from tests.recurrent.conv_check import check_frames_against_equations
from tests.recurrent.conv_options import CONV_LSTM
from tests.recurrent.test_lstm import TIMES


@pytest.mark.parametrize("number, name", list(enumerate(CONV_LSTM)), ids=CONV_LSTM)
def test_reference_is_the_equations(number, name):
    kind, options = CONV_LSTM[name]
    time = TIMES[number % len(TIMES)]
    check_frames_against_equations(kind, options, time, ["every kind"], number, use_native=False)


@pytest.mark.parametrize("time", TIMES[1:], ids=["last, backwards", "zeros, backwards", "zeros"])
def test_in_every_direction(time):
    kind, options = CONV_LSTM["peephole"]
    check_frames_against_equations(kind, options, time, ["none", "every kind"], 7)
