"""The equations of frames: their backward pass against finite differences in float64."""

import numpy as np
import pytest

from tests.equations.of_layer import OfFrames
from tests.equations.shapes import random_weights
from tests.equations.test_equations import BATCH, check_by_finite_differences
from tests.recurrent.conv_options import CONV_GRU, CONV_LSTM

pytestmark = pytest.mark.once

FRAMES = {1: (3, 1), 2: (3, 2, 1), 3: (2, 1, 2, 1)}
FILTERS = 2
CASES = [
    *(("LSTM", n) for n in ("valid, strides", "dilation, even", "coupled, peephole", "1D", "3D")),
    *(("GRU", n) for n in ("strides, candidate", "before, layer norm, no bias")),
]


@pytest.mark.parametrize("number, family, name", [(n, *case) for n, case in enumerate(CASES)])
def test_backward_is_the_slope(number, family, name):
    kind, options = (CONV_LSTM if family == "LSTM" else CONV_GRU)[name]
    frame = FRAMES[int(kind[-2])]
    options = {**options, "kernel_size": (2, 1, 2)[: len(frame) - 1]}
    meaning = OfFrames(kind, frame, FILTERS, **options)
    random = np.random.default_rng(number)
    shapes, states = meaning.shapes, meaning.state_shapes
    gates = shapes["kernel"][-1] // FILTERS
    each = (gates,) if number % 2 else ()
    noise = {
        "input_mask": random.binomial(1, 0.7, (BATCH, *each, *frame)) / 0.7,
        "recurrent_mask": random.binomial(1, 0.7, (BATCH, *each, *states[0])) / 0.7,
        "recurrent_weight_mask": random.binomial(1, 0.7, shapes["recurrent_kernel"]) / 0.7,
    }
    time = {"go_backwards": number % 2 == 1, "return_sequences": number % 3 != 1}
    check_by_finite_differences(
        lambda weights: meaning.equations(weights, **noise, **time),
        random_weights(shapes, random),
        [random.normal(size=(BATCH, *shape)) for shape in states],
        random,
        frame,
    )
