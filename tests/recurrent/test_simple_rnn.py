"""SimpleRNN beside `keras.layers.SimpleRNN`, with and without what the native loop serves."""

import keras
import numpy as np
import pytest

import keras_seq
from tests.gradients import Measure, assert_close, to_numpy


@pytest.mark.parametrize("activation", ["tanh", "relu", "softsign"])
def test_numbers_and_gradients_are_those_of_keras(activation, rng):
    x = rng.normal(size=(3, 6, 4)).astype("float32")
    arguments = {"activation": activation, "return_sequences": True}
    ours, stock = (kind(5, **arguments) for kind in (keras_seq.SimpleRNN, keras.layers.SimpleRNN))
    for layer in (ours, stock):
        layer.build(x.shape)
    weights = [rng.normal(0.0, 0.5, w.shape) for w in stock.weights]
    ours.set_weights(weights)
    stock.set_weights(weights)
    states = [rng.normal(size=(3, 5))]
    actual, expected = (Measure(layer)(x, None, states) for layer in (ours, stock))
    for a, e in zip(keras.tree.flatten(actual), keras.tree.flatten(expected), strict=True):
        assert_close(a, e)


def test_an_irnn_starts_as_an_accumulator():
    layer = keras_seq.IRNN(4, kernel_initializer="ones", return_sequences=True)
    outputs = layer(np.ones((1, 5, 2), "float32"))
    np.testing.assert_array_equal(to_numpy(outputs)[0, :, 0], [2.0, 4.0, 6.0, 8.0, 10.0])
