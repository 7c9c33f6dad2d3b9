"""Every bad input is answered by one sentence: owner, argument, what it must be, what came."""

import keras
import numpy as np
import pytest

import keras_seq
from tests.gradients import to_numpy

A_RATE = "must be a number in [0, 1)"
A_COUNT = "must be a positive integer"
A_SWITCH = "must be True or False"

BAD_ARGUMENTS = [
    ("LSTM", {"units": 0}, f"`units` {A_COUNT}. Received: units=0"),
    ("LSTM", {"units": -1}, f"`units` {A_COUNT}. Received: units=-1"),
    ("LSTM", {"units": 2.5}, f"`units` {A_COUNT}. Received: units=2.5"),
    ("LSTM", {"units": True}, f"`units` {A_COUNT}. Received: units=True"),
    ("LSTM", {"dropout": 1.0}, f"`dropout` {A_RATE}. Received: dropout=1.0"),
    ("LSTM", {"dropout": -0.1}, f"`dropout` {A_RATE}. Received: dropout=-0.1"),
    ("LSTM", {"dropout": "a"}, f"`dropout` {A_RATE}. Received: dropout='a'"),
    ("LSTM", {"dropout": float("nan")}, f"`dropout` {A_RATE}. Received: dropout=nan"),
    (
        "LSTM",
        {"recurrent_dropout": 1.5},
        f"`recurrent_dropout` {A_RATE}. Received: recurrent_dropout=1.5",
    ),
    (
        "LSTM",
        {"recurrent_weight_dropout": -1},
        f"`recurrent_weight_dropout` {A_RATE}. Received: recurrent_weight_dropout=-1",
    ),
    ("LSTM", {"zoneout": 1.0}, f"`zoneout` {A_RATE}. Received: zoneout=1.0"),
    (
        "LSTM",
        {"activation": "tahn"},
        "`activation` must be the name of an activation, a callable or its config. "
        "Received: activation='tahn'",
    ),
    (
        "LSTM",
        {"recurrent_activation": 3},
        "`recurrent_activation` must be the name of an activation, a callable or its config. "
        "Received: recurrent_activation=3",
    ),
    (
        "LSTM",
        {"kernel_initializer": "foo"},
        "`kernel_initializer` must be the name of an initializer, a callable or its config. "
        "Received: kernel_initializer='foo'",
    ),
    (
        "LSTM",
        {"bias_regularizer": "l9"},
        "`bias_regularizer` must be the name of a regularizer, a callable or its config. "
        "Received: bias_regularizer='l9'",
    ),
    ("LSTM", {"projection": 0}, f"`projection` {A_COUNT}. Received: projection=0"),
    ("LSTM", {"cell_clip": 0}, "`cell_clip` must be a positive number. Received: cell_clip=0"),
    (
        "LSTM",
        {"cell_clip": float("inf")},
        "`cell_clip` must be a positive number. Received: cell_clip=inf",
    ),
    ("LSTM", {"peephole": "yes"}, f"`peephole` {A_SWITCH}. Received: peephole='yes'"),
    ("LSTM", {"coupled": 1}, f"`coupled` {A_SWITCH}. Received: coupled=1"),
    ("LSTM", {"layer_norm": None}, f"`layer_norm` {A_SWITCH}. Received: layer_norm=None"),
    ("LSTM", {"return_sequences": 2}, f"`return_sequences` {A_SWITCH}. Received: "),
    (
        "LSTM",
        {"use_native": "yes"},
        "`use_native` must be one of 'auto', True, False. Received: use_native='yes'",
    ),
    (
        "LSTM",
        {"coupled": True, "forget_gate": False},
        "`coupled=True` and `forget_gate=False` cannot be combined: a coupled cell forgets by "
        "1 - i, and a cell without a forget gate forgets nothing.",
    ),
    (
        "LSTM",
        {"layer_norm": True, "cell_clip": 1.0},
        "`layer_norm=True` and `cell_clip=1.0` cannot be combined: a normalized cell state is "
        "already bounded.",
    ),
    ("GRU", {"units": 0}, f"`units` {A_COUNT}. Received: units=0"),
    (
        "GRU",
        {"reset": "x"},
        "`reset` must be one of 'after', 'before', None. Received: reset='x'",
    ),
    ("GRU", {"update": "x"}, "`update` must be one of 'keep', 'candidate'. Received: update='x'"),
    (
        "GRU",
        {"reset": "before", "reset_after": True},
        "`reset_after=True` and `reset='before'` cannot be combined: the first says reset='after'.",
    ),
    ("LSTMCell", {"units": 0}, f"`units` {A_COUNT}. Received: units=0"),
    ("GRUCell", {"dropout": 1}, f"`dropout` {A_RATE}. Received: dropout=1"),
    ("WordDropout", {"rate": 1.0}, f"`rate` {A_RATE}. Received: rate=1.0"),
]


