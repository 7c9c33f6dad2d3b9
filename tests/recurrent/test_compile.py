"""Compiled or not, unrolled or not, saved and loaded: the same numbers."""

import keras
import numpy as np
import pytest

import keras_seq
from tests.gradients import Measure, assert_close, to_numpy

LAYERS = {
    "LSTM": ("LSTM", {}),
    "LSTM, all": (
        "LSTM",
        {"peephole": True, "projection": 2, "zoneout": 0.1, "cell_clip": 1.0, "coupled": True},
    ),
    "LSTM, layer norm": ("LSTM", {"layer_norm": True, "peephole": True}),
    "GRU": ("GRU", {}),
    "GRU, before": ("GRU", {"reset": "before", "update": "candidate"}),
    "GRU, none, layer norm": ("GRU", {"reset": None, "layer_norm": True}),
}
MASK = np.array([[1, 1, 1, 1], [1, 0, 1, 0], [0, 0, 0, 0], [0, 1, 1, 1]], bool)
JIT = {"tensorflow": [False, True], "jax": [False, True], "torch": [False]}


def masked_model(layer):
    inputs, mask = keras.Input((None, 3)), keras.Input((None,), dtype="bool")
    return keras.Model([inputs, mask], keras.layers.Dense(1)(layer(inputs, mask=mask)))


@pytest.mark.filterwarnings("ignore:Layer 'sequential.*was passed an input with a mask")
@pytest.mark.parametrize("name", ["LSTM, all", "GRU"])
def test_fit_compiled_is_fit_not_compiled(name, rng):
    """Two SGD steps by `fit` against two by hand, with the gradients of the eager layer."""
    kind, options = LAYERS[name]
    options = {**options, "zoneout": 0.0}  # a random draw differs between the ways
    x = rng.normal(size=(4, 4, 3)).astype("float32")
    start, ends = None, []
    for jit_compile in JIT[keras.backend.backend()]:
        model = masked_model(getattr(keras_seq, kind)(3, **options))
        start = start or [rng.normal(0.0, 0.6, w.shape) for w in model.get_weights()]
        model.set_weights(start)
        model.compile(keras.optimizers.SGD(0.5), "mse", jit_compile=jit_compile)
        model.fit([x, MASK], np.ones((4, 1)), batch_size=2, shuffle=False, verbose=0)
        ends.append(model.get_weights())
    model = masked_model(getattr(keras_seq, kind)(3, **options))
    model.set_weights(start)
    for rows in (slice(0, 2), slice(2, 4)):
        slopes = slopes_of_mse(model, x[rows], MASK[rows])
        model.set_weights([w - 0.5 * s for w, s in zip(model.get_weights(), slopes, strict=True)])
    for end in ends:
        for actual, expected in zip(end, model.get_weights(), strict=True):
            assert_close(actual, expected)


def slopes_of_mse(model, x, mask):
    """Gradients of mean((y - 1)^2): the cotangent of y is 2 (y - 1) / B."""
    layer, dense = model.layers[2:]
    head = keras.Sequential([layer, dense])
    head.build(x.shape)
    output = to_numpy(model([x, mask]))
    return Measure(head)(x, [2.0 * (output - 1.0) / len(x)], mask=mask).d_weights


@pytest.mark.parametrize("name", LAYERS)
def test_unroll_is_the_loop(name, rng):
    kind, options = LAYERS[name]
    x = rng.normal(size=(4, 4, 3)).astype("float32")
    outputs, weights = [], None
    for unroll in (False, True):
        for go_backwards in (False, True):
            layer = getattr(keras_seq, kind)(
                3,
                **options,
                unroll=unroll,
                go_backwards=go_backwards,
                return_sequences=True,
                return_state=True,
            )
            layer.build(x.shape)
            weights = weights or [rng.normal(0.0, 0.6, w.shape) for w in layer.get_weights()]
            layer.set_weights(weights)
            outputs.append([to_numpy(o) for o in layer(x, mask=MASK)])
    for looped, unrolled in ((outputs[0], outputs[2]), (outputs[1], outputs[3])):
        for a, b in zip(looped, unrolled, strict=True):
            assert_close(b, a)
    assert not np.allclose(outputs[0][0], outputs[1][0], atol=1e-3)


@pytest.mark.parametrize("name", LAYERS)
def test_saved_and_loaded(name, rng, tmp_path):
    """The .keras file in Keras's safe mode, with the layer alone and inside Bidirectional."""
    kind, options = LAYERS[name]
    inner = getattr(keras_seq, kind)(3, **options, dropout=0.1, recurrent_dropout=0.1, seed=1)
    inputs = keras.Input((None, 3))
    outputs = keras.layers.Concatenate()(
        [inner(inputs), keras.layers.Bidirectional(getattr(keras_seq, kind)(2, **options))(inputs)]
    )
    model = keras.Model(inputs, outputs)
    model.set_weights([rng.normal(0.0, 0.6, w.shape) for w in model.get_weights()])
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    x = rng.normal(size=(4, 4, 3)).astype("float32")
    assert_close(to_numpy(loaded(x)), to_numpy(model(x)), 1e-6)
    assert loaded.get_layer(inner.name).get_config() == inner.get_config()


def test_cell_in_a_stock_rnn_saved_and_loaded(rng, tmp_path):
    cells = [keras_seq.LSTMCell(3, peephole=True, projection=2), keras_seq.GRUCell(2, reset=None)]
    model = keras.Sequential([keras.Input((4, 3)), keras.layers.RNN(cells)])
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    x = rng.normal(size=(4, 4, 3)).astype("float32")
    assert_close(to_numpy(loaded(x)), to_numpy(model(x)), 1e-6)


@pytest.mark.parametrize("kind", ["LSTM", "GRU"])
def test_any_length_and_batch_through_one_model(kind, rng):
    """`predict` on a model of unknown length and batch, and a batch of no rows."""
    layer = getattr(keras_seq, kind)(3)
    model = keras.Sequential([keras.Input((None, 2)), layer])
    for batch, length in ((1, 1), (3, 6), (5, 2)):
        x = rng.normal(size=(batch, length, 2)).astype("float32")
        assert_close(model.predict(x, verbose=0), to_numpy(layer(x)), 1e-6)
    assert tuple(layer(np.zeros((0, 4, 2), "float32")).shape) == (0, 3)
