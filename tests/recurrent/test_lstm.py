"""LSTM against its equations in float64, over the option grid, on this backend.

Each backend meets the same float64 numbers to 1e-5, so the three agree with each other.
"""

import pytest

from tests.recurrent.check import check_against_equations
from tests.recurrent.options import LSTM_OPTIONS, by_reference, has_native

REFERENCE = by_reference(LSTM_OPTIONS)
NATIVE = [name for name, options in LSTM_OPTIONS.items() if has_native(options)]
# Every pair of the three settings, and each option set with at least two of them.
TIMES = [
    {"return_sequences": True, "go_backwards": False, "zero_output_for_mask": False},
    {"return_sequences": False, "go_backwards": True, "zero_output_for_mask": False},
    {"return_sequences": True, "go_backwards": True, "zero_output_for_mask": True},
    {"return_sequences": False, "go_backwards": False, "zero_output_for_mask": True},
]


@pytest.mark.parametrize("number, name", list(enumerate(REFERENCE)), ids=REFERENCE)
def test_reference_is_the_equations(number, name):
    time = TIMES[number % len(TIMES)]
    masks = ["every kind"]
    check_against_equations("LSTM", LSTM_OPTIONS[name], time, masks, number, use_native=False)


@pytest.mark.parametrize("number, name", list(enumerate(NATIVE)), ids=NATIVE)
def test_native_is_the_equations(number, name):
    time = TIMES[(number + 1) % len(TIMES)]
    masks = ["none", "every kind"]
    check_against_equations("LSTM", LSTM_OPTIONS[name], time, masks, number, use_native=True)


@pytest.mark.parametrize("time", TIMES[1:], ids=["last, backwards", "zeros, backwards", "zeros"])
@pytest.mark.parametrize("name", ["plain", "peephole", "all but layer norm"])
def test_native_in_every_direction(name, time):
    check_against_equations("LSTM", LSTM_OPTIONS[name], time, ["every kind"], 7, use_native=True)
