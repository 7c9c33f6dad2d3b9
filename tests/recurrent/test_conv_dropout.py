"""Dropout of frames: every mask that may have been drawn is tried in the float64 equations."""

import itertools

import numpy as np
import pytest

import keras_seq
from tests.equations.of_layer import OfFrames
from tests.equations.shapes import random_values, random_weights
from tests.gradients import to_numpy
from tests.recurrent.test_dropout import BATCH, RATE, TIME, Trial

FRAME, SPACE = (2, 1, 1), {"kernel_size": (2, 1), "padding": "same"}
KEPT = 1.0 / (1.0 - RATE)
KINDS = [
    ("ConvLSTM2D", {"peephole": "channel"}),
    ("ConvLSTM2D", {"peephole": True, "coupled": True}),
    ("ConvGRU2D", {"reset": "before"}),
    ("ConvGRU2D", {"reset": None}),
]
IDS = [f"{kind} {options}" for kind, options in KINDS]
EACH = pytest.mark.parametrize("kind, options", KINDS[:3], ids=IDS[:3])
PER_GATE = pytest.mark.parametrize("per_gate", [False, True], ids=["tied", "per gate"])


class FramesTrial(Trial):
    """A layer of frames in training, and the float64 equations under all masks of a kind."""

    def __init__(self, kind, options, **dropout):
        random = np.random.default_rng(1)
        meaning = OfFrames(kind, FRAME, 1, **SPACE, **options)
        self.options, self.equations, self.shapes = {}, meaning.equations, meaning.shapes
        self.layer = getattr(keras_seq, kind)(
            1, **SPACE, **options, **dropout, seed=5, return_sequences=True, return_state=True
        )
        self.layer.build((BATCH, TIME, *FRAME))
        self.weights = random_weights(self.shapes, random)
        for variable, value in zip(
            self.layer.trainable_variables, self.weights.values(), strict=True
        ):
            variable.assign(value.astype("float32"))
        self.gates = self.shapes["kernel"][-1]
        self.inputs = random_values(random, (BATCH, TIME, *FRAME))
        self.states = [random_values(random, (BATCH, *s)) for s in meaning.state_shapes]
        self.cotangents = [random_values(random, (BATCH, TIME, *meaning.state_shapes[0]))]
        self.cotangents += [random_values(random, s.shape) for s in self.states]


@EACH
@PER_GATE
@pytest.mark.parametrize("name", ["dropout", "recurrent_dropout"])
def test_dropout(kind, options, per_gate, name):
    """One mask of a whole frame serves all time steps; tied, or one for each gate."""
    trial = FramesTrial(kind, options, dropout_per_gate=per_gate, **{name: RATE})
    measured = trial.measure()
    mask = "input_mask" if name == "dropout" else "recurrent_mask"
    shape = (trial.gates, *FRAME) if per_gate else FRAME
    masks = trial.mask_of_each_row(measured, shape, mask, (0.0, KEPT))
    trial.check_gradients(measured, **{mask: masks})
    assert len(np.unique(masks.reshape(BATCH, -1), axis=0)) > 1, "all rows share a mask"
    if per_gate:
        assert (masks != masks[:, :1]).any(), "all gates share a mask"


@pytest.mark.parametrize("kind, options", KINDS[1::2], ids=IDS[1::2])
def test_recurrent_weight_dropout(kind, options):
    """Single weights of the recurrent kernel are dropped; the whole batch shares the draw."""
    trial = FramesTrial(kind, options, recurrent_weight_dropout=RATE)
    measured = trial.measure()
    shape = trial.shapes["recurrent_kernel"]
    fits = []
    for values in itertools.product((0.0, KEPT), repeat=int(np.prod(shape))):
        mask = np.reshape(values, shape)
        model = trial.truth(return_sequences=True, recurrent_weight_mask=mask)
        outputs, finals = model.forward(trial.inputs, trial.states)
        results = zip(measured.outputs, [outputs, *finals], strict=True)
        if all(abs(m - o).max() < 1e-5 for m, o in results):
            fits.append(mask)
    assert len(fits) == 1
    assert len(np.unique(fits[0])) == 2, "seed 5 drops some weights and keeps some"
    trial.check_gradients(measured, recurrent_weight_mask=fits[0])


def test_frames_with_the_channels_first_are_dropped_too(rng):
    """The mask follows the layout: at rate 0.5 a frame is half zeros, twice the rest."""
    layer = keras_seq.ConvLSTM2D(1, 1, dropout=0.5, data_format="channels_first", seed=1)
    layer.build((None, 1, 3, 40, 30))
    layer.set_weights([np.ones(w.shape, "float32") for w in layer.get_weights()])
    x = np.zeros((1, 1, 3, 40, 30), "float32")
    x[:, :, 1] = 1.0
    dropped, kept = np.unique(to_numpy(layer(x, training=True)).round(5))
    assert dropped < kept
    at_rest = to_numpy(layer(x))
    assert len(np.unique(at_rest.round(5))) == 1
    assert dropped < at_rest.min() < kept
