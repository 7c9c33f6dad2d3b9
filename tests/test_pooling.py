"""Pooling over the real steps only, against a loop in NumPy."""

import keras
import numpy as np
import pytest

from keras_seq.pooling import AttentionPooling, MaxPooling, MeanPooling

MASK = np.array([[1, 1, 1, 0, 0], [0, 1, 0, 1, 1], [1, 1, 1, 1, 1], [0, 0, 0, 0, 0]], bool)
LAYERS = {"mean": MeanPooling, "max": MaxPooling, "attention": lambda: AttentionPooling(4)}


def mean(rows, layer):
    return rows.mean(axis=0)


def largest(rows, layer):
    return rows.max(axis=0)


def attention(rows, layer):
    kernel, bias, context = (np.asarray(w, "float64") for w in layer.get_weights())
    weights = np.exp([context @ np.tanh(row @ kernel + bias) for row in rows])
    return weights @ rows / weights.sum()


TRUTH = {"mean": mean, "max": largest, "attention": attention}


def built(name, rng):
    layer = LAYERS[name]()
    layer.build((None, None, 3))
    layer.set_weights([rng.normal(size=weight.shape) for weight in layer.get_weights()])
    return layer


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("mask", [MASK, None], ids=["masked", "whole"])
def test_equals_the_loop(name, mask, rng):
    layer = built(name, rng)
    x = rng.normal(size=(4, 5, 3)) - 3.0  # mostly negative: zeros at padding would win a max
    found = keras.ops.convert_to_numpy(layer(x.astype("float32"), mask=mask))
    for row in range(4):
        real = x[row] if mask is None else x[row][mask[row]]
        wanted = TRUTH[name](real, layer) if len(real) else np.zeros(3)
        np.testing.assert_allclose(found[row], wanted, atol=2e-6)


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("dtype", ["float32", "mixed_float16", "mixed_bfloat16"])
def test_what_stands_at_padding_is_never_read(name, dtype, rng):
    keras.config.set_dtype_policy(dtype)
    layer = built(name, rng)
    x = rng.normal(size=(4, 5, 3)).astype("float32")
    wanted = keras.ops.convert_to_numpy(keras.ops.cast(layer(x, mask=MASK), "float32"))
    for filling in (np.nan, np.inf, 1e4):
        filled = np.where(MASK[..., None], x, np.float32(filling))
        found = keras.ops.convert_to_numpy(keras.ops.cast(layer(filled, mask=MASK), "float32"))
        np.testing.assert_array_equal(found, wanted)
    np.testing.assert_array_equal(wanted[3], 0.0)


class Shift(keras.layers.Layer):
    """Adds a trained number: its gradient is the sum of the gradients of all that comes in."""

    def build(self, input_shape):
        self.shift = self.add_weight((), "zeros")

    def call(self, inputs):
        return inputs + self.shift


@pytest.mark.parametrize("name", LAYERS)
def test_padding_reaches_no_gradient(name, rng):
    """One step of training with NaN at padding gives the weights it gives with zeros there."""
    x = rng.normal(size=(4, 5, 3))
    weights = []
    for filling in (0.0, np.nan):
        keras.utils.set_random_seed(0)
        inputs, mask = keras.Input((5, 3)), keras.Input((5,), dtype="bool")
        pooled = LAYERS[name]()(Shift()(inputs), mask=mask)
        model = keras.Model([inputs, mask], keras.layers.Dense(1)(pooled))
        before = model.get_weights()
        model.compile(keras.optimizers.SGD(0.1), "mse")
        filled = np.where(MASK[..., None], x, filling).astype("float32")
        model.fit([filled, MASK], np.ones((4, 1)), verbose=0)
        weights.append(np.concatenate([w.ravel() for w in model.get_weights()]))
    assert model.get_weights()[0] != before[0]
    np.testing.assert_array_equal(*weights)


def test_a_score_far_below_that_of_padding(rng):
    """exp(score) of the real steps would underflow beside the padding's."""
    layer = AttentionPooling(1)
    layer.build((None, None, 1))
    layer.set_weights([np.array([[10.0]]), np.array([0.0]), np.array([200.0])])
    x = np.array([[[-1.0], [-1.0], [5.0]]], "float32")
    found = layer(x, mask=np.array([[True, True, False]]))
    np.testing.assert_allclose(keras.ops.convert_to_numpy(found), [[-1.0]], rtol=1e-6)


@pytest.mark.parametrize("name", LAYERS)
def test_shapes_that_do_not_agree(name):
    layer = LAYERS[name]()
    with pytest.raises(ValueError, match=r"`inputs` must be of shape \(B, T, F\)"):
        layer(np.ones((2, 3)))
    with pytest.raises(ValueError, match=r"`mask` must be of shape \(B, T\) with B=2, T=4"):
        layer(np.ones((2, 4, 3)), mask=np.ones((2, 5), bool))


def test_units_of_attention():
    with pytest.raises(ValueError, match="^AttentionPooling: `units` must be a positive integer"):
        AttentionPooling(0)
