"""Half precision: it trains, stays finite, and is the float32 result to its own digits."""

import keras
import numpy as np
import pytest

import keras_seq
from tests.gradients import to_numpy

LAYERS = {
    "LSTM": ("LSTM", {}),
    "LSTM, all": ("LSTM", {"peephole": True, "projection": 3, "zoneout": 0.1, "cell_clip": 3.0}),
    "LSTM, layer norm": ("LSTM", {"layer_norm": True, "coupled": True}),
    "GRU": ("GRU", {}),
    "GRU, before, layer norm": ("GRU", {"reset": "before", "layer_norm": True}),
}
DROPOUT = {"dropout": 0.1, "recurrent_dropout": 0.1, "recurrent_weight_dropout": 0.1}
MASK = np.array([[1, 1, 1, 1], [1, 0, 1, 0], [0, 0, 0, 0], [0, 1, 1, 1]], bool)


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
@pytest.mark.parametrize("name", LAYERS)
def test_mixed_precision_is_float32_to_its_digits(name, policy, rng):
    kind, options = LAYERS[name]
    inputs = rng.normal(size=(4, 4, 3)).astype("float32")
    results = []
    weights = None
    for dtype in ("float32", policy):
        layer = getattr(keras_seq, kind)(
            5, **options, dtype=dtype, return_sequences=True, return_state=True
        )
        layer.build(inputs.shape)
        weights = weights or layer.get_weights()
        layer.set_weights(weights)
        results.append(layer(inputs, mask=MASK))
        assert {v.dtype for v in layer.trainable_variables} == {"float32"}
    half = policy.removeprefix("mixed_")
    for exact, rounded in zip(*results, strict=True):
        assert keras.backend.standardize_dtype(rounded.dtype) == half
        error = abs(to_numpy(rounded) - to_numpy(exact)).max()
        assert error < (0.01 if half == "float16" else 0.05), error


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
@pytest.mark.parametrize("name", ["LSTM, all", "GRU, before, layer norm"])
def test_fit_in_mixed_precision(name, policy, rng):
    keras.config.set_dtype_policy(policy)
    kind, options = LAYERS[name]
    layer = getattr(keras_seq, kind)(5, **options, **DROPOUT)
    inputs, mask = keras.Input((4, 3)), keras.Input((4,), dtype="bool")
    outputs = keras.layers.Dense(1, dtype="float32")(layer(inputs, mask=mask))
    model = keras.Model([inputs, mask], outputs)
    model.compile(keras.optimizers.Adam(0.01), "mse")
    x = rng.normal(size=(4, 4, 3)).astype("float32")
    before = [np.array(w) for w in layer.get_weights()]
    history = model.fit([x, MASK], np.ones((4, 1)), epochs=12, batch_size=4, verbose=0)
    assert np.isfinite(history.history["loss"]).all()
    for first, last in zip(before, layer.get_weights(), strict=True):
        assert np.isfinite(last).all()
        assert not np.array_equal(first, last)


@pytest.mark.parametrize("kind", ["LSTM", "GRU"])
def test_bidirectional_in_mixed_precision(kind, rng):
    layer = keras.layers.Bidirectional(
        getattr(keras_seq, kind)(3, return_sequences=True, dtype="mixed_bfloat16"),
        dtype="mixed_bfloat16",
    )
    outputs = layer(rng.normal(size=(2, 4, 3)).astype("float32"))
    assert keras.backend.standardize_dtype(outputs.dtype) == "bfloat16"
    assert tuple(outputs.shape) == (2, 4, 6)
