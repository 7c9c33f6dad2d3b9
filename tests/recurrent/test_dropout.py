"""Dropout: every mask a layer may have drawn is tried in the float64 equations; one must fit."""

import itertools

import keras
import numpy as np
import pytest

import keras_seq
from tests.equations.of_layer import FAMILIES
from tests.equations.shapes import random_values, random_weights
from tests.gradients import Measure, assert_close, to_numpy

BATCH, TIME, FEATURES = 4, 3, 2
RATE = 0.4
KINDS = [
    ("LSTM", {}),
    ("LSTM", {"peephole": True, "coupled": True}),
    ("LSTM", {"layer_norm": True, "projection": 1, "units": 3}),
    ("GRU", {}),
    ("GRU", {"reset": "before"}),
    ("GRU", {"reset": None, "update": "candidate"}),
]
IDS = [f"{kind} {options}" for kind, options in KINDS]
# The backend's own loop for all, the reference (one text for all backends) for two.
PATHS = pytest.mark.parametrize(
    "kind, options, use_native",
    [(*k, "auto") for k in KINDS] + [(*k, False) for k in (KINDS[0], KINDS[4])],
    ids=IDS + [f"{IDS[0]}, reference", f"{IDS[4]}, reference"],
)


class Trial:
    """A layer in training, and the float64 equations under all masks of a kind."""

    def __init__(self, kind, options, seed=1, **dropout):
        random = np.random.default_rng(seed)
        self.options = {key: value for key, value in options.items() if key != "units"}
        self.units = options.get("units", 1)
        self.equations, shapes_of, state_sizes = FAMILIES[kind]
        self.layer = getattr(keras_seq, kind)(
            self.units, **self.options, **dropout, seed=5, return_sequences=True, return_state=True
        )
        self.layer.build((BATCH, TIME, FEATURES))
        self.shapes = shapes_of(FEATURES, self.units, **self.options)
        self.weights = random_weights(self.shapes, random)
        for variable, value in zip(
            self.layer.trainable_variables, self.weights.values(), strict=True
        ):
            variable.assign(value.astype("float32"))
        self.gates = self.shapes["kernel"][1] // self.units
        self.inputs = random_values(random, (BATCH, TIME, FEATURES))
        self.state_sizes = state_sizes(self.units, **self.options)
        self.states = [random_values(random, (BATCH, n)) for n in self.state_sizes]
        self.cotangents = [random_values(random, (BATCH, TIME, self.state_sizes[0]))]
        self.cotangents += [random_values(random, s.shape) for s in self.states]

    def measure(self):
        return Measure(self.layer, training=True)(self.inputs, self.cotangents, self.states)

    def truth(self, **masks):
        return self.equations(self.weights, **self.options, **masks)

    def mask_of_each_row(self, measured, shape, name, values):
        """The mask (B, *shape) that gives each row its outputs.

        Two fit where the difference is never seen: a reset gate whose candidate is dropped.
        """
        tried = np.array(list(itertools.product(values, repeat=int(np.prod(shape)))))
        tried = tried.reshape(-1, *shape)
        found = []
        for row in range(BATCH):
            inputs, *states = (
                np.repeat(a[row : row + 1], len(tried), axis=0) for a in (self.inputs, *self.states)
            )
            model = self.truth(return_sequences=True, **self._named(name, tried))
            outputs, finals = model.forward(inputs, states)
            error = [
                abs(m[row] - o).reshape(len(tried), -1).max(axis=1)
                for m, o in zip(measured.outputs, [outputs, *finals], strict=True)
            ]
            error = np.max(error, axis=0)
            fits = np.count_nonzero(error < 1e-5)
            assert 1 <= fits <= 4, f"{fits} of {len(tried)} masks fit row {row}"
            found.append(tried[error.argmin()])
        return np.stack(found)

    def check_gradients(self, measured, **masks):
        """To 1e-4: layer norm over one to three units magnifies what float32 rounds off."""
        model = self.truth(return_sequences=True, **masks)
        model.forward(self.inputs, self.states)
        gradients = model.backward(self.cotangents[0], self.cotangents[1:])
        assert_close(measured.d_inputs, gradients.pop("inputs"), 1e-4, "d inputs")
        for actual, expected in zip(measured.d_states, gradients.pop("states"), strict=True):
            assert_close(actual, expected, 1e-4, "d state")
        for actual, (name, expected) in zip(measured.d_weights, gradients.items(), strict=True):
            assert_close(actual, expected, 1e-4, f"d {name}")

    def _named(self, name, masks):
        """One array of tried masks as the equations' argument; zoneout holds one per state."""
        if name != "zoneout":
            return {name: masks}
        ends = np.cumsum(self.state_sizes)[:-1]
        parts = tuple(np.split(masks, ends, axis=-1))
        return {name: parts if len(parts) > 1 else parts[0]}


