"""Monte Carlo dropout: statistics that are known, and what must stay as it was."""

import keras
import numpy as np
import pytest

import keras_seq
from tests.gradients import assert_close


def test_mean_and_deviation_of_dropout():
    """Dropout(0.5) of x is 0 or 2x: mean x, standard deviation x."""
    inputs = keras.Input((3,))
    model = keras.Model(inputs, keras.layers.Dropout(0.5, seed=1)(inputs))
    x = np.array([[1.0, 2.0, 4.0], [0.0, -3.0, 8.0]], "float32")
    mean, deviation = keras_seq.monte_carlo_dropout(model, x, samples=400)
    assert isinstance(mean, np.ndarray) and isinstance(deviation, np.ndarray)
    assert mean.shape == deviation.shape == x.shape
    np.testing.assert_allclose(mean, x, atol=8.0 * 4 / 20)
    np.testing.assert_allclose(deviation, abs(x), rtol=0.05, atol=1e-6)


def test_no_dropout_no_deviation():
    model = keras.Sequential([keras.Input((3, 2)), keras_seq.LSTM(2)])
    x = np.random.default_rng(1).normal(size=(4, 3, 2)).astype("float32")
    mean, deviation = keras_seq.monte_carlo_dropout(model, x, samples=3)
    assert_close(mean, model.predict(x, verbose=0), 1e-6)
    assert_close(deviation, np.zeros((4, 2)), 1e-6)


def test_dropout_of_a_layer_is_on():
    model = keras.Sequential([keras.Input((3, 2)), keras_seq.GRU(2, recurrent_dropout=0.5)])
    x = np.random.default_rng(1).normal(size=(4, 3, 2)).astype("float32")
    _, deviation = keras_seq.monte_carlo_dropout(model, x, samples=8)
    assert (deviation > 0).all()


def test_collected_statistics_stay():
    """BatchNormalization in training mode would move its mean towards the batch's."""
    inputs = keras.Input((2,))
    outputs = keras.layers.Dropout(0.5)(keras.layers.BatchNormalization()(inputs))
    model = keras.Model(inputs, outputs)
    before = [np.array(w) for w in model.get_weights()]
    keras_seq.monte_carlo_dropout(model, np.full((4, 2), 9.0, "float32"), samples=2)
    for first, last in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(first, last)


def test_no_samples():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dropout(0.5)])
    sentence = "monte_carlo_dropout: `samples` must be a positive integer. Received: samples=0"
    with pytest.raises(ValueError, match=sentence):
        keras_seq.monte_carlo_dropout(model, np.ones((2, 3), "float32"), samples=0)
