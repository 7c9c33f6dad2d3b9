"""GRU against its equations in float64, over the option grid, on this backend.

Each backend meets the same float64 numbers to 1e-5, so the three agree with each other.
"""

import pytest

from tests.recurrent.check import check_against_equations
from tests.recurrent.options import GRU_OPTIONS, by_reference, has_native
from tests.recurrent.test_lstm import TIMES

REFERENCE = by_reference(GRU_OPTIONS)
NATIVE = [name for name, options in GRU_OPTIONS.items() if has_native(options)]


@pytest.mark.parametrize("number, name", list(enumerate(REFERENCE)), ids=REFERENCE)
def test_reference_is_the_equations(number, name):
    time = TIMES[number % len(TIMES)]
    masks = ["every kind"]
    check_against_equations("GRU", GRU_OPTIONS[name], time, masks, number, use_native=False)


@pytest.mark.parametrize("number, name", list(enumerate(NATIVE)), ids=NATIVE)
def test_native_is_the_equations(number, name):
    time = TIMES[(number + 1) % len(TIMES)]
    masks = ["none", "every kind"]
    check_against_equations("GRU", GRU_OPTIONS[name], time, masks, number, use_native=True)


@pytest.mark.parametrize("time", TIMES[1:], ids=["last, backwards", "zeros, backwards", "zeros"])
@pytest.mark.parametrize("name", ["after", "before", "none"])
def test_native_in_every_direction(name, time):
    check_against_equations("GRU", GRU_OPTIONS[name], time, ["every kind"], 7, use_native=True)
