"""With our options off: keras.layers.LSTM and GRU, weight for weight, wherever Keras uses them."""

import keras
import numpy as np
import pytest

import keras_seq
from tests.gradients import Measure, assert_close, to_numpy
from tests.recurrent.check import BATCH, FEATURES, TIME
from tests.recurrent.masks import MASKS

KINDS = ["LSTM", "GRU"]


def last_two(layer, cell, **k):
    return keras.Sequential([layer(3, return_sequences=True, **k), layer(2, **k)])


# name -> how to build it from a layer class and a cell class
SCENES = {
    "sequences and states": lambda layer, cell: layer(3, return_sequences=True, return_state=True),
    "last": lambda layer, cell: layer(3),
    "go_backwards": lambda layer, cell: layer(3, go_backwards=True, return_sequences=True),
    "unroll": lambda layer, cell: layer(3, unroll=True, return_state=True),
    "zero_output_for_mask": lambda layer, cell: layer(
        3, return_sequences=True, zero_output_for_mask=True
    ),
    "zero_output_for_mask, last": lambda layer, cell: layer(3, zero_output_for_mask=True),
    "no bias": lambda layer, cell: layer(3, use_bias=False),
    "activations": lambda layer, cell: layer(
        3, activation="elu", recurrent_activation="hard_sigmoid"
    ),
    "Bidirectional": lambda layer, cell: keras.layers.Bidirectional(
        layer(3, return_sequences=True)
    ),
    "Bidirectional, sum": lambda layer, cell: keras.layers.Bidirectional(
        layer(3), merge_mode="sum"
    ),
    "Bidirectional, states": lambda layer, cell: keras.layers.Bidirectional(
        layer(3, return_state=True), merge_mode="ave"
    ),
    "Bidirectional, its own way back": lambda layer, cell: keras.layers.Bidirectional(
        layer(3), backward_layer=layer(2, go_backwards=True)
    ),
    "RNN of the cell": lambda layer, cell: keras.layers.RNN(
        cell(3), return_sequences=True, return_state=True
    ),
    "RNN of stacked cells": lambda layer, cell: keras.layers.RNN(
        keras.layers.StackedRNNCells([cell(3), cell(2)]), return_state=True
    ),
    "stacked": last_two,
}


def classes(package, kind):
    return getattr(package, kind), getattr(package, f"{kind}Cell")


def flat(results):
    return [to_numpy(r) for r in keras.tree.flatten(results)]


def twins(build, kind, shape=(BATCH, TIME, FEATURES)):
    """Ours and Keras's, built, with the same random weights."""
    ours = build(*classes(keras_seq, kind))
    stock = build(*classes(keras.layers, kind))
    for layer in (ours, stock):
        layer.build(shape)
    random = np.random.default_rng(1)
    weights = [random.normal(0.0, 0.6, w.shape) for w in stock.trainable_variables]
    assert [tuple(w.shape) for w in ours.get_weights()] == [w.shape for w in stock.get_weights()]
    for layer in (ours, stock):
        for variable, value in zip(layer.trainable_variables, weights, strict=True):
            variable.assign(value.astype("float32"))
    return ours, stock


@pytest.mark.filterwarnings("ignore:Layer 'sequential.*was passed an input with a mask")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("scene", SCENES)
def test_scene_is_keras(scene, kind):
    """LSTM with all gradients; of GRU the results."""
    layers = twins(SCENES[scene], kind)
    inputs = np.random.default_rng(2).normal(size=(BATCH, TIME, FEATURES)).astype("float32")
    if kind == "LSTM":
        actual, expected = (Measure(layer)(inputs, mask=MASKS["holes"]) for layer in layers)
    else:
        actual, expected = (layer(inputs) for layer in layers)
    for mine, theirs in zip(flat(actual), flat(expected), strict=True):
        assert_close(mine, theirs)


@pytest.mark.parametrize("reset_after", [True, False])
def test_gru_reset_after_is_keras(reset_after):
    ours, stock = twins(lambda layer, cell: layer(3, reset_after=reset_after), "GRU")
    inputs = np.random.default_rng(3).normal(size=(BATCH, TIME, FEATURES)).astype("float32")
    assert_close(to_numpy(ours(inputs)), to_numpy(stock(inputs)))


@pytest.mark.parametrize("kind", KINDS)
def test_time_distributed(kind):
    ours, stock = twins(
        lambda layer, cell: keras.layers.TimeDistributed(layer(3)), kind, (2, 3, TIME, FEATURES)
    )
    inputs = np.random.default_rng(3).normal(size=(2, 3, TIME, FEATURES)).astype("float32")
    assert_close(to_numpy(ours(inputs)), to_numpy(stock(inputs)))


@pytest.mark.parametrize("kind", KINDS)
def test_stateful_and_reset_state(kind):
    ours, stock = twins(lambda layer, cell: layer(3, stateful=True, return_state=True), kind)
    random = np.random.default_rng(4)
    batches = [random.normal(size=(BATCH, TIME, FEATURES)).astype("float32") for _ in range(3)]
    for number, batch in enumerate(batches):
        if number == 2:
            ours.reset_state()
            stock.reset_state()
        for mine, theirs in zip(flat(ours(batch)), flat(stock(batch)), strict=True):
            assert_close(mine, theirs)
    first = flat(ours(batches[0]))
    ours.reset_state()
    assert not np.allclose(first[0], flat(ours(batches[0]))[0], atol=1e-3), "state was not kept"


