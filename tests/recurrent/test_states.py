"""A cell may have any number of states, which it names itself."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_seq.dropout import DropoutMasks
from keras_seq.recurrent.cell import RecurrentCell
from keras_seq.recurrent.layer import RecurrentLayer
from tests.gradients import assert_close, to_numpy

B, T, F, U = 2, 5, 3, 4
MASK = np.array([[1, 1, 0, 1, 1], [0, 1, 1, 0, 0]], bool)


class MomentumCell(RecurrentCell):
    """h' = tanh(x W + h R + b), m' = (m + h') / 2, n' = n + m': three states."""

    family, state_names = "momentum", ("h", "m", "n")

    def step(self, projected, states, dropout_masks=DropoutMasks()):
        h, m, n = states
        h = ops.tanh(projected + self.recurrent(h, dropout_masks))
        m = (m + h) / 2
        return [h, m, n + m]


class Momentum(RecurrentLayer):
    cell_class = MomentumCell


@pytest.mark.parametrize("zoneout", [0.0, 0.25])
def test_three_states_over_time(zoneout, rng):
    layer = Momentum(U, zoneout=zoneout, return_sequences=True, return_state=True)
    x = rng.normal(size=(B, T, F)).astype("float32")
    first = [rng.normal(size=(B, U)).astype("float32") for _ in range(3)]
    outputs, *last = layer(x, initial_state=first, mask=MASK)
    W, R, b = (to_numpy(w) for w in layer.trainable_weights)
    states, seen = [s.astype("float64") for s in first], np.zeros((B, U))
    for t in range(T):
        h, m, n = states
        h = np.tanh(x[:, t] @ W + h @ R + b)
        m = (m + h) / 2
        new = [o + (1 - zoneout) * (s - o) for o, s in zip(states, [h, m, n + m], strict=True)]
        real = MASK[:, t, None]
        states = [np.where(real, s, o) for o, s in zip(states, new, strict=True)]
        seen = np.where(real, states[0], seen)
        assert_close(to_numpy(outputs[:, t]), seen)
    for actual, expected in zip(last, states, strict=True):
        assert_close(to_numpy(actual), expected)


def test_an_error_names_the_states_of_the_cell(rng):
    layer, x = Momentum(U), np.zeros((B, T, F), "float32")
    with pytest.raises(ValueError, match=r"must be 3 tensors, \[h, m, n\]. Received: 2 tensors"):
        layer(x, initial_state=[np.zeros((B, U), "float32")] * 2)
    states = [np.zeros((B, size), "float32") for size in (U, U, U + 1)]
    with pytest.raises(ValueError, match=r"`initial_state n` must be of shape \(B, U\)"):
        layer(x, initial_state=states)


def test_no_native_loop_is_a_reason():
    with pytest.raises(ValueError) as error:
        Momentum(U, use_native=True)
    backend = keras.backend.backend()
    assert str(error.value) == (
        f"Momentum: `use_native=True` cannot be had on {backend}: none is written."
    )
