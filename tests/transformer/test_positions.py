"""Position encodings by their formulas, from any start index; rotary depends on distances."""

import numpy as np
import pytest

import keras_seq
from tests.equations import transformer as equations
from tests.gradients import assert_close, to_numpy

B, T, D = 3, 6, 8


def test_sinusoidal_positions_by_the_formula(rng):
    x = rng.normal(size=(B, T, D)).astype("float32")
    expected = equations.positions(20, D)
    layer = keras_seq.SinusoidalPositions()
    assert_close(to_numpy(layer(x)), x + expected[:T])
    assert_close(to_numpy(layer(x, start_index=4)), x + expected[4 : 4 + T])
    found = to_numpy(layer(x, start_index=np.array([0, 3, 9])))
    for row, first in enumerate((0, 3, 9)):
        assert_close(found[row], x[row] + expected[first : first + T])
    assert_close(
        to_numpy(keras_seq.SinusoidalPositions(50.0)(x)), x + equations.positions(T, D, 50.0)
    )


def test_learned_positions(rng):
    layer = keras_seq.LearnedPositions(10)
    x = rng.normal(size=(B, T, D)).astype("float32")
    layer.build(x.shape)
    table = to_numpy(layer.positions)
    assert_close(to_numpy(layer(x, start_index=2)), x + table[2 : 2 + T], 1e-6)
    assert_close(to_numpy(layer(x, start_index=4)), x + table[4:], 1e-6)
    with pytest.raises(
        ValueError, match="at most sequence_length=10 positions.* Received: T=6, start_index=5"
    ):
        layer(x, start_index=5)
    with pytest.raises(ValueError, match="`start_index` must be an integer of at least 0"):
        layer(x, start_index=-1)
    found = to_numpy(layer(x, start_index=np.array([-3, 2, 8], "int32")))
    for row, first in enumerate((-3, 2, 8)):
        at = np.arange(first, first + T).clip(0, 9)
        assert_close(found[row], x[row] + table[at], 1e-6)


def test_rotary_positions_are_turns_of_complex_numbers(rng):
    x = rng.normal(size=(B, T, 2, D)).astype("float32")
    layer = keras_seq.RotaryPositions()
    assert_close(to_numpy(layer(x)), equations.rotated(x))
    at_2 = to_numpy(layer(x[:, 2:], start_index=2))
    assert_close(at_2, equations.rotated(x)[:, 2:])
    q = np.repeat(x[:, :1], T, axis=1)
    products = np.einsum("bthd,bshd->bhts", to_numpy(layer(q)), to_numpy(layer(q)))
    for away in range(1, T):  # the same for all pairs so far apart
        same = np.diagonal(products, away, axis1=2, axis2=3)
        assert_close(same, np.repeat(same[..., :1], T - away, axis=-1))


@pytest.mark.once
def test_what_is_refused():
    with pytest.raises(ValueError, match="SinusoidalPositions: `inputs` must have an even size D"):
        keras_seq.SinusoidalPositions()(np.zeros((1, 2, 3), "float32"))
    with pytest.raises(ValueError, match="`inputs` must have at most sequence_length=2 positions"):
        keras_seq.LearnedPositions(2)(np.zeros((1, 3, 4), "float32"))
    with pytest.raises(ValueError, match=r"RotaryPositions: `inputs` must be of shape \(B, T, H"):
        keras_seq.RotaryPositions()(np.zeros((1, 3, 4), "float32"))
