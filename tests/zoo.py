"""One table of all public layers. A new layer is one row here, and the contract suite walks it."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

import keras_seq
from tests.crf import brute_force
from tests.equations import attention, catalogue, transformer
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
    smooth: bool = True  # without kinks, where differences of the loss would not be its slope
    tags: bool = False  # gives integers (B, T)
    parts: dict = field(default_factory=dict)  # layers it is made of: dtype -> layer
    catalogue: bool = False  # also has all that tests/recurrent/test_catalogue.py checks
    symbolic: list = None  # shapes of the outputs where batch and lengths are unknown

    @property
    def name(self):
        return ", ".join([self.kind, *(f"{key}={value}" for key, value in self.options.items())])

    def make(self, **arguments):
        parts = {name: made(arguments.get("dtype")) for name, made in self.parts.items()}
        return getattr(keras_seq, self.kind)(**{**self.options, **parts, **arguments})


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


def of_catalogue(entry):
    """A row for a cell of `CATALOGUE`."""

    def truth(weights, inputs, mask):
        states = [np.zeros((BATCH, size)) for size in entry.states]
        outputs, finals = catalogue.run(entry, weights, inputs[0], states, mask)
        return [outputs, *finals]

    options = {"units": catalogue.U, **entry.options}
    return Row(entry.kind, options, floats, truth, train=entry.trained, catalogue=True)


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


def attending(kind, truth, symbolic, **row):
    """A row for what looks at a memory."""
    options = row.get("options", {})

    def by_equations(weights, inputs, mask):
        return truth(weights, *inputs, None, options)

    return Row(
        kind,
        inputs=queries_and_memory,
        truth=by_equations,
        sequences=False,
        symbolic=symbolic,
        **row,
    )


def queries_and_memory(random):
    memory = random_values(random, (BATCH, TIME + 1, 4)).astype("float32")
    return [*floats(random), memory]


def attention_cell(dtype):
    cell = keras_seq.GRUCell(UNITS, dtype=dtype)
    return keras_seq.AttentionCell(cell, keras_seq.AdditiveAttention(4, dtype=dtype), dtype=dtype)


def of_blocks(kind, inputs, truth, shape, **row):
    """A row for a layer of the Transformer, its outputs of the size of its inputs."""
    symbolic = [[None, None, *shape]]
    return Row(kind, inputs=inputs, truth=truth, sequences=False, symbolic=symbolic, **row)


def even(*shape):
    """Inputs of a size that pairs and heads divide, and a memory where there is a second shape."""
    return lambda random: [
        random_values(random, (BATCH, TIME, *s)).astype("float32") for s in shape
    ]


def block(**options):
    return lambda weights, inputs, mask: [transformer.block(weights, *inputs, **options)]


def floats_and_ids(random):
    return [*floats(random), random.integers(0, 5, (BATCH, TIME))]


def pooling(kind, pool, **options):
    """A row for a layer that makes one vector of a sequence; `pool` has one row's steps (T, F)."""

    def truth(weights, inputs, mask):
        return [np.stack([pool(row.astype("float64"), **weights) for row in inputs[0]])]

    return Row(kind, options, floats, truth, sequences=False, train=bool(options))


def mean_by_attention(x, kernel, bias, context):
    scores = np.exp(np.tanh(x @ kernel + bias) @ context)
    return scores @ x / scores.sum()


CHARACTERS = {"vocabulary_size": 6, "units": 4, "embedding_dim": 3}


def of_characters(kind, read, **row):
    """A row for a layer that makes a vector of each token; `read` has one token's ids."""

    def ids(random):
        lengths = random.integers(0, 5, (BATCH, TIME, 1))
        ids = random.integers(1, 6, (BATCH, TIME, 4))
        return [np.where(np.arange(4) < lengths, ids, 0)]

    def truth(weights, inputs, mask):
        tokens = inputs[0].reshape(-1, 4)
        vectors = [read(weights, t[t > 0]) if t.any() else np.zeros(4) for t in tokens]
        return [np.reshape(vectors, (*inputs[0].shape[:2], 4))]

    return Row(kind, CHARACTERS, ids, truth, sequences=False, **row)


def convolved(weights, ids):
    x = np.pad(weights["embedding/embeddings"][ids], ((1, 1), (0, 0)))
    windows = np.stack([x[i : i + 3].ravel() for i in range(len(ids))])
    y = windows @ weights["filters/kernel"] + weights["filters/bias"]
    return np.maximum(y.max(axis=0), 0.0)


