"""Every bad input of a layer of frames is answered by one sentence."""

import keras
import numpy as np
import pytest

import keras_seq

A_COUNT = "must be a positive integer"

BAD_ARGUMENTS = [
    ("ConvLSTM2D", {"filters": 0}, f"`filters` {A_COUNT}. Received: filters=0"),
    (
        "ConvLSTM2D",
        {"kernel_size": 0},
        f"`kernel_size` {A_COUNT} or 2 of them. Received: kernel_size=0",
    ),
    (
        "ConvLSTM3D",
        {"kernel_size": (3, 3)},
        f"`kernel_size` {A_COUNT} or 3 of them. Received: kernel_size=(3, 3)",
    ),
    (
        "ConvLSTM1D",
        {"strides": (1, 2)},
        f"`strides` {A_COUNT}. Received: strides=(1, 2)",
    ),
    (
        "ConvGRU2D",
        {"dilation_rate": 1.5},
        f"`dilation_rate` {A_COUNT} or 2 of them. Received: dilation_rate=1.5",
    ),
    (
        "ConvLSTM2D",
        {"padding": "causal"},
        "`padding` must be one of 'valid', 'same'. Received: padding='causal'",
    ),
    (
        "ConvLSTM2D",
        {"data_format": "NHWC"},
        "`data_format` must be one of 'channels_last', 'channels_first'. "
        "Received: data_format='NHWC'",
    ),
    (
        "ConvLSTM2D",
        {"strides": 2, "dilation_rate": 2},
        "`strides=(2, 2)` and `dilation_rate=(2, 2)` cannot be combined: a convolution has "
        "either strides or a dilation, not both.",
    ),
    (
        "ConvLSTM2D",
        {"peephole": "pixel"},
        "`peephole` must be one of False, True, 'channel'. Received: peephole='pixel'",
    ),
    ("ConvLSTM2D", {"coupled": 1}, "`coupled` must be True or False. Received: coupled=1"),
    ("ConvLSTM2D", {"dropout": 1}, "`dropout` must be a number in [0, 1). Received: dropout=1"),
    (
        "ConvGRU2D",
        {"reset": "x"},
        "`reset` must be one of 'after', 'before', None. Received: reset='x'",
    ),
    ("ConvLSTM2DCell", {"filters": 2.5}, f"`filters` {A_COUNT}. Received: filters=2.5"),
]


@pytest.mark.parametrize(
    "kind, arguments, sentence", BAD_ARGUMENTS, ids=[f"{k} {a}" for k, a, _ in BAD_ARGUMENTS]
)
def test_bad_argument(kind, arguments, sentence):
    with pytest.raises(ValueError) as error:
        getattr(keras_seq, kind)(**{"filters": 2, "kernel_size": 3, **arguments})
    assert str(error.value) == f"{kind}: {sentence}"


def zeros(*shape):
    return np.zeros(shape, "float32")


BAD_CALLS = {
    "rank": (
        {"sequences": zeros(2, 3, 4, 1)},
        "ConvLSTM2D: `sequences` must be of shape (B, T, H, W, C) with C=1. "
        "Received: sequences.shape=(2, 3, 4, 1)",
    ),
    "channels": (
        {"sequences": zeros(2, 3, 4, 5, 2)},
        "ConvLSTM2D: `sequences` must be of shape (B, T, H, W, C) with C=1. "
        "Received: sequences.shape=(2, 3, 4, 5, 2)",
    ),
    "another size": (
        {"sequences": zeros(2, 3, 6, 5, 1)},
        "ConvLSTM2D: `sequences.shape` must be of frames of H=4, W=5, for which `peephole=True` "
        "has its weights. Received: sequences.shape=(2, 3, 6, 5, 1)",
    ),
    "no steps": (
        {"sequences": zeros(2, 0, 4, 5, 1)},
        "ConvLSTM2D: `sequences` must have at least one time step.",
    ),
    "mask": (
        {"mask": np.ones((2, 4), bool)},
        "ConvLSTM2D: `mask` must be of shape (B, T) with B=2, T=3. Received: mask.shape=(2, 4)",
    ),
    "states": (
        {"initial_state": [zeros(2, 4, 5, 2)] * 2},
        "ConvLSTM2D: `initial_state h` must be of shape (B, H, W, F) with B=2, H=3, W=4, F=2. "
        "Received: initial_state h.shape=(2, 4, 5, 2)",
    ),
}


@pytest.mark.parametrize("name", BAD_CALLS)
def test_bad_call(name):
    arguments, sentence = BAD_CALLS[name]
    layer = keras_seq.ConvLSTM2D(2, 2, peephole=True)
    layer.build((None, None, 4, 5, 1))
    with pytest.raises(ValueError) as error:
        layer(**{"sequences": zeros(2, 3, 4, 5, 1), **arguments})
    assert sentence in str(error.value)


@pytest.mark.parametrize(
    "options, shape, sentence",
    [
        (
            {"peephole": True},
            (None, None, None, 5, 1),
            "ConvLSTM2D: `peephole=True` and frames of unknown size, (None, None, 5, 1), cannot "
            "be combined: each pixel has its own peephole weights; peephole='channel' works with "
            "any size.",
        ),
        (
            {},
            (None, None, 2, 5, 1),
            "ConvLSTM2D: `sequences.shape` must be of frames at least as large as the kernel. "
            "Received: sequences.shape=(None, None, 2, 5, 1)",
        ),
        (
            {},
            (None, None, 4, 5, None),
            "ConvLSTM2D: `sequences.shape` must be of known channels. "
            "Received: sequences.shape=(None, None, 4, 5, None)",
        ),
        (
            {"stateful": True},
            (2, None, None, 5, 1),
            "ConvLSTM2D: `inputs.shape` must be of known size here. "
            "Received: inputs.shape=(None, None, 5, 1)",
        ),
    ],
)
def test_bad_first_shape(options, shape, sentence):
    with pytest.raises(ValueError) as error:
        keras_seq.ConvLSTM2D(2, 3, **options).build(shape)
    assert str(error.value) == sentence


def test_a_cell_alone_refuses_another_size():
    cell = keras_seq.ConvLSTM2DCell(2, 3, padding="same", peephole=True)
    rnn = keras.layers.RNN(cell)
    rnn(zeros(2, 3, 4, 5, 1))
    with pytest.raises(ValueError, match="ConvLSTM2DCell: `inputs.shape` must be of frames of H=4"):
        rnn(zeros(2, 3, 4, 4, 1))


def test_unknown_and_changing_size(rng):
    """Without peepholes of the pixels, frames of any size go through one model."""
    layer = keras_seq.ConvLSTM2D(2, 3, padding="same", peephole="channel", return_sequences=True)
    model = keras.Sequential([keras.Input((None, None, None, 1)), layer])
    assert model.output_shape == (None, None, None, None, 2)
    for batch, length, height, width in ((1, 2, 4, 3), (2, 3, 2, 5)):
        x = rng.normal(size=(batch, length, height, width, 1)).astype("float32")
        whole = model.predict(x, verbose=0)
        assert whole.shape == (batch, length, height, width, 2)
        np.testing.assert_allclose(whole[:1], model.predict(x[:1], verbose=0), atol=1e-6)
