"""States, memories and masks that do not fit: one sentence, and no broadcasting."""

import keras
import numpy as np
import pytest

import keras_seq
from tests.gradients import to_numpy

B, T, S, F, M, U = 2, 3, 5, 4, 6, 3


def zeros(*shape):
    return np.zeros(shape, "float32")


def refused(layer, sentence, *args, **kwargs):
    with pytest.raises(ValueError) as error:
        layer(*args, **kwargs)
    assert f"{type(layer).__name__}: {sentence}" in str(error.value)


def test_what_a_layer_over_time_refuses():
    layer = keras_seq.AttentionRNN(
        keras_seq.AttentionCell(keras_seq.LSTMCell(U), keras_seq.AdditiveAttention(4))
    )
    x, memory, state = zeros(B, T, F), zeros(B, S, M), zeros(B, U)
    layer(x, memory)
    two, sized = "must be 2 tensors, [h, c]. Received:", "must be of shape (B, U) with B=2, U=3."
    zero_or_one = "must be of True and False, or of 1 and 0. Received:"
    for states, sentence in (
        ({"h": state, "c": state}, f"`initial_state` {two} a dictionary of h, c"),
        ([state], f"`initial_state` {two} 1 tensor"),
        ([state] * 3, f"`initial_state` {two} 3 tensors"),
        ([zeros(1, U)] * 2, f"`initial_state h` {sized}"),
        ([state, zeros(B, 1)], f"`initial_state c` {sized}"),
    ):
        refused(layer, sentence, x, memory, initial_state=states)
    refused(layer, "`memory` must be of shape (B, S, M) with B=2, M=6.", x, memory[:1])
    refused(layer, "`memory` must be of shape (B, S, M) with B=2, M=6.", x, zeros(B, S, 1))
    refused(layer, "`inputs` must be of shape (B, T, F) with F=4.", zeros(B, T, 5), memory)
    refused(layer, "`inputs` must have at least one time step.", x[:, :0], memory)
    refused(layer, "`memory` must have at least one time step.", x, memory[:, :0])
    refused(layer, f"`mask` {zero_or_one} mask=nan", x, memory, mask=np.full((B, T), np.nan))
    half = np.full((B, S), 0.5)
    refused(layer, f"`memory_mask` {zero_or_one} memory_mask=0.5", x, memory, memory_mask=half)


def test_what_a_mechanism_refuses():
    query, memory = zeros(B, F), zeros(B, S, M)
    for layer in (
        keras_seq.AdditiveAttention(4),
        keras_seq.MultiplicativeAttention(local=2),
    ):
        layer(query, memory)
        refused(layer, "`query` must be of shape (B, Q) with B=2, Q=4.", query[:1], memory)
        refused(layer, "`query` must be of shape (B, Q) with B=1, Q=4.", query, memory[:1])
        refused(layer, "`query` must be of shape (B, T, Q) with B=1", zeros(B, T, F), memory[:1])
        refused(layer, "`memory` must be of shape (B, S, M) with M=6.", query, zeros(B, S, 1))
        wanted = "`previous` must be None where the weights do not depend on those before."
        refused(layer, wanted, query, memory, previous=zeros(B, S))
        half = np.full((B, S), 0.5)
        refused(layer, "`mask` must be of True and False, or", query, memory, mask=half)
    layer = keras_seq.AdditiveAttention(4, monotonic=True)
    wanted = "`previous` must be of shape (B, S) with B=2, S=5."
    refused(layer, wanted, query, memory, previous=zeros(1, S))
    mask = [[True] * 3 + [False] * 2] * B
    for mine, theirs in zip(
        layer(query, memory, mask=mask), layer(query, memory, mask=np.array(mask)), strict=True
    ):
        np.testing.assert_array_equal(to_numpy(mine), to_numpy(theirs))


@pytest.mark.once
def test_what_is_no_cell_of_vectors():
    for thing in (
        keras_seq.LSTM(4),
        keras_seq.LSTMCell,
        keras_seq.ConvLSTM2DCell(4, 3),
        keras.layers.RNN(keras.layers.LSTMCell(4)),
        keras.layers.Dense(4),
    ):
        with pytest.raises(ValueError, match="^AttentionCell: `cell` must be a recurrent cell of "):
            keras_seq.AttentionCell(thing, keras_seq.AdditiveAttention(4))


def test_states_of_a_stack_of_cells():
    cell = keras.layers.StackedRNNCells([keras.layers.LSTMCell(U), keras.layers.GRUCell(2)])
    layer = keras_seq.AttentionRNN(keras_seq.AttentionCell(cell, keras_seq.AdditiveAttention(4)))
    x, memory = zeros(B, T, F), zeros(B, S, M)
    states = [zeros(B, U), zeros(B, U), zeros(B, 2)]
    assert layer(x, memory, initial_state=states).shape == (B, T, 2)
    wrong = [zeros(B, U), zeros(B, U), zeros(1, 2)]
    wanted = "`initial_state state_3` must be of shape (B, U) with B=2, U=2."
    refused(layer, wanted, x, memory, initial_state=wrong)