def read_in_both_directions(weights, ids):
    x, last = weights["embedding/embeddings"][None, ids], []
    for direction in ("forward", "backward"):
        own = {
            path.rsplit("/", 1)[1]: value
            for path, value in weights.items()
            if path.rsplit("/", 3)[1].startswith(direction)
        }
        equations, _, _ = FAMILIES["LSTM"]
        model = equations(own, go_backwards=direction == "backward")
        last.append(model.forward(x, [np.zeros((1, 2))] * 2)[0][0])
    return np.concatenate(last)


def windows(weights, inputs, mask):
    """Three steps, two apart, the newest first."""
    x = np.pad(inputs[0].astype("float64"), ((0, 0), (4, 0), (0, 0)))
    sums = sum(x[:, 4 - 2 * k : 4 - 2 * k + TIME] @ weights["kernel"][k] for k in range(3))
    return [np.tanh(sums + weights["bias"])]


LOOKS = [[None, None, 4], [None, None, None]]
ZOO = [
    Row(
        "CRF",
        {"tags": FEATURES, "initializer": "random_normal", "class_weight": [1.0, 2.0, 0.5]},
        floats,
        best_paths,
        sequences=False,
        train=False,
        tags=True,
    ),
    *(
        attending(kind, attention.attend, LOOKS, options=options)
        for kind, options in (
            ("AdditiveAttention", {"units": UNITS}),
            ("AdditiveAttention", {"units": UNITS, "normalize": True}),
            ("MultiplicativeAttention", {"score": "general"}),
        )
    ),
    attending(
        "AttentionRNN",
        attention.decode,
        [[None, None, UNITS], [None, None, None]],
        options={"return_weights": True},
        parts={"cell": attention_cell},
    ),
    of_blocks(
        "SinusoidalPositions",
        even((4,)),
        lambda weights, inputs, mask: [inputs[0] + transformer.positions(TIME, 4)],
        (4,),
        train=False,
    ),
    of_blocks(
        "LearnedPositions",
        even((4,)),
        lambda weights, inputs, mask: [inputs[0] + weights["positions"][:TIME]],
        (4,),
        options={"sequence_length": 6},
    ),
    of_blocks(
        "RotaryPositions",
        even((2, 4)),
        lambda weights, inputs, mask: [transformer.rotated(inputs[0])],
        (2, 4),
        train=False,
    ),
    of_blocks(
        "TransformerEncoderBlock",
        even((4,)),
        block(normalize_first=True, activation="gelu"),
        (4,),
        options={
            "intermediate_dim": 6,
            "num_heads": 2,
            "normalize_first": True,
            "activation": "gelu",
        },
    ),
    of_blocks(
        "TransformerDecoderBlock",
        even((4,), (3,)),
        block(causal=True, activation="swiglu"),
        (4,),
        options={
            "intermediate_dim": 6,
            "num_heads": 2,
            "num_key_value_heads": 1,
            "activation": "swiglu",
        },
    ),
    pooling("MeanPooling", lambda x: x.mean(axis=0)),
    pooling("MaxPooling", lambda x: x.max(axis=0)),
    pooling("AttentionPooling", mean_by_attention, units=4),
    Row(
        "TimeDelay",
        {"units": UNITS, "delays": 3, "dilation": 2},
        floats,
        windows,
        sequences=False,
    ),
    of_characters("CharacterCNN", convolved, smooth=False),
    of_characters("CharacterLSTM", read_in_both_directions),
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
    *(of_catalogue(entry) for entry in catalogue.CATALOGUE),
    of_frames("ConvLSTM1D", (4, 2), kernel_size=2, padding="same", peephole="channel"),
    of_frames("ConvLSTM2D", (3, 4, 2), kernel_size=3, padding="same"),
    of_frames("ConvLSTM2D", (3, 4, 1), kernel_size=2, peephole=True),
    of_frames("ConvLSTM3D", (2, 3, 2, 1), kernel_size=2, padding="same", coupled=True),
    of_frames("ConvGRU1D", (4, 2), kernel_size=2, reset=None, update="candidate"),
    of_frames("ConvGRU2D", (3, 4, 2), kernel_size=2, reset="before"),
    of_frames("ConvGRU3D", (2, 3, 2, 1), kernel_size=2, padding="same"),
    Row(
        "WordDropout",
        {"rate": 0.5},
        floats_and_ids,
        lambda weights, inputs, mask: [inputs[0]],
        sequences=False,
        train=False,
    ),
]