def of_gates(trial, per_gate, size):
    return (trial.gates, size) if per_gate else (size,)


@pytest.mark.parametrize("per_gate", [False, True], ids=["tied", "per gate"])
@pytest.mark.parametrize("kind, options", KINDS[1:4], ids=IDS[1:4])
def test_input_dropout(kind, options, per_gate):
    """One mask serves all time steps, scaled by 1 / (1 - rate); tied, or one for each gate."""
    trial = Trial(kind, options, dropout=RATE, dropout_per_gate=per_gate)
    measured = trial.measure()
    shape = of_gates(trial, per_gate, FEATURES)
    masks = trial.mask_of_each_row(measured, shape, "input_mask", (0.0, 1.0 / (1.0 - RATE)))
    trial.check_gradients(measured, input_mask=masks)
    assert len(np.unique(masks.reshape(BATCH, -1), axis=0)) > 1, "all rows share a mask"
    if per_gate:
        assert (masks != masks[:, :1]).any(), "all gates share a mask"


@PATHS
@pytest.mark.parametrize("per_gate", [False, True], ids=["tied", "per gate"])
def test_recurrent_dropout(kind, options, per_gate, use_native):
    trial = Trial(
        kind,
        {"units": 2, **options},
        recurrent_dropout=RATE,
        dropout_per_gate=per_gate,
        use_native=use_native,
    )
    measured = trial.measure()
    shape = of_gates(trial, per_gate, trial.state_sizes[0])
    masks = trial.mask_of_each_row(measured, shape, "recurrent_mask", (0.0, 1.0 / (1.0 - RATE)))
    trial.check_gradients(measured, recurrent_mask=masks)
    assert len(np.unique(masks.reshape(BATCH, -1), axis=0)) > 1, "all rows share a mask"
    if per_gate:
        assert (masks != masks[:, :1]).any(), "all gates share a mask"


@pytest.mark.parametrize(
    "kind, options, use_native",
    [
        ("LSTM", {"peephole": True}, "auto"),
        ("LSTM", {"projection": 2}, "auto"),
        ("LSTM", {"coupled": True}, False),
        ("GRU", {}, "auto"),
    ],
)
def test_recurrent_weight_dropout(kind, options, use_native):
    """Single weights of the recurrent kernel are dropped; the whole batch shares the draw."""
    trial = Trial(kind, options, recurrent_weight_dropout=RATE, use_native=use_native)
    measured = trial.measure()
    shape = trial.shapes["recurrent_kernel"]
    fits = []
    for values in itertools.product((0.0, 1.0 / (1.0 - RATE)), repeat=int(np.prod(shape))):
        mask = np.reshape(values, shape)
        model = trial.truth(return_sequences=True, recurrent_weight_mask=mask)
        outputs, finals = model.forward(trial.inputs, trial.states)
        results = zip(measured.outputs, [outputs, *finals], strict=True)
        if all(abs(m - o).max() < 1e-5 for m, o in results):
            fits.append(mask)
    assert len(fits) == 1
    assert len(np.unique(fits[0])) == 2, "seed 5 drops some weights and keeps some"
    trial.check_gradients(measured, recurrent_weight_mask=fits[0])


