"""`recompute=True` gives the same numbers and gradients in less memory."""

import keras
import numpy as np
import pytest

import keras_seq
from tests.gradients import Measure, assert_close, to_numpy

B, T, F, U = 3, 11, 3, 4  # windows of 3 steps, and one of 2
LAYERS = {
    "LSTM": lambda **given: keras_seq.LSTM(U, peephole=True, dropout=0.4, zoneout=0.3, **given),
    "GRU": lambda **given: keras_seq.GRU(U, **given),
    "MGU": lambda **given: keras_seq.MGU(U, **given),
    "MinGRU": lambda **given: keras_seq.MinGRU(U, **given),
}


@pytest.mark.parametrize("name", LAYERS)
def test_numbers_and_gradients_stay(name, rng):
    x = rng.normal(size=(B, T, F))
    mask = rng.uniform(size=(B, T)) < 0.7
    measured = []
    for recompute in (False, True):
        keras.utils.set_random_seed(1)  # the same weights and dropout
        layer = LAYERS[name](recompute=recompute, return_sequences=True, return_state=True, seed=2)
        layer.build(x.shape)
        states = [np.full((B, size), 0.3) for size in layer.cell.state_size]
        measured.append(Measure(layer, training=True)(x, None, states, mask))
    plain, again = map(keras.tree.flatten, measured)
    for expected, actual in zip(plain, again, strict=True):
        assert_close(actual, expected)


def test_it_trains_by_fit(rng):
    x, y = rng.normal(size=(8, T, F)), rng.normal(size=(8, U))
    losses = []
    for recompute in (False, True):
        keras.utils.set_random_seed(1)
        model = keras.Sequential([keras.Input((T, F)), keras_seq.LSTM(U, recompute=recompute)])
        model.compile("sgd", "mse")
        losses.append(model.fit(x, y, epochs=2, verbose=0).history["loss"])
    np.testing.assert_allclose(*losses, rtol=1e-5)


def test_the_length_must_be_known():
    with pytest.raises(ValueError, match="MGU: `recompute=True` needs a known number of time st"):
        keras_seq.MGU(U, recompute=True)(keras.Input((None, F)))


def test_one_step_is_one_window(rng):
    x = rng.normal(size=(B, 1, F)).astype("float32")
    layer = keras_seq.GRU(U, recompute=True)
    again = keras_seq.GRU.from_config({**layer.get_config(), "recompute": False})
    assert layer(x).shape == again(x).shape
    again.set_weights(layer.get_weights())
    assert_close(to_numpy(layer(x)), to_numpy(again(x)))
