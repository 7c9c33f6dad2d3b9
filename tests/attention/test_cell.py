"""The cell that looks: over time as step by step, whatever it wraps; and by its equations."""

import keras
import numpy as np
import pytest

import keras_seq
from tests.equations import attention as equations
from tests.gradients import assert_close, to_numpy

B, T, S, F, M, U = 3, 4, 5, 3, 4, 6
MASK = np.array([[1, 1, 1, 1], [1, 1, 0, 0], [0, 1, 0, 1]], bool)
MEMORY_MASK = np.array([[1, 1, 1, 1, 1], [1, 1, 0, 0, 0], [1, 0, 1, 1, 0]], bool)

CELLS = {
    "lstm": lambda: keras_seq.LSTMCell(U, peephole=True),
    "layer norm": lambda: keras_seq.GRUCell(U, layer_norm=True),
    "zoneout": lambda: keras_seq.LSTMCell(U, zoneout=0.3),
    "keras": lambda: keras.layers.GRUCell(U),
    "stacked": lambda: keras.layers.StackedRNNCells(
        [keras.layers.LSTMCell(U), keras.layers.LSTMCell(U)]
    ),
}
ATTENTIONS = {
    "additive": lambda: keras_seq.AdditiveAttention(7, normalize=True),
    "general": lambda: keras_seq.MultiplicativeAttention(),
    "coverage": lambda: keras_seq.AdditiveAttention(7, coverage=True),
    "monotonic": lambda: keras_seq.MultiplicativeAttention(monotonic=True),
}
PAIRS = [(cell, "additive", True) for cell in CELLS]
PAIRS += [("lstm", name, True) for name in ATTENTIONS]
PAIRS += [("lstm", "additive", False), ("stacked", "general", False), ("lstm", "monotonic", False)]


def decoder(rng, cell="lstm", attention="additive", **options):
    cell = keras_seq.AttentionCell(CELLS[cell](), ATTENTIONS[attention](), **options)
    layer = keras_seq.AttentionRNN(cell, return_weights=True, return_state=True)
    layer.build((B, T, F), (B, S, M))
    for weight in layer.trainable_weights:
        weight.assign(rng.normal(0, 0.5, weight.shape))
    return layer


def data(rng):
    inputs, memory = rng.normal(size=(B, T, F)), rng.normal(size=(B, S, M))
    return inputs.astype("float32"), memory.astype("float32")


@pytest.mark.parametrize("cell, attention, feeding", dict.fromkeys(PAIRS))
def test_over_time_is_step_by_step(cell, attention, feeding, rng):
    layer = decoder(rng, cell, attention, input_feeding=feeding)
    inputs, memory = data(rng)
    outputs, weights, last = layer(inputs, memory, memory_mask=MEMORY_MASK)
    prepared = layer.cell.prepare(memory, MEMORY_MASK)
    states = layer.cell.initial_states(prepared)
    for t in range(T):
        output, found, states = layer.cell(inputs[:, t], states, prepared)
        assert_close(to_numpy(output), to_numpy(outputs[:, t]), what=f"output {t}")
        assert_close(to_numpy(found), to_numpy(weights[:, t]), what=f"weights {t}")
    for one, other in zip(states["cell"], last, strict=True):
        assert_close(to_numpy(one), to_numpy(other))


@pytest.mark.parametrize("feeding", [True, False])
def test_masks(feeding, rng):
    """A masked step is as if it were not there; padding, NaN too, is not read."""
    layer = decoder(rng, input_feeding=feeding)
    inputs, memory = data(rng)
    spoilt = np.where(MASK[..., None], inputs, np.float32(np.nan))
    spoilt_memory = np.where(MEMORY_MASK[..., None], memory, np.float32(np.nan))
    outputs, weights, last = layer(spoilt, spoilt_memory, mask=MASK, memory_mask=MEMORY_MASK)
    for row in range(B):
        real, there = MASK[row], MEMORY_MASK[row]
        alone = layer(inputs[row : row + 1, real], memory[row : row + 1, there])
        assert_close(to_numpy(outputs)[row, real], to_numpy(alone[0])[0])
        assert_close(to_numpy(weights)[row][real][:, there], to_numpy(alone[1])[0])
        for one, other in zip(alone[2], last, strict=True):
            assert_close(to_numpy(one)[0], to_numpy(other)[row])
    assert_close(to_numpy(outputs)[1, 2:], to_numpy(outputs)[1, [1, 1]], 0.0)
    assert (to_numpy(outputs)[2, 0] == 0).all()


def test_starts_from_given_states(rng):
    layer = decoder(rng)
    inputs, memory = data(rng)
    whole = layer(inputs, memory)
    first = [rng.normal(size=(B, U)).astype("float32") for _ in range(2)]
    moved = layer(inputs, memory, initial_state=first)
    assert np.abs(to_numpy(moved[0]) - to_numpy(whole[0])).max() > 1e-3
    prepared = layer.cell.prepare(memory)
    output, *_ = layer.cell(inputs[:, 0], layer.cell.initial_states(prepared, first), prepared)
    assert_close(to_numpy(output), to_numpy(moved[0])[:, 0])


