"""The native loops of ConvLSTM where the grid of options does not lead: long films, graphs."""

import importlib

import keras
import pytest

from tests.gradients import Measure, assert_close, to_numpy
from tests.recurrent.conv_check import TIME, built_layer, check_frames_against_equations
from tests.recurrent.conv_options import CONV_LSTM
from tests.recurrent.masks import MASKS

BACKEND = keras.backend.backend()
WRITES_OUT = {"tensorflow": "conv_lstm", "jax": "convolution"}  # where short films are written out


@pytest.mark.skipif(BACKEND not in WRITES_OUT, reason="one loop for films of any length")
@pytest.mark.parametrize("name", ["channel", "coupled, peephole", "3D"])
def test_a_film_too_long_to_be_written_out(name, monkeypatch):
    module = importlib.import_module(f"keras_seq.backend.{BACKEND}.{WRITES_OUT[BACKEND]}")
    monkeypatch.setattr(module, "WRITE_OUT", TIME - 1)
    kind, options = CONV_LSTM[name]
    check_frames_against_equations(kind, options, {}, ["every kind"], 3, use_native=True)


@pytest.mark.skipif(BACKEND != "tensorflow", reason="others know no constants in a graph")
@pytest.mark.parametrize("jit_compile", [False, True], ids=["graph", "XLA"])
@pytest.mark.parametrize("states", [None, "given"])
@pytest.mark.parametrize("mask", ["none", "every kind"])
def test_a_graph_gives_what_eager_steps_give(mask, states, jit_compile, rng):
    """In a graph a start from zeros is seen, and the products with it are left out."""
    import tensorflow as tf

    kind, options = CONV_LSTM["coupled, peephole"]
    layer, _, meaning = built_layer(kind, rng, options, return_sequences=True)
    mask = MASKS[mask]
    batch = 2 if mask is None else len(mask)
    inputs = rng.normal(size=(batch, TIME, *meaning.frame))
    if states:
        states = [
            rng.normal(size=(batch, *shape)).astype("float32") for shape in meaning.state_shapes
        ]
    measure = Measure(layer)
    eager = measure(inputs, states=states, mask=mask)
    arrays = inputs.astype("float32"), None, states, mask
    in_graph = tf.function(lambda: measure._tensorflow(*arrays), jit_compile=jit_compile)
    for mine, theirs in zip(keras.tree.flatten(in_graph()), keras.tree.flatten(eager), strict=True):
        assert_close(to_numpy(mine), theirs)


@pytest.mark.skipif(BACKEND != "tensorflow", reason="others know no constants in a graph")
@pytest.mark.parametrize("known", [0, 1])
def test_one_state_of_zeros_does_not_stand_for_both(known, rng):
    import tensorflow as tf

    kind, options = CONV_LSTM["coupled, peephole"]
    layer, _, meaning = built_layer(kind, rng, options, return_sequences=True)
    inputs = tf.constant(rng.normal(size=(2, TIME, *meaning.frame)), "float32")
    states = [
        tf.constant(rng.normal(size=(2, *shape)), "float32") for shape in meaning.state_shapes
    ]

    def run(given):
        with tf.GradientTape() as tape:
            tape.watch(given)
            state = [given, given]
            state[known] = tf.zeros(tf.shape(given))
            outputs, *_ = layer(inputs, initial_state=state)
            loss = tf.reduce_sum(outputs**2)
        return outputs, tape.gradient(loss, given)

    for mine, theirs in zip(tf.function(run)(states[0]), run(states[0]), strict=True):
        assert_close(to_numpy(mine), to_numpy(theirs))
