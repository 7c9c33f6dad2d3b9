"""The arguments of our layers: written in the source, and Keras's own come first, in its order."""

import inspect

import keras
import numpy as np
import pytest

import keras_seq
from tests.gradients import to_numpy

POSITIONAL = inspect.Parameter.POSITIONAL_OR_KEYWORD
# Where Keras's class has an argument or a default that ours does not have.
DIFFERENT = {
    "GRU": {"reset_after": None},  # `reset` names the same choice
    "GRUCell": {"reset_after": None},
}
TWINS = ["LSTM", "LSTMCell", "GRU", "GRUCell", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D"]
CLASSES = [*TWINS, "ConvLSTM1DCell", "ConvLSTM2DCell", "ConvLSTM3DCell"]
CLASSES += ["ConvGRU2D", "ConvGRU2DCell"]
SHAPES = {"LSTM": (2, 4, 3), "GRU": (2, 4, 3), "ConvLSTM2D": (2, 4, 3, 3, 1)}


def positional(kind):
    parameters = inspect.signature(kind).parameters.values()
    return {p.name: p.default for p in parameters if p.kind is POSITIONAL}


@pytest.mark.once
@pytest.mark.parametrize("name", TWINS)
def test_arguments_are_those_of_keras(name):
    """Names, order and defaults, so that a call with Keras's arguments means the same here."""
    ours, stock = positional(getattr(keras_seq, name)), positional(getattr(keras.layers, name))
    assert list(ours) == list(stock)
    assert ours == {**stock, **DIFFERENT.get(name, {})}


@pytest.mark.once
def test_arguments_of_conv_gru_are_those_of_conv_lstm():
    stock = positional(keras.layers.ConvLSTM2D)
    del stock["unit_forget_bias"]
    assert list(positional(keras_seq.ConvGRU2D).items()) == list(stock.items())


@pytest.mark.once
@pytest.mark.parametrize("name", [*CLASSES, "AttentionRNN", "AttentionCell"])
def test_signature_is_in_the_source(name):
    """Nothing is put together at import, and every argument has a type."""
    kind = getattr(keras_seq, name)
    assert not any("__signature__" in vars(base) for base in kind.__mro__)
    own = inspect.signature(kind).parameters.values()
    untyped = [p.name for p in own if p.annotation is p.empty and p.name != "kwargs"]
    assert not untyped


@pytest.mark.once
@pytest.mark.parametrize("name", CLASSES)
def test_every_argument_is_an_attribute_and_in_the_config(name):
    size = [3, 2] if name.startswith("Conv") else [3]
    made = getattr(keras_seq, name)(*size)
    arguments = set(inspect.signature(type(made)).parameters) - {"kwargs"}
    assert [n for n in sorted(arguments) if not hasattr(made, n)] == []
    assert sorted(arguments - set(made.get_config())) == []


@pytest.mark.once
@pytest.mark.parametrize("name", CLASSES)
def test_at_most_two_classes_of_ours_above_a_cell(name):
    kind = getattr(keras_seq, name)
    above = [base for base in kind.__mro__[1:] if base.__module__.startswith("keras_seq.recurrent")]
    assert len(above) <= 2


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="a function of TensorFlow")
@pytest.mark.parametrize("name", SHAPES)
def test_a_layer_inside_a_tf_function(name, rng):
    import tensorflow as tf

    size = [3, 2] if name.startswith("Conv") else [3]
    layer = getattr(keras_seq, name)(*size)
    x = rng.normal(size=SHAPES[name]).astype("float32")
    expected = to_numpy(layer(x))
    np.testing.assert_allclose(to_numpy(tf.function(layer)(x)), expected, atol=1e-6)
