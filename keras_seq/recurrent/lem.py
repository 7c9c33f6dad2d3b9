"""Long expressive memory: two states, each with a time step that is learned."""

from typing import Unpack

import keras
from keras import ops

from keras_seq import checks
from keras_seq.dropout import DropoutMasks
from keras_seq.recurrent.cell import Activation, CellArguments, RecurrentCell
from keras_seq.recurrent.layer import RecurrentLayer


@keras.saving.register_keras_serializable("keras_seq")
class LEMCell(RecurrentCell):
    """One step of a long expressive memory.

        d  = dt * sigmoid(x W_d + y R_d + b_d)
        e  = dt * sigmoid(x W_e + y R_e + b_e)
        z' = (1 - d) * z + d * tanh(x W_z + y R_z + b_z)
        y' = (1 - e) * y + e * tanh(x W_y + z' R_y + b_y)

    Weights: `kernel` (F, 4U), `recurrent_kernel` (U, 4U), `bias` (4U,), with the gates in the order
    d, e, z, y. Number of parameters: 4 (F + U + 1) U.

    Args:
        units: U, a positive integer.
        dt: the largest time step, above 0.
        activation: activation function of the two candidates.
        **kwargs: the arguments that all cells share, those of
            `keras_seq.recurrent.RecurrentCell`.

    Call arguments:
        inputs: x, (B, F).
        states: [y, z], each (B, U).
        training: dropout and zoneout are random only when True.

    Returns:
        y', (B, U), and the new states [y', z'].

    Raises:
        ValueError: an argument is out of range, or a shape does not fit.

    Example:

    >>> import keras_seq
    >>> rnn = keras.layers.RNN(keras_seq.LEMCell(8))
    >>> tuple(rnn(keras.ops.ones((2, 5, 3))).shape)
    (2, 8)

    Reference: Rusch et al., Long Expressive Memory for Sequence Modeling, ICLR 2022.
    """

    family = "lem"
    state_names = ("y", "z")
    gates = ("d", "e", "z", "y")

    def __init__(
        self,
        units: int,
        activation: Activation = "tanh",
        *,
        dt: float = 1.0,
        **kwargs: Unpack[CellArguments],
    ):
        super().__init__(units, activation, **kwargs)
        checks.positive(self.owner, dt=dt)
        self.dt = dt

    def step(self, projected, states, dropout_masks=DropoutMasks()):
        y, z = states
        sigmoid, tanh = self.recurrent_activation, self.activation
        first, x_y = ops.split(projected, [3 * self.units], axis=-1)
        d, e, n = ops.split(first + self.recurrent(y, dropout_masks, slice(0, 3)), 3, axis=-1)
        d, e = self.dt * sigmoid(d), self.dt * sigmoid(e)
        z = (1.0 - d) * z + d * tanh(n)
        n = tanh(x_y + self.recurrent(z, dropout_masks, slice(3, 4)))
        return [(1.0 - e) * y + e * n, z]


@keras.saving.register_keras_serializable("keras_seq")
class LEM(RecurrentLayer):
    """A long expressive memory over a sequence.

    The arguments are those of `keras_seq.LEMCell` and, by keyword, those of
    `keras_seq.recurrent.RecurrentLayer`, which describes call arguments, results and masks.

    Example:

    >>> import keras_seq
    >>> layer = keras_seq.LEM(8, return_sequences=True)
    >>> tuple(layer(keras.ops.ones((2, 5, 3))).shape)
    (2, 5, 8)
    >>> layer.count_params()  # 4 * (3 + 8 + 1) * 8
    384

    Reference: see `keras_seq.LEMCell`.
    """

    cell_class = LEMCell
