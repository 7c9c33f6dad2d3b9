"""One layer held against its equations: outputs, states and every gradient."""

import numpy as np

import keras_seq
from tests.equations.of_layer import FAMILIES
from tests.equations.shapes import random_values, random_weights
from tests.gradients import Measure, assert_close
from tests.recurrent.masks import MASKS

# Native loops take 8 steps at once, and what is left one by one.
BATCH, TIME, FEATURES, UNITS = 3, 9, 4, 6


def built_layer(kind, random, **arguments):
    """A layer with random weights, and those weights by name."""
    _, shapes_of, _ = FAMILIES[kind]
    layer = getattr(keras_seq, kind)(UNITS, return_state=True, **arguments)
    layer.build((BATCH, TIME, FEATURES))
    shapes = shapes_of(FEATURES, UNITS, **arguments)
    assert [tuple(w.shape) for w in layer.trainable_variables] == list(shapes.values())
    assert [w.name for w in layer.trainable_variables] == list(shapes)
    weights = random_weights(shapes, random)
    for variable, value in zip(layer.trainable_variables, weights.values(), strict=True):
        variable.assign(value.astype("float32"))
    return layer, weights


def check_against_equations(kind, options, time, masks, seed, use_native="auto"):
    """`options` go to cell and equations, `time` are return_sequences and the like."""
    equations, _, state_sizes = FAMILIES[kind]
    random = np.random.default_rng(seed)
    layer, weights = built_layer(kind, random, use_native=use_native, **options, **time)
    truth = equations(weights, **options, **time)
    # Normalising divides by as little as sqrt(epsilon), 0.03: what was rounded before grows.
    delicate = options.get("layer_norm", False)
    tolerance = 3e-5 if delicate else 1e-5
    measure = Measure(layer, delicate=delicate)
    for name in masks:
        mask = MASKS[name]
        batch = len(MASKS["every kind"]) if mask is None else len(mask)
        inputs = random_values(random, (batch, TIME, FEATURES))
        sizes = state_sizes(UNITS, **options)
        states = [random_values(random, (batch, n)) for n in sizes]
        outputs, finals = truth.forward(inputs, states, mask)
        cotangents = [random_values(random, np.shape(o)) for o in (outputs, *finals)]
        gradients = truth.backward(cotangents[0], cotangents[1:])
        measured = measure(inputs, cotangents, states, mask)
        compare(measured, [outputs, *finals], gradients, tolerance, f"mask {name}")


def compare(measured, outputs, gradients, tolerance, where):
    """Every number of `measured` against float64, to `tolerance` of its scale."""
    gradients = dict(gradients)
    for number, (actual, expected) in enumerate(zip(measured.outputs, outputs, strict=True)):
        assert_close(actual, expected, tolerance, what=f"{where}: output {number}")
    assert_close(measured.d_inputs, gradients.pop("inputs"), tolerance, what=f"{where}: d inputs")
    d_states = zip(measured.d_states, gradients.pop("states"), strict=True)
    for number, (actual, expected) in enumerate(d_states):
        assert_close(actual, expected, tolerance, what=f"{where}: d state {number}")
    for actual, (name, expected) in zip(measured.d_weights, gradients.items(), strict=True):
        assert_close(actual, expected, tolerance, what=f"{where}: d {name}")
