"""What stands at a masked step is never read; the state waits; the mask goes on."""

import keras
import numpy as np
import pytest

import keras_seq
from tests.gradients import Measure, assert_close, to_numpy
from tests.recurrent.check import FEATURES, TIME, UNITS
from tests.recurrent.masks import MASKS

MASK = MASKS["every kind"]
BATCH = len(MASK)
LAYERS = {
    "LSTM": ("LSTM", {}),
    "LSTM, reference": ("LSTM", {"use_native": False}),
    "LSTM, peephole": ("LSTM", {"peephole": True}),
    "LSTM, projection, zoneout, cell clip": (
        "LSTM",
        {"projection": 2, "zoneout": 0.2, "cell_clip": 0.5},
    ),
    "LSTM, layer norm": ("LSTM", {"layer_norm": True}),
    "LSTM, unroll": ("LSTM", {"unroll": True}),
    "GRU": ("GRU", {}),
    "GRU, reference": ("GRU", {"use_native": False}),
    "GRU, before": ("GRU", {"reset": "before"}),
    "GRU, none, layer norm": ("GRU", {"reset": None, "layer_norm": True}),
}


@pytest.fixture(params=LAYERS)
def make(request):
    kind, options = LAYERS[request.param]

    def build(**arguments):
        layer = getattr(keras_seq, kind)(UNITS, **options, **arguments)
        layer.build((BATCH, TIME, FEATURES))
        return layer

    return build


def random_inputs(rng, bad=0.0):
    """Inputs, and the same with something else at the masked steps."""
    inputs = rng.normal(size=(BATCH, TIME, FEATURES)).astype("float32")
    return inputs, np.where(MASK[..., None], inputs, np.float32(bad))


def random_states(layer, rng):
    return [rng.normal(size=(BATCH, n)).astype("float32") for n in layer.state_size]


def test_masked_steps_are_never_read(make, rng):
    layer = make(return_sequences=True, return_state=True)
    inputs, _ = random_inputs(rng)
    states = random_states(layer, rng)
    cotangents = [rng.normal(size=(BATCH, TIME, layer.state_size[0]))]
    cotangents += [rng.normal(size=s.shape) for s in states]
    measure = Measure(layer)
    clean = measure(inputs, cotangents, states, MASK)
    assert not clean.d_inputs[~MASK].any()
    for bad in (np.nan, np.inf, 1e30):
        spoilt = np.where(MASK[..., None], inputs, np.float32(bad))
        dirty = measure(spoilt, cotangents, states, MASK)
        for mine, theirs in zip(keras.tree.flatten(dirty), keras.tree.flatten(clean), strict=True):
            assert_close(mine, theirs, 0.0, f"with {bad}")


@pytest.mark.parametrize("kind", ["LSTM", "GRU"])
def test_fit_with_nan_at_masked_steps(kind, rng):
    """One step of `fit` ends at the weights it ends at with zeros there."""
    start, ends = None, []
    for bad in (0.0, np.nan):
        _, spoilt = random_inputs(np.random.default_rng(1), bad)
        inputs, mask = keras.Input((TIME, FEATURES)), keras.Input((TIME,), dtype="bool")
        layer = getattr(keras_seq, kind)(UNITS, dropout=0.1, recurrent_dropout=0.1, seed=3)
        model = keras.Model([inputs, mask], keras.layers.Dense(1)(layer(inputs, mask=mask)))
        start = start or model.get_weights()
        model.set_weights(start)
        model.compile(keras.optimizers.SGD(1.0), "mse")
        model.fit([spoilt, MASK], np.ones((BATCH, 1)), batch_size=BATCH, shuffle=False, verbose=0)
        ends.append(model.get_weights())
    for clean, dirty, first in zip(*ends, start, strict=True):
        assert np.isfinite(dirty).all()
        assert_close(dirty, clean, 1e-6)
        assert not np.array_equal(dirty, first), "nothing was learnt"


def test_masked_step_keeps_the_state_and_repeats_the_output(make, rng):
    """Rows of three real steps come out as if the masked ones had never been there."""
    layer, short = (make(return_sequences=True, return_state=True) for _ in range(2))
    short.set_weights(layer.get_weights())
    rows = np.stack([rng.permutation(TIME) < 3 for _ in range(6)])
    inputs = rng.normal(size=(len(rows), TIME, FEATURES)).astype("float32")
    states = [rng.normal(size=(len(rows), n)).astype("float32") for n in layer.state_size]
    outputs, *finals = map(to_numpy, layer(inputs, initial_state=states, mask=rows))
    real = inputs[rows].reshape(len(rows), 3, FEATURES)
    kept, *ends = map(to_numpy, short(real, initial_state=states))
    wanted = np.concatenate([np.zeros_like(kept[:, :1]), kept], axis=1)
    wanted = np.stack([w[seen] for w, seen in zip(wanted, rows.cumsum(axis=1), strict=True)])
    assert_close(outputs, wanted)
    for final, end in zip(finals, ends, strict=True):
        assert_close(final, end)