@pytest.mark.parametrize(
    "kind, arguments, sentence", BAD_ARGUMENTS, ids=[f"{k} {a}" for k, a, _ in BAD_ARGUMENTS]
)
def test_bad_argument(kind, arguments, sentence):
    if kind != "WordDropout":
        arguments = {"units": 3, **arguments}
    with pytest.raises(ValueError) as error:
        getattr(keras_seq, kind)(**arguments)
    assert str(error.value).startswith(f"{kind}: {sentence}")
    assert "\n" not in str(error.value)


def zeros(*shape):
    return np.zeros(shape, "float32")


BAD_CALLS = {
    "rank": (
        {"sequences": zeros(2, 4)},
        "`sequences` must be of shape (B, T, F) with F=4. Received: sequences.shape=(2, 4)",
    ),
    "features": (
        {"sequences": zeros(2, 3, 5)},
        "`sequences` must be of shape (B, T, F) with F=4. Received: sequences.shape=(2, 3, 5)",
    ),
    "no steps": (
        {"sequences": zeros(2, 0, 4)},
        "`sequences` must have at least one time step. Received: sequences.shape=(2, 0, 4)",
    ),
    "mask of another length": (
        {"mask": np.ones((2, 4), bool)},
        "`mask` must be of shape (B, T) with B=2, T=3. Received: mask.shape=(2, 4)",
    ),
    "mask of another batch": (
        {"mask": np.ones((3, 3), bool)},
        "`mask` must be of shape (B, T) with B=2, T=3. Received: mask.shape=(3, 3)",
    ),
    "mask of numbers and features": (
        {"mask": zeros(2, 3, 4)},
        "`mask` must be of shape (B, T) with B=2, T=3. Received: mask.shape=(2, 3, 4)",
    ),
    "mask of halves": (
        {"mask": np.full((2, 3), 0.5)},
        "`mask` must be of True and False, or of 1 and 0. Received: mask=0.5",
    ),
    "mask of NaN": (
        {"mask": np.full((2, 3), np.nan)},
        "`mask` must be of True and False, or of 1 and 0. Received: mask=nan",
    ),
    "mask of a string": (
        {"mask": "abc"},
        "`mask` must be a tensor of numbers. Received: mask='abc'",
    ),
    "states by name": (
        {"initial_state": {"h": zeros(2, 3), "c": zeros(2, 3)}},
        "`initial_state` must be 2 tensors, [h, c]. Received: a dictionary of h, c",
    ),
    "one state too many": (
        {"initial_state": [zeros(2, 3)] * 3},
        "`initial_state` must be 2 tensors, [h, c]. Received: 3 tensors",
    ),
    "state of another batch": (
        {"initial_state": [zeros(1, 3), zeros(1, 3)]},
        "`initial_state h` must be of shape (B, U) with B=2, U=3. Received: ",
    ),
    "state of another size": (
        {"initial_state": [zeros(2, 3), zeros(2, 4)]},
        "`initial_state c` must be of shape (B, U) with B=2, U=3. Received: ",
    ),
}


def test_bad_calls():
    layer = keras_seq.LSTM(3)
    layer.build((None, None, 4))
    for name, (arguments, sentence) in BAD_CALLS.items():
        with pytest.raises(ValueError) as error:
            layer(**{"sequences": zeros(2, 3, 4), **arguments})
        assert f"LSTM: {sentence}" in str(error.value), name


BAD_STATES = {
    "a dictionary": (
        {"c": zeros(2, 3), "h": zeros(2, 3)},
        "must be 2 tensors, [h, c]. Received: a dictionary of c, h",
    ),
    "one": ([zeros(2, 3)], "must be 2 tensors, [h, c]. Received: 1 tensor"),
    "of another batch": ([zeros(1, 3)] * 2, " h` must be of shape (B, U) with B=2, U=3."),
    "of another size": ([zeros(2, 3), zeros(2, 1)], " c` must be of shape (B, U) with B=2, U=3."),
}


