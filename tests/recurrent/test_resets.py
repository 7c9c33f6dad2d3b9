"""Sequences packed into one row with `resets`: each is as it would be alone."""

import numpy as np
import pytest

import keras_seq
from tests.gradients import Measure, assert_close, to_numpy

COUNT, TIME, FEATURES = 3, 4, 3
LAYERS = {
    "LSTM": lambda **time: keras_seq.LSTM(5, peephole=True, **time),
    "GRU": lambda **time: keras_seq.GRU(5, **time),
    "ClockworkRNN": lambda **time: keras_seq.ClockworkRNN(4, periods=(1, 3), **time),
    "MinGRU": lambda **time: keras_seq.MinGRU(5, **time),
    "LRU": lambda **time: keras_seq.LRU(5, state_units=3, **time),
    "ConvLSTM1D": lambda **time: keras_seq.ConvLSTM1D(2, 2, padding="same", **time),
}


@pytest.mark.parametrize("go_backwards", [False, True], ids=["forwards", "backwards"])
@pytest.mark.parametrize("name", LAYERS)
def test_packed_is_apart(name, go_backwards, rng):
    layer = LAYERS[name](return_sequences=True, go_backwards=go_backwards)
    frame = (4, FEATURES) if "Conv" in name else (FEATURES,)
    apart = rng.normal(size=(COUNT, TIME, *frame)).astype("float32")
    packed = apart.reshape(1, COUNT * TIME, *frame)
    layer.build(packed.shape)
    resets = np.zeros((1, COUNT * TIME), bool)
    resets[0, TIME::TIME] = True
    expected = Measure(layer)(apart)
    actual = Measure(layer, resets=resets)(packed)
    outputs = expected.outputs[0][::-1] if go_backwards else expected.outputs[0]
    assert_close(actual.outputs[0][0], np.concatenate(outputs))
    assert_close(actual.d_inputs[0], np.concatenate(expected.d_inputs))
    for packed_slope, apart_slope in zip(actual.d_weights, expected.d_weights, strict=True):
        assert_close(packed_slope, apart_slope)


def test_the_first_sequence_starts_from_the_initial_state(rng):
    layer = keras_seq.GRU(5, return_sequences=True)
    x, h = rng.normal(size=(1, 6, 3)), rng.normal(size=(1, 5))
    resets = np.array([[False, False, False, True, False, False]])
    first, second = layer(x[:, :3], initial_state=h), layer(x[:, 3:])
    expected = np.concatenate([to_numpy(first), to_numpy(second)], axis=1)
    assert_close(to_numpy(layer(x, initial_state=h, resets=resets)), expected)


@pytest.mark.once
def test_resets_of_another_shape_are_one_sentence():
    layer, x = keras_seq.MGU(4), np.ones((2, 5, 3), "float32")
    with pytest.raises(ValueError, match=r"MGU: `resets` must be of shape \(B, T\)"):
        layer(x, resets=np.zeros((2, 4), bool))
    with pytest.raises(ValueError, match="`use_native=True` cannot be had .* `resets` has no"):
        keras_seq.LSTM(4, use_native=True)(x, resets=np.zeros((2, 5), bool))