def test_zero_output_for_mask(make, rng):
    inputs, _ = random_inputs(rng)
    layer = make(return_sequences=True, return_state=True)
    zeroed = make(return_sequences=True, return_state=True, zero_output_for_mask=True)
    zeroed.set_weights(layer.get_weights())
    outputs, *finals = map(to_numpy, layer(inputs, mask=MASK))
    zeros, *same = map(to_numpy, zeroed(inputs, mask=MASK))
    assert_close(zeros, np.where(MASK[..., None], outputs, 0.0), 1e-6)
    assert abs(outputs[~MASK]).max() > 0.01
    for final, state in zip(finals, same, strict=True):
        assert_close(state, final, 1e-6)


@pytest.mark.parametrize("go_backwards", [False, True])
def test_row_of_nothing_returns_its_initial_state(make, rng, go_backwards):
    layer = make(return_state=True, go_backwards=go_backwards)
    inputs, _ = random_inputs(rng)
    states = random_states(layer, rng)
    output, *finals = map(to_numpy, layer(inputs, initial_state=states, mask=MASK))
    empty = ~MASK.any(axis=1)
    assert empty.sum() >= 2
    assert not output[empty].any()
    for final, state in zip(finals, states, strict=True):
        np.testing.assert_array_equal(final[empty], state[empty])


@pytest.mark.parametrize("kind", ["LSTM", "GRU"])
def test_mask_goes_on_to_the_next_layer(kind, rng, monkeypatch):
    """Also where keras.layers.RNN does not support masking of itself, as from Keras 3.16."""
    stock = keras.layers.RNN.__init__

    def without_masking(self, *args, **kwargs):
        stock(self, *args, **kwargs)
        self.supports_masking = False

    monkeypatch.setattr(keras.layers.RNN, "__init__", without_masking)
    layer = getattr(keras_seq, kind)
    ids = np.array([[3, 1, 2, 0, 0], [1, 0, 0, 0, 0], [2, 2, 1, 3, 1]])
    embedding = keras.layers.Embedding(4, FEATURES, "normal", mask_zero=True)
    first, second = layer(UNITS, return_sequences=True), layer(2)
    chained = keras.Sequential([embedding, first, second])
    actual = to_numpy(chained(ids))
    vectors, mask = embedding(ids), ids != 0
    assert_close(actual, to_numpy(second(first(vectors, mask=mask), mask=mask)), 1e-6)
    # Through NumPy, where the mask that Keras ties to a tensor is lost.
    unmasked = second(to_numpy(first(vectors, mask=mask)).astype("float32"))
    assert not np.allclose(actual, to_numpy(unmasked), atol=1e-4)


def test_compute_mask():
    mask = keras.ops.convert_to_tensor(MASK)
    layer = keras_seq.LSTM(2, return_sequences=True, return_state=True)
    assert layer.compute_mask(None, mask) == [mask, None, None]
    assert keras_seq.LSTM(2).compute_mask(None, mask) is None
    assert keras_seq.GRU(2, return_state=True).compute_mask(None, mask) == [None, None]


@pytest.mark.parametrize("dtype", ["int32", "float32"])
def test_mask_of_zeros_and_ones(dtype, rng):
    layer = keras_seq.LSTM(2)
    inputs, _ = random_inputs(rng)
    as_bool, as_number = layer(inputs, mask=MASK), layer(inputs, mask=MASK.astype(dtype))
    np.testing.assert_array_equal(to_numpy(as_bool), to_numpy(as_number))


@pytest.mark.parametrize("eager", [True, False])
def test_mask_of_the_sequences_beside_an_initial_state(rng, eager):
    """As in a decoder: the embedding's mask holds though states come in too."""
    embedding = keras.layers.Embedding(9, FEATURES, mask_zero=True)
    layer = keras_seq.LSTM(3)
    ids, states = np.array([[4, 2, 7, 0, 0]]), [rng.normal(size=(1, 3)) for _ in range(2)]
    states = [s.astype("float32") for s in states]
    if eager:
        masked = layer(embedding(ids), initial_state=states)
    else:
        given = [keras.Input((None,), dtype="int32"), keras.Input((3,)), keras.Input((3,))]
        outputs = layer(embedding(given[0]), initial_state=given[1:])
        masked = keras.Model(given, outputs)([ids, *states])
    plain = layer(embedding(ids)[:, :3], initial_state=states, mask=np.ones((1, 3), bool))
    assert_close(to_numpy(masked), to_numpy(plain))


def test_zoneout_predicts_over_many_steps(rng):
    """Its expectation is taken step by step, in compiled loops too."""
    model = keras.Sequential([keras.Input((None, 4)), keras_seq.LSTM(3, zoneout=0.2)])
    x = rng.normal(size=(2, 19, 4)).astype("float32")
    own = keras_seq.LSTM(3, zoneout=0.2, use_native=False)
    own.build(x.shape)
    own.set_weights(model.layers[0].get_weights())
    assert_close(model.predict(x, verbose=0), to_numpy(own(x)))