@pytest.mark.parametrize("feeding", [True, False])
def test_dropout_is_one_mask_for_all_steps(feeding):
    """Equal inputs and no way for the state to matter: what is dropped is dropped at every step."""
    cell = keras_seq.LSTMCell(U, dropout=0.5, recurrent_initializer="zeros", forget_gate=False)
    attention = keras_seq.MultiplicativeAttention()
    layer = keras_seq.AttentionRNN(keras_seq.AttentionCell(cell, attention, input_feeding=feeding))
    x, memory = np.ones((B, T, F), "float32"), np.zeros((B, S, M), "float32")
    one, two = (to_numpy(layer(x, memory, training=True)) for _ in range(2))
    assert np.abs(one - two).max() > 1e-4
    assert_close(to_numpy(layer(x, memory)), to_numpy(layer(x, memory)), 0.0)


@pytest.mark.slow
def test_learns_to_copy_backwards(rng):
    """What only attention can do: say the source in reverse, from states that know nothing."""
    source = rng.integers(1, 9, (200, 4))
    target = source[:, ::-1]
    given = np.pad(target[:, :-1], [[0, 0], [1, 0]])
    source = source + 9 * np.arange(4)  # what stands where
    memory_ids, last_ids = keras.Input((4,), dtype="int32"), keras.Input((4,), dtype="int32")
    memory, table = keras.layers.Embedding(36, 16)(memory_ids), keras.layers.Embedding(9, 16)
    cell = keras_seq.AttentionCell(keras_seq.GRUCell(32), keras_seq.AdditiveAttention(32))
    hidden = keras_seq.AttentionRNN(cell)(table(last_ids), memory)
    model = keras.Model([memory_ids, last_ids], keras.layers.Dense(9)(hidden))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.02), loss, metrics=["accuracy"])
    history = model.fit([source, given], target, epochs=40, batch_size=100, verbose=0)
    assert history.history["accuracy"][-1] > 0.9


def test_equations_with_input_feeding(rng):
    cell = keras_seq.AttentionCell(keras_seq.GRUCell(U), keras_seq.AdditiveAttention(7), units=5)
    layer = keras_seq.AttentionRNN(cell, return_weights=True)
    inputs, memory = data(rng)
    layer.build(inputs.shape, memory.shape)
    for weight in layer.weights:
        weight.assign(rng.normal(0, 0.5, weight.shape))
    weights = {w.name: to_numpy(w) for w in layer.trainable_weights}
    expected = equations.decode(weights, inputs, memory, MEMORY_MASK, {})
    found = layer(inputs, memory, memory_mask=MEMORY_MASK)
    for one, other in zip(found, expected, strict=True):
        assert_close(to_numpy(one), other)


DROPPING = {
    "recurrent": lambda: keras.layers.GRUCell(U, recurrent_dropout=0.5),
    "input": lambda: keras.layers.LSTMCell(U, dropout=0.5),
    "stack": lambda: keras.layers.StackedRNNCells(
        [keras.layers.GRUCell(U), keras.layers.GRUCell(U, dropout=0.5)]
    ),
    "stack of a stack": lambda: keras.layers.StackedRNNCells(
        [keras.layers.StackedRNNCells([keras.layers.SimpleRNNCell(U, recurrent_dropout=0.5)])]
    ),
    "ours in a stack": lambda: keras.layers.StackedRNNCells([keras_seq.GRUCell(U, dropout=0.5)]),
}


@pytest.mark.once
@pytest.mark.parametrize("kind", DROPPING)
def test_a_mask_that_nothing_would_renew_is_refused(kind):
    words = "^AttentionCell: `cell` must be without dropout, also in cells inside it"
    with pytest.raises(ValueError, match=words):
        keras_seq.AttentionCell(DROPPING[kind](), keras_seq.AdditiveAttention(3))


def test_dropout_of_our_cells_is_new_in_each_batch(rng):
    inputs, memory = data(rng)
    cell = keras_seq.GRUCell(U, dropout=0.5, recurrent_dropout=0.5)
    cell = keras_seq.AttentionCell(cell, keras_seq.AdditiveAttention(3))
    layer = keras_seq.AttentionRNN(cell)
    one, other = (to_numpy(layer(inputs, memory, training=True)) for _ in range(2))
    assert np.abs(one - other).max() > 1e-4
    assert layer(inputs[:2], memory[:2], training=True).shape[0] == 2


@pytest.mark.once
def test_what_is_refused():
    attention = keras_seq.AdditiveAttention(3)
    with pytest.raises(ValueError, match="^AttentionCell: `cell` must be a recurrent cell"):
        keras_seq.AttentionCell(keras.layers.Dense(3), attention)
    with pytest.raises(ValueError, match="^AttentionCell: `attention` must be keras_seq.Additive"):
        keras_seq.AttentionCell(keras_seq.GRUCell(3), keras.layers.Attention())
    with pytest.raises(ValueError, match="^AttentionRNN: `cell` must be a keras_seq.AttentionCell"):
        keras_seq.AttentionRNN(keras_seq.GRUCell(3))
    layer = keras_seq.AttentionRNN(keras_seq.AttentionCell(keras_seq.GRUCell(3), attention))
    with pytest.raises(ValueError, match=r"`inputs` must be of shape \(B, T, F\)"):
        layer(np.zeros((2, 3)), np.zeros((2, 3, 4)))
