"""The coupled oscillatory network: units are damped, driven oscillators."""

from typing import Unpack

import keras

from keras_seq import checks
from keras_seq.dropout import DropoutMasks
from keras_seq.recurrent.cell import Activation, CellArguments, RecurrentCell
from keras_seq.recurrent.layer import RecurrentLayer


@keras.saving.register_keras_serializable("keras_seq")
class CoRNNCell(RecurrentCell):
    """One step of a coupled oscillatory recurrent network.

        z' = z + dt * (tanh(x W + y R_y + z R_z + b) - gamma * y - epsilon * z)
        y' = y + dt * z'

    y are the positions of the oscillators and z their velocities.

    Weights: `kernel` W (F, U), `recurrent_kernel` (U, 2U) with R_y and R_z, `bias` b (U,). Number
    of parameters: (F + 2U + 1) U.

    Args:
        units: U, a positive integer.
        dt: time step, above 0.
        gamma: stiffness, the square of the frequency.
        epsilon: damping.
        activation: activation function of the coupling.
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
    >>> rnn = keras.layers.RNN(keras_seq.CoRNNCell(8))
    >>> tuple(rnn(keras.ops.ones((2, 5, 3))).shape)
    (2, 8)

    Reference: Rusch and Mishra, Coupled Oscillatory Recurrent Neural Network (coRNN): An Accurate
    and (Gradient) Stable Architecture for Learning Long Time Dependencies, ICLR 2021.
    """

    family = "cornn"
    state_names = ("y", "z")
    gates = ("y", "z")
    omits = ("recurrent_activation", "layer_norm", "dropout_per_gate")

    def __init__(
        self,
        units: int,
        activation: Activation = "tanh",
        *,
        dt: float = 0.05,
        gamma: float = 2.0,
        epsilon: float = 4.0,
        **kwargs: Unpack[CellArguments],
    ):
        super().__init__(units, activation, **kwargs)
        checks.positive(self.owner, dt=dt)
        checks.non_negative(self.owner, gamma=gamma, epsilon=epsilon)
        self.dt, self.gamma, self.epsilon = dt, gamma, epsilon

    def build_kernels(self, input_shape):
        super().build_kernels(input_shape, width=self.units)

    def step(self, projected, states, dropout_masks=DropoutMasks()):
        y, z = states
        force = projected + self.recurrent(y, dropout_masks, slice(0, 1))
        force = self.activation(force + self.recurrent(z, dropout_masks, slice(1, 2)))
        z = z + self.dt * (force - self.gamma * y - self.epsilon * z)
        return [y + self.dt * z, z]


@keras.saving.register_keras_serializable("keras_seq")
class CoRNN(RecurrentLayer):
    """A coupled oscillatory recurrent network over a sequence.

    The arguments are those of `keras_seq.CoRNNCell` and, by keyword, those of
    `keras_seq.recurrent.RecurrentLayer`, which describes call arguments, results and masks.

    Example:

    >>> import keras_seq
    >>> layer = keras_seq.CoRNN(8, return_sequences=True)
    >>> tuple(layer(keras.ops.ones((2, 5, 3))).shape)
    (2, 5, 8)
    >>> layer.count_params()  # (3 + 2 * 8 + 1) * 8
    160

    Reference: see `keras_seq.CoRNNCell`.
    """

    cell_class = CoRNNCell