@pytest.mark.parametrize("kind", KINDS)
def test_initial_state(kind):
    ours, stock = twins(lambda layer, cell: layer(3, return_state=True), kind)
    random = np.random.default_rng(5)
    inputs = random.normal(size=(BATCH, TIME, FEATURES)).astype("float32")
    count = 2 if kind == "LSTM" else 1
    states = [random.normal(size=(BATCH, 3)).astype("float32") for _ in range(count)]
    given = ours(inputs, initial_state=states), stock(inputs, initial_state=states)
    for mine, theirs in zip(*map(flat, given), strict=True):
        assert_close(mine, theirs)
    assert not np.allclose(flat(given[0])[0], flat(ours(inputs))[0], atol=1e-3)


@pytest.mark.parametrize("kind", KINDS)
def test_states_from_encoder_to_decoder(kind):
    """The functional way of a sequence-to-sequence model, symbolic initial states included."""
    outputs = []
    for package in (keras_seq, keras.layers):
        layer, _ = classes(package, kind)
        keras.utils.set_random_seed(3)
        source, target = keras.Input((None, FEATURES)), keras.Input((None, FEATURES))
        _, *states = layer(3, return_state=True)(source)
        model = keras.Model([source, target], layer(3)(target, initial_state=states))
        random = np.random.default_rng(6)
        model.set_weights([random.normal(0.0, 0.6, w.shape) for w in model.get_weights()])
        inputs = [random.normal(size=(BATCH, n, FEATURES)).astype("float32") for n in (4, 2)]
        outputs.append(to_numpy(model(inputs)))
    assert_close(*outputs)


@pytest.mark.parametrize("kind", KINDS)
def test_initial_weights_are_drawn_as_in_keras(kind):
    first = []
    for package in (keras_seq, keras.layers):
        layer, _ = classes(package, kind)
        made = layer(
            3,
            kernel_initializer=keras.initializers.GlorotUniform(seed=1),
            recurrent_initializer=keras.initializers.Orthogonal(seed=2),
        )
        made.build((None, TIME, FEATURES))
        first.append(made.get_weights())
    for mine, theirs in zip(*first, strict=True):
        np.testing.assert_array_equal(mine, theirs)


@pytest.mark.parametrize("kind", KINDS)
def test_regularizers_and_constraints(kind):
    """Each acts on the weight that Keras gives it to."""
    results = []
    for package in (keras_seq, keras.layers):
        layer, _ = classes(package, kind)
        made = layer(
            3,
            kernel_regularizer=keras.regularizers.L2(0.5),
            recurrent_regularizer=keras.regularizers.L1(0.25),
            bias_regularizer=keras.regularizers.L2(0.125),
            kernel_constraint=keras.constraints.NonNeg(),
            recurrent_constraint=keras.constraints.MaxNorm(1.0),
            bias_constraint=keras.constraints.UnitNorm(),
        )
        made.build((None, TIME, FEATURES))
        random = np.random.default_rng(1)
        made.set_weights([random.normal(size=w.shape) for w in made.get_weights()])
        limits = [type(v.constraint).__name__ for v in made.trainable_variables]
        results.append((limits, sum(float(loss) for loss in made.losses)))
    assert results[0][0] == results[1][0]
    assert results[0][1] == pytest.approx(results[1][1], rel=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_positional_arguments_stand_as_in_keras(kind):
    """A call written for Keras, arguments by position, means the same here."""
    stock, _ = classes(keras.layers, kind)
    ours, _ = classes(keras_seq, kind)
    arguments = [3, "elu", "hard_sigmoid", False, "zeros", "ones", "ones"]
    theirs, mine = stock(*arguments).get_config(), ours(*arguments).get_config()
    for name, value in theirs.items():
        if name not in ("name", "reset_after"):
            assert mine[name] == value, name


@pytest.mark.parametrize("kind", KINDS)
def test_training_follows_keras(kind):
    """Three Adam steps of `fit` end at the same weights."""
    random = np.random.default_rng(7)
    inputs = random.normal(size=(6, TIME, FEATURES)).astype("float32")
    targets = random.normal(size=(6, 1)).astype("float32")
    start, ends = None, []
    for package in (keras_seq, keras.layers):
        layer, _ = classes(package, kind)
        model = keras.Sequential([keras.Input((TIME, FEATURES)), layer(3), keras.layers.Dense(1)])
        start = start or [random.normal(0.0, 0.6, w.shape) for w in model.get_weights()]
        model.set_weights(start)
        model.compile(keras.optimizers.Adam(0.1), "mse")
        model.fit(inputs, targets, batch_size=2, epochs=1, shuffle=False, verbose=0)
        ends.append(model.get_weights())
    for mine, theirs in zip(*ends, strict=True):
        assert_close(mine, theirs, 1e-4)