@PATHS
def test_zoneout(kind, options, use_native):
    """At each step each unit of each state keeps its old value or takes the new one, whole."""
    trial = Trial(kind, {"units": 1, **options}, zoneout=RATE, use_native=use_native)
    measured = trial.measure()
    shape = (TIME, sum(trial.state_sizes))
    masks = trial.mask_of_each_row(measured, shape, "zoneout", (0.0, 1.0))
    trial.check_gradients(measured, **trial._named("zoneout", masks))
    assert (masks != masks[:, :1]).any(), "all steps share a draw"
    assert (masks != masks[:1]).any(), "all rows share a draw"
    if kind == "LSTM":
        assert (masks[..., 0] != masks[..., 1]).any(), "both states share a draw"


@pytest.mark.skipif(keras.backend.backend() == "jax", reason="zoneout in a stock RNN is refused")
def test_zoneout_inside_a_stock_rnn_draws_for_each_state():
    """Of 2000 rows a quarter keeps both states, h alone, c alone, none: the spread is 0.01."""
    rows = 2000
    cell = keras_seq.LSTMCell(1, zoneout=0.5, seed=4)
    stock = keras.layers.RNN(cell, return_state=True)
    x = np.ones((rows, 1, 1), "float32")
    _, h, c = (to_numpy(state) for state in stock(x, training=True))
    kept = 2 * (h[:, 0] == 0) + (c[:, 0] == 0)  # the first states are zeros
    shares = np.bincount(kept.astype(int), minlength=4) / rows
    np.testing.assert_allclose(shares, 0.25, atol=0.045)


@pytest.mark.parametrize("kind", ["LSTM", "GRU"])
def test_dropout_inside_a_stock_rnn(kind):
    """The cell alone, in keras.layers.RNN, drops with one mask for all steps too."""
    trial = Trial(kind, {"units": 2}, recurrent_dropout=RATE)
    stock = keras.layers.RNN(
        getattr(keras_seq, f"{kind}Cell")(2, recurrent_dropout=RATE, seed=9),
        return_sequences=True,
        return_state=True,
    )
    stock.build((BATCH, TIME, FEATURES))
    stock.set_weights(trial.layer.get_weights())
    trial.layer = stock
    measured = trial.measure()
    shape = (trial.state_sizes[0],)
    masks = trial.mask_of_each_row(measured, shape, "recurrent_mask", (0.0, 1.0 / (1.0 - RATE)))
    trial.check_gradients(measured, recurrent_mask=masks)


@pytest.mark.parametrize("kind", ["LSTM", "GRU"])
def test_rates_are_the_rates(kind):
    """Of 2000 rows about `rate` are dropped: the spread of the share is 0.011."""
    rows = 2000
    kernel = np.ones((1, 4 if kind == "LSTM" else 3), "float32")
    for name in ("dropout", "recurrent_dropout"):
        layer = getattr(keras_seq, kind)(1, use_bias=False, seed=3, **{name: 0.3})
        layer.build((None, 1, 1))
        layer.set_weights([kernel, kernel])
        zero, one = np.zeros((rows, 1), "float32"), np.ones((rows, 1), "float32")
        states = [one if name == "recurrent_dropout" else zero, zero][: len(layer.state_size)]
        inputs = (one if name == "dropout" else zero)[:, None]
        outputs = to_numpy(layer(inputs, initial_state=states, training=True))
        values, counts = np.unique(outputs.round(4), return_counts=True)
        assert len(values) == 2
        assert counts[values.argmin()] / rows == pytest.approx(0.3, abs=0.045)


