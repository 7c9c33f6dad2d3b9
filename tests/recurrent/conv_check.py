"""One layer of frames held against its equations: outputs, states and every gradient."""

import numpy as np

import keras_seq
from tests.equations.of_layer import OfFrames
from tests.equations.shapes import random_values, random_weights
from tests.gradients import Measure, Measured
from tests.recurrent.check import compare
from tests.recurrent.conv_options import frame_of
from tests.recurrent.masks import MASKS

TIME, FILTERS = 9, 3


def laid_out(x, layer):
    """Frames with the channels last in the layout of a layer, whatever axes stand before."""
    rank = layer.cell.rank
    return x if layer.data_format == "channels_last" else np.moveaxis(x, -1, -rank - 1)


def channels_last(x, layer):
    """The way back of `laid_out`."""
    rank = layer.cell.rank
    return x if layer.data_format == "channels_last" else np.moveaxis(x, -rank - 1, -1)


def built_layer(kind, random, options, **arguments):
    """A layer with random weights, those weights by name, and what its arguments mean."""
    frame = frame_of(kind)
    layer = getattr(keras_seq, kind)(FILTERS, return_state=True, **options, **arguments)
    layer.build(laid_out(np.zeros((2, TIME, *frame)), layer).shape)
    meaning = OfFrames(kind, frame, FILTERS, **options)
    assert [tuple(w.shape) for w in layer.trainable_variables] == list(meaning.shapes.values())
    assert [w.name for w in layer.trainable_variables] == list(meaning.shapes)
    weights = random_weights(meaning.shapes, random)
    for variable, value in zip(layer.trainable_variables, weights.values(), strict=True):
        variable.assign(value.astype("float32"))
    return layer, weights, meaning


def check_frames_against_equations(kind, options, time, masks, seed, use_native="auto"):
    """`options` go to cell and equations, `time` are return_sequences and the like."""
    random = np.random.default_rng(seed)
    layer, weights, meaning = built_layer(kind, random, options, use_native=use_native, **time)
    truth = meaning.equations(weights, **time)
    # Three channels are nearly equal somewhere on a frame, and normalizing multiplies by 30.
    delicate = options.get("layer_norm", False)
    tolerance = 3e-4 if delicate else 1e-5
    measure = Measure(layer, delicate=delicate)
    for name in masks:
        mask = MASKS[name]
        batch = len(MASKS["every kind"]) if mask is None else len(mask)
        inputs = random_values(random, (batch, TIME, *meaning.frame))
        states = [random_values(random, (batch, *shape)) for shape in meaning.state_shapes]
        outputs, finals = truth.forward(inputs, states, mask)
        cotangents = [random_values(random, np.shape(o)) for o in (outputs, *finals)]
        gradients = truth.backward(cotangents[0], cotangents[1:])
        measured = measure(
            laid_out(inputs, layer),
            [laid_out(c, layer) for c in cotangents],
            [laid_out(s, layer) for s in states],
            mask,
        )
        measured = Measured(
            [channels_last(o, layer) for o in measured.outputs],
            channels_last(measured.d_inputs, layer),
            [channels_last(d, layer) for d in measured.d_states],
            measured.d_weights,
        )
        compare(measured, [outputs, *finals], gradients, tolerance, f"mask {name}")
