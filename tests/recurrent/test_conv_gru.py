"""ConvGRU against its equations in float64, over options, directions and masks."""

import pytest

from tests.recurrent.conv_check import check_frames_against_equations
from tests.recurrent.conv_options import CONV_GRU
from tests.recurrent.test_lstm import TIMES


@pytest.mark.parametrize("number, name", list(enumerate(CONV_GRU)), ids=CONV_GRU)
def test_layer_is_the_equations(number, name):
    kind, options = CONV_GRU[name]
    time = TIMES[number % len(TIMES)]
    masks = ["none", "every kind"] if name == "after" else ["every kind"]
    check_frames_against_equations(kind, options, time, masks, number)