@pytest.mark.parametrize(
    "kind, dropout",
    [
        ("LSTM", {"recurrent_dropout": 0.5}),
        ("LSTM", {"recurrent_weight_dropout": 0.5}),
        ("GRU", {"dropout": 0.5, "recurrent_dropout": 0.5, "dropout_per_gate": True}),
    ],
    ids=str,
)
def test_off_at_inference_and_seeded(kind, dropout, rng):
    inputs = rng.normal(size=(BATCH, TIME, FEATURES)).astype("float32")
    layers = [getattr(keras_seq, kind)(4, seed=seed, **dropout) for seed in (7, 7, 8)]
    layers.append(getattr(keras_seq, kind)(4))
    for layer in layers:
        layer.build(inputs.shape)
        layer.set_weights(layers[0].get_weights())
    first, again, other = (to_numpy(layer(inputs, training=True)) for layer in layers[:3])
    np.testing.assert_array_equal(first, again)
    assert not np.allclose(first, other), "another seed draws otherwise"
    assert not np.allclose(first, to_numpy(layers[0](inputs, training=True))), "one draw for all"
    at_rest, plain = to_numpy(layers[0](inputs)), to_numpy(layers[3](inputs))
    np.testing.assert_array_equal(at_rest, plain)
    assert not np.allclose(first, at_rest), "nothing was dropped"


class TestWordDropout:
    IDS = np.array([[1, 2, 1, 3, 2, 0], [3, 3, 3, 1, 1, 2], [5, 4, 3, 2, 1, 0]])

    def drop(self, ids, rate=0.5, seed=1):
        vectors = np.ones((*ids.shape, 3), "float32")
        return to_numpy(keras_seq.WordDropout(rate, seed=seed)(vectors, ids, training=True))

    def test_a_dropped_type_is_gone_wherever_it_stands(self):
        fates = set()
        for seed in range(8):
            kept = self.drop(self.IDS, 0.5, seed)
            assert set(np.unique(kept)) <= {0.0, 2.0}
            for row, ids in zip(kept, self.IDS, strict=True):
                for word in set(ids):
                    assert len(np.unique(row[ids == word])) == 1, "one type, two fates"
            fates.add((kept[0, 0, 0], kept[0, 1, 0], kept[1, 3, 0]))
        assert len(fates) > 3, "types and rows are drawn apart"

    def test_rate(self):
        ids = np.arange(4000).reshape(20, 200)
        kept = self.drop(ids, 0.25)[..., 0] > 0
        assert kept.mean() == pytest.approx(0.75, abs=0.03)  # 4 times the spread

    def test_gradient_is_the_scale_of_what_was_kept(self):
        """The loss is linear in the embeddings, so its slope is the outputs of ones."""
        model = keras.Sequential([keras.layers.Embedding(6, 1, "ones")])
        ids, dropped = keras.Input((6,), dtype="int32"), keras_seq.WordDropout(0.5, seed=1)
        outputs = keras.ops.sum(dropped(model(ids), ids), axis=(1, 2))
        model = keras.Model(ids, outputs)
        model.compile(keras.optimizers.SGD(1.0), loss=lambda _, y: y)
        before = model.get_weights()[0].ravel()
        model.train_on_batch(self.IDS[2:], np.zeros((1,)))
        slope = before - model.get_weights()[0].ravel()
        assert set(slope.round(5)) == {0.0, 2.0}

    def test_off_at_inference_and_mask_goes_on(self):
        vectors = np.random.default_rng(1).normal(size=(3, 6, 2)).astype("float32")
        layer = keras_seq.WordDropout(0.5)
        np.testing.assert_array_equal(to_numpy(layer(vectors, self.IDS)), to_numpy(vectors))
        embedding = keras.layers.Embedding(6, 4, mask_zero=True)
        lstm = keras_seq.LSTM(2)
        ids = keras.Input((6,), dtype="int32")
        model = keras.Model(ids, lstm(layer(embedding(ids), ids)))
        expected = lstm(to_numpy(embedding(self.IDS)).astype("float32"), mask=self.IDS != 0)
        assert_close(to_numpy(model(self.IDS)), to_numpy(expected), 1e-6)
