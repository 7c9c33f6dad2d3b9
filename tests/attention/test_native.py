"""Which loop runs the recurrence of an attention decoder, and the reason where none can."""

import keras
import numpy as np
import pytest

import keras_seq
from keras_seq import backend
from tests.gradients import assert_close, to_numpy

STEP = "coverage and monotonic attention depend on the step before"
OTHER = "the cell has layer_norm or dropout_per_gate, or is not one of keras_seq's"
FED = "input_feeding=True feeds the output of each step to the next"
REFUSED = {
    "input feeding": (lambda: keras_seq.LSTMCell(3), {}, True, FED),
    "coverage": (lambda: keras_seq.LSTMCell(3), {"coverage": True}, False, STEP),
    "monotonic": (lambda: keras_seq.LSTMCell(3), {"monotonic": True}, False, STEP),
    "layer norm": (lambda: keras_seq.GRUCell(3, layer_norm=True), {}, False, OTHER),
    "Keras's cell": (lambda: keras.layers.GRUCell(3), {}, False, OTHER),
    "activation": (
        lambda: keras_seq.GRUCell(3, activation="relu"),
        {},
        False,
        "the native loop is written for activation='tanh'",
    ),
}


def decoder(cell, attention=None, feeding=False, **options):
    attention = keras_seq.AdditiveAttention(4, **(attention or {}))
    cell = keras_seq.AttentionCell(cell, attention, input_feeding=feeding)
    return keras_seq.AttentionRNN(cell, **options)


@pytest.mark.parametrize("name", REFUSED)
def test_true_is_refused_with_the_reason(name):
    make, attention, feeding, reason = REFUSED[name]
    with pytest.raises(ValueError) as error:
        decoder(make(), attention, feeding, use_native=True)
    assert str(error.value) == (
        f"AttentionRNN: `use_native=True` cannot be had on {keras.backend.backend()}: {reason}."
    )
    decoder(make(), attention, feeding)  # "auto" takes another way


def test_use_native_must_be_one_of_three():
    with pytest.raises(ValueError, match="^AttentionRNN: `use_native` must be one of 'auto', True"):
        decoder(keras_seq.LSTMCell(3), use_native="yes")


def test_native_and_reference_give_the_same_numbers(rng, monkeypatch):
    x = rng.normal(size=(2, 5, 3)).astype("float32")
    memory = rng.normal(size=(2, 4, 6)).astype("float32")
    mask = np.array([[1, 1, 1, 1, 1], [0, 1, 1, 0, 0]], bool)
    taken, pick = [], backend.pick
    monkeypatch.setattr(backend, "pick", lambda *a, **k: taken.append(pick(*a, **k)) or taken[-1])
    found, weights = [], None
    for use_native in (True, "auto", False):
        layer = decoder(keras_seq.LSTMCell(3, peephole=True), use_native=use_native)
        layer.build(x.shape, memory.shape)
        weights = weights or [rng.normal(size=w.shape) for w in layer.get_weights()]
        layer.set_weights(weights)
        found.append(to_numpy(layer(x, memory, mask=mask)))
        assert (taken[-1] is backend.reference.run) == (use_native is False)
    for other in found[1:]:
        assert_close(other, found[0])
