"""Which loop runs a layer: the backend's own where there is one, and a reason where not."""

import keras
import pytest

import keras_seq
from keras_seq import backend
from tests.recurrent.options import GRU_OPTIONS, LSTM_OPTIONS, has_native

ALL = [("LSTM", name) for name in LSTM_OPTIONS] + [("GRU", name) for name in GRU_OPTIONS]
REASONS = [
    ({"layer_norm": True}, "layer_norm=True has no native loop"),
    ({"activation": "relu"}, "the native loop is written for activation='tanh'"),
    (
        {"recurrent_activation": "relu"},
        "the native loop is written for recurrent_activation='sigmoid'",
    ),
    ({"unroll": True}, "unroll=True writes the reference's steps out"),
]


@pytest.mark.parametrize("kind, name", ALL, ids=[f"{kind}, {name}" for kind, name in ALL])
def test_auto_is_native_where_one_is_written(kind, name):
    options = {**LSTM_OPTIONS, **GRU_OPTIONS}[name]
    layer = getattr(keras_seq, kind)(3, **options)
    assert (backend.pick(layer, layer.cell) is not backend.reference.run) == has_native(options)
    never = getattr(keras_seq, kind)(3, **options, use_native=False)
    assert backend.pick(never, never.cell) is backend.reference.run


@pytest.mark.parametrize("kind", ["LSTM", "GRU"])
@pytest.mark.parametrize("options, reason", REASONS)
def test_true_is_refused_with_the_reason(kind, options, reason):
    with pytest.raises(ValueError) as error:
        getattr(keras_seq, kind)(3, **options, use_native=True)
    assert str(error.value) == (
        f"{kind}: `use_native=True` cannot be had on {keras.backend.backend()}: {reason}."
    )
