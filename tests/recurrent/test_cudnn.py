"""The road to cuDNN: when it is taken, and that it hands the stock layer our numbers.

There is no GPU here: the stock layer then runs Keras's own loop, whose numbers are cuDNN's.
"""

import keras
import numpy as np
import pytest

import keras_seq
from keras_seq.backend import cudnn
from tests.gradients import Measure, assert_close

OPTIONS = {"peephole": True, "coupled": True, "projection": 2, "layer_norm": True, "zoneout": 0.1}


@pytest.fixture
def gpu(monkeypatch):
    monkeypatch.setattr(cudnn, "has_gpu", lambda: True)


def test_no_gpu_no_cudnn():
    with pytest.raises(ValueError, match="`use_cudnn=True` cannot be had .* there is no GPU"):
        keras_seq.LSTM(3, use_cudnn=True)


@pytest.mark.parametrize("option", OPTIONS)
def test_an_option_of_ours_is_the_reason(gpu, option):
    with pytest.raises(ValueError, match=f"cuDNN has no {option}"):
        keras_seq.LSTM(3, use_cudnn=True, **{option: OPTIONS[option]})


def test_reset_before_is_the_reason(gpu):
    with pytest.raises(ValueError, match="cuDNN has no reset='before'"):
        keras_seq.GRU(3, use_cudnn=True, reset="before")


@pytest.mark.parametrize("kind", [keras_seq.LSTM, keras_seq.GRU])
@pytest.mark.parametrize("backwards", [False, True])
def test_numbers_and_gradients_are_those_of_our_loop(gpu, rng, kind, backwards):
    arguments = {"return_sequences": True, "return_state": True, "go_backwards": backwards}
    layers = kind(3, use_cudnn=True, **arguments), kind(3, use_cudnn=False, **arguments)
    for layer in layers:
        layer.build((2, 5, 4))
    weights = [rng.normal(size=w.shape) for w in layers[0].trainable_variables]
    x = rng.normal(size=(2, 5, 4))
    states = [rng.normal(size=(2, 3)) for _ in layers[0].state_size]
    cotangents = [rng.normal(size=(2, 5, 3))] + [rng.normal(size=(2, 3)) for _ in states]
    found = []
    for layer in layers:
        for variable, value in zip(layer.trainable_variables, weights, strict=True):
            variable.assign(value)
        found.append(Measure(layer)(x, cotangents, states, None))
    fast, own = found
    for name in ("outputs", "d_states", "d_weights"):
        for a, b in zip(getattr(fast, name), getattr(own, name), strict=True):
            assert_close(a, b, what=name)
    assert_close(fast.d_inputs, own.d_inputs, what="d inputs")


def test_dropped_weights_reach_the_stock_layer(gpu):
    layer = keras_seq.LSTM(3, use_cudnn=True, recurrent_weight_dropout=0.5, return_sequences=True)
    x = np.ones((2, 5, 4), "float32")
    still, moved = (
        keras.ops.convert_to_numpy(layer(x, training=training)) for training in (False, True)
    )
    np.testing.assert_allclose(still[:, 0], moved[:, 0], atol=1e-6)  # h is 0 before
    assert np.abs(still[:, -1] - moved[:, -1]).max() > 1e-4