def test_bad_states():
    """A dictionary would be flattened in alphabetical order, and one row would be broadcast."""
    cell = keras_seq.LSTMCell(3)
    cell.build((None, 4))
    for states, sentence in BAD_STATES.values():
        with pytest.raises(ValueError) as error:
            cell(zeros(2, 4), states)
        assert "LSTMCell: `states" in str(error.value) and sentence in str(error.value)
    with pytest.raises(ValueError, match=r"GRU: `initial_state` must be 1 tensor, \[h\]. Received"):
        keras_seq.GRU(3)(zeros(2, 3, 4), initial_state={"h": zeros(2, 3)})


def test_a_nested_list_is_a_mask(rng):
    layer, x = keras_seq.LSTM(3), rng.normal(size=(2, 3, 4)).astype("float32")
    mask = [[True, False, True], [True, True, False]]
    expected = to_numpy(layer(x, mask=np.array(mask)))
    np.testing.assert_array_equal(to_numpy(layer(x, mask=mask)), expected)


def test_quantize_says_that_it_leaves_recurrent_kernels(rng):
    model = keras.Sequential([keras_seq.LSTM(3), keras.layers.Dense(2)])
    x = rng.normal(size=(2, 3, 4)).astype("float32")
    expected = to_numpy(model(x))
    with pytest.warns(UserWarning, match="^LSTM: `quantize` does not support recurrent kernels; "):
        model.quantize("int8")
    assert model.layers[1].quantization_mode == "int8"
    np.testing.assert_allclose(to_numpy(model(x)), expected, atol=0.03)
    gru = keras_seq.GRU(3)
    gru.build((None, None, 4))
    with pytest.raises(NotImplementedError, match="GRU: `quantize` does not support recurrent"):
        gru.quantize("int8")


@pytest.mark.once
def test_a_stack_of_cells_of_frames_is_refused():
    cells = [keras_seq.ConvLSTM2DCell(2, 3), keras_seq.ConvLSTM2DCell(2, 3)]
    with pytest.raises(ValueError, match="layers of frames are stacked as keras_seq.ConvLSTM2D"):
        keras.layers.RNN(cells)(zeros(2, 3, 8, 8, 1))


def test_bad_call_of_gru():
    layer = keras_seq.GRU(3)
    layer.build((None, None, 4))
    sentence = r"GRU: `initial_state` must be 1 tensor, \[h\]. Received: 2 tensors"
    with pytest.raises(ValueError, match=sentence):
        layer(zeros(2, 3, 4), initial_state=[zeros(2, 3)] * 2)


def test_first_call_of_wrong_rank():
    sentence = r"LSTM: `sequences` must be of shape \(B, T, F\). Received: sequences.shape=\(2, 4\)"
    with pytest.raises(ValueError, match=sentence):
        keras_seq.LSTM(3)(zeros(2, 4))


@pytest.mark.parametrize("shape", [(None, 5), (5,)], ids=["features", "rank"])
def test_wrong_symbolic_input(shape):
    """A model is refused when it is built, not when it first runs."""
    layer = keras_seq.LSTM(3)
    layer.build((None, None, 4))
    with pytest.raises(ValueError, match=r"`sequences` must be of shape \(B, T, F\) with F=4"):
        layer(keras.Input(shape))


def test_unroll_of_unknown_length():
    with pytest.raises(ValueError, match="`unroll=True` needs a known number of time steps"):
        keras_seq.LSTM(3, unroll=True)(keras.Input((None, 4)))


def test_stateful_batch_that_changes():
    layer = keras_seq.LSTM(3, stateful=True)
    layer.build((2, 3, 4))
    sentence = "LSTM: `sequences` must keep the batch size of a stateful layer, B=2. Received: "
    with pytest.raises(ValueError, match=sentence):
        layer(zeros(3, 3, 4))


@pytest.mark.parametrize(
    "embeddings, ids, sentence",
    [
        (zeros(3, 4), zeros(3, 4), "`embeddings` must be of shape (B, T, F). Received: "),
        (
            zeros(2, 3, 4),
            np.zeros((2, 2), int),
            "`ids` must be of shape (B, T) with B=2, T=3. Received: ids.shape=(2, 2)",
        ),
    ],
)
def test_bad_call_of_word_dropout(embeddings, ids, sentence):
    with pytest.raises(ValueError) as error:
        keras_seq.WordDropout(0.5)(embeddings, ids, training=True)
    assert f"WordDropout: {sentence}" in str(error.value)
