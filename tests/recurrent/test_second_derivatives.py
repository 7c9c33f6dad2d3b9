"""Gradients of gradients, as gradient penalties and meta-learning take them."""

import numpy as np
import pytest
from keras import ops

import keras_seq
from tests.gradients import assert_close, slopes_of_penalty

FRAMES = (2, 3, 4, 4, 2)
MASK = np.array([[1, 0, 1], [0, 1, 1]], bool)
LAYERS = {
    "LSTM": (lambda **k: keras_seq.LSTM(3, **k), (2, 3, 4), None),
    "LSTM, options": (
        lambda **k: keras_seq.LSTM(3, peephole=True, projection=2, zoneout=0.2, cell_clip=0.4, **k),
        (2, 3, 4),
        MASK,
    ),
    "GRU": (lambda **k: keras_seq.GRU(3, **k), (2, 3, 4), MASK),
    "GRU, before": (lambda **k: keras_seq.GRU(3, reset="before", **k), (2, 3, 4), None),
    "ConvLSTM2D": (lambda **k: keras_seq.ConvLSTM2D(2, 3, peephole=True, **k), FRAMES, MASK),
}


@pytest.mark.parametrize("name", LAYERS)
def test_gradients_of_gradients_are_the_references(name, rng):
    make, shape, mask = LAYERS[name]
    slopes, values = [], None
    for use_native in ("auto", False):
        layer = make(use_native=use_native, return_sequences=True)
        layer.build(shape)
        if values is None:
            shapes = [shape, *(w.shape for w in layer.trainable_variables)]
            values = [rng.normal(0.0, 0.6, s).astype("float32") for s in shapes]
        fixed = [v.value for v in layer.non_trainable_variables]

        def loss(values, layer=layer, fixed=fixed):
            outputs, _ = layer.stateless_call(values[1:], fixed, values[0], mask=mask)
            return ops.sum(ops.sin(outputs))

        slopes.append(slopes_of_penalty(loss, values))
    for native, reference in zip(*slopes, strict=True):
        assert np.abs(reference).max() > 1e-3
        assert_close(native, reference)
