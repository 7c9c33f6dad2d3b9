"""The names of Keras that it does not document: each is there and does what we rely on.

A failure here means that a release of Keras has changed something that only
keras_seq/keras_internals.py uses.
"""

import keras
import numpy as np
import pytest

from keras_seq import keras_internals

RELEASE = f"Keras {keras.version()}"


def test_the_stock_rnn_asks_cells_of_this_class_for_their_masks():
    class Cell(keras.layers.Layer, keras_internals.DropoutRNNCell):
        state_size, asked = 2, []

        def call(self, inputs, states):
            return states[0], states

        def get_initial_state(self, batch_size=None):
            return [keras.ops.zeros((batch_size, 2))]

        def get_dropout_mask(self, step_input):
            self.asked.append("input")

        def get_recurrent_dropout_mask(self, step_input):
            self.asked.append("recurrent")

        def reset_dropout_mask(self):
            self.asked.append("reset")

        def reset_recurrent_dropout_mask(self):
            self.asked.append("reset")

    cell = Cell()
    keras.layers.RNN(cell)(np.zeros((1, 3, 2), "float32"))
    # Keras may call once more to trace the shapes.
    once = ["input", "recurrent", "reset", "reset"]
    assert cell.asked and cell.asked == once * (len(cell.asked) // 4), (
        f"{RELEASE}: keras.layers.RNN does not call the hooks of DropoutRNNCell"
    )


def test_a_layer_attaches_its_mask_to_its_output():
    ids = np.array([[1, 2, 0]])
    found = keras_internals.mask_of(keras.layers.Embedding(3, 2, mask_zero=True)(ids))
    assert found is not None, f"{RELEASE}: tensors have no `_keras_mask`"
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(found), ids != 0)
    assert keras_internals.mask_of(keras.ops.zeros(3)) is None


def test_the_callback_that_swaps_averaged_weights_has_its_flag():
    callback = keras.callbacks.SwapEMAWeights()
    assert hasattr(callback, keras_internals.EMA_WEIGHTS_IN_MODEL), (
        f"{RELEASE}: keras.callbacks.SwapEMAWeights has no `{keras_internals.EMA_WEIGHTS_IN_MODEL}`"
    )


def test_the_parts_of_an_attention_layer(rng):
    """Its own result from its parts, and from an output equation of other letters."""
    layer = keras.layers.GroupQueryAttention(3, 4, 2)
    x = rng.normal(size=(2, 5, 6)).astype("float32")
    layer.build(x.shape, x.shape)
    parts = keras_internals.attention_parts(layer)
    expected = keras.ops.convert_to_numpy(layer(x, x))
    q, k, v = (keras.ops.convert_to_numpy(p(x)) for p in (parts.query, parts.key, parts.value))
    assert parts.dropout.rate == 0.0
    k, v = (np.repeat(a, 2, axis=2) for a in (k, v))
    scores = np.exp(np.einsum("btha,bsha->bhts", q, k) / np.sqrt(3))
    seen = np.einsum("bhts,bsha->btha", scores / scores.sum(-1, keepdims=True), v)
    keras_internals.set_output_equation(layer, "bqgh,ghm->bqm")
    for actual in (layer(x, x), parts.output(seen.astype("float32"))):
        np.testing.assert_allclose(keras.ops.convert_to_numpy(actual), expected, atol=1e-5)


def test_the_error_names_the_attribute_and_the_release():
    with pytest.raises(RuntimeError) as error:
        keras_internals.attribute_of(keras.layers.Dense(1), "_gone")
    assert f"relies on `Dense._gone`, which {RELEASE} does not have" in str(error.value)
