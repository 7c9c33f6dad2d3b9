"""One table of all public layers. A new layer is one row here, and the contract suite walks it."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

import keras_seq
from tests.crf import brute_force
from tests.equations.of_layer import FAMILIES, OfFrames
from tests.equations.shapes import random_values

BATCH, TIME, FEATURES, UNITS = 3, 4, 3, 5
MASK = np.array([[1, 1, 1, 1], [0, 1, 0, 1], [1, 1, 0, 0]], bool)


@dataclass(frozen=True)
class Row:
    """A public layer, what it is called with, and what it must then give."""

    kind: str
    options: dict = field(default_factory=dict)
    # random generator -> list of positional arguments, the first the sequences
    inputs: Callable = None
    # weights by name, inputs, mask -> outputs in float64, by equations that are not ours
    truth: Callable = None
    sequences: bool = True  # takes return_sequences, return_state and mask
    train: bool = True  # has weights that its outputs have a gradient by
    tags: bool = False  # gives integers (B, T)

    @property
    def name(self):
        return ", ".join([self.kind, *(f"{key}={value}" for key, value in self.options.items())])

    def make(self, **arguments):
        return getattr(keras_seq, self.kind)(**{**self.options, **arguments})


def floats(random):
    return [random_values(random, (BATCH, TIME, FEATURES)).astype("float32")]


def recurrent(kind, **options):
    """A row for a layer of the LSTM or GRU family."""
    equations, _, state_sizes = FAMILIES[kind]

    def truth(weights, inputs, mask):
        states = [np.zeros((len(inputs[0]), n)) for n in state_sizes(UNITS, **options)]
        model = equations(weights, return_sequences=True, **options)
        outputs, finals = model.forward(inputs[0], states, mask)
        return [outputs, *finals]

    return Row(kind, {"units": UNITS, **options}, floats, truth)


def of_frames(kind, frame, **options):
    """A row for a convolutional layer, the channels last."""
    meaning = OfFrames(kind, frame, UNITS, **options)

    def frames(random):
        return [random_values(random, (BATCH, TIME, *frame)).astype("float32")]

    def truth(weights, inputs, mask):
        states = [np.zeros((len(inputs[0]), *shape)) for shape in meaning.state_shapes]
        outputs, finals = meaning.equations(weights, return_sequences=True).forward(
            inputs[0], states, mask
        )
        return [outputs, *finals]

    return Row(kind, {"filters": UNITS, **options}, frames, truth)


def best_paths(weights, inputs, mask):
    """The most probable tags by all paths."""
    weights = [weights[name] for name in ("transitions", "start", "end")]
    rows = brute_force.rows(inputs[0], mask, *weights)
    return [np.stack([row.in_row(row.paths[0]) for row in rows])]


def floats_and_ids(random):
    return [*floats(random), random.integers(0, 5, (BATCH, TIME))]


ZOO = [
    Row(
        "CRF",
        {"tags": FEATURES, "initializer": "random_normal", "class_weights": [1.0, 2.0, 0.5]},
        floats,
        best_paths,
        sequences=False,
        train=False,
        tags=True,
    ),
    recurrent("LSTM"),
    recurrent("LSTM", peephole=True),
    recurrent("LSTM", coupled=True, peephole=True),
    recurrent("LSTM", forget_gate=False),
    recurrent("LSTM", layer_norm=True),
    recurrent("LSTM", projection=2, cell_clip=0.5),
    recurrent("LSTM", zoneout=0.2),
    recurrent("GRU"),
    recurrent("GRU", reset="before"),
    recurrent("GRU", reset=None, update="candidate"),
    recurrent("GRU", layer_norm=True),
    of_frames("ConvLSTM1D", (4, 2), kernel_size=2, padding="same", peephole="channel"),
    of_frames("ConvLSTM2D", (3, 4, 2), kernel_size=3, padding="same"),
    of_frames("ConvLSTM2D", (3, 4, 1), kernel_size=2, peephole=True),
    of_frames("ConvLSTM3D", (2, 3, 2, 1), kernel_size=2, padding="same", coupled=True),
    of_frames("ConvGRU2D", (3, 4, 2), kernel_size=2, reset="before"),
    Row(
        "WordDropout",
        {"rate": 0.5},
        floats_and_ids,
        lambda weights, inputs, mask: [inputs[0]],
        sequences=False,
        train=False,
    ),
]
