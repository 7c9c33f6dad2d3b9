"""The undamped oscillatory network: independent oscillators that keep their energy."""

from typing import Unpack

import keras
from keras import ops

from keras_seq import checks
from keras_seq.dropout import DropoutMasks
from keras_seq.recurrent.cell import Activation, CellArguments, Initializer, RecurrentCell
from keras_seq.recurrent.layer import RecurrentLayer


@keras.saving.register_keras_serializable("keras_seq")
class UnICORNNCell(RecurrentCell):
    """One step of an undamped independent oscillatory network.

        s  = dt * sigmoid(c)
        z' = z - s * (tanh(x W + w * y + b) + alpha * y)
        y' = y + s * z'

    Units are mixed by the next layer, so that layers are stacked.

    Weights: `kernel` W (F, U), `recurrent_kernel` w (U,), `bias` b (U,), `control` c (U,), the
    logit of each unit's time step divided by dt. Number of parameters: (F + 3) U.

    Args:
        units: U, a positive integer.
        dt: largest time step, above 0.
        alpha: stiffness, at least 0.
        activation: activation function of the force.
        recurrent_initializer: initializer of w; None is uniform in [0, 1], as in the paper.
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
    >>> rnn = keras.layers.RNN(keras_seq.UnICORNNCell(8))
    >>> tuple(rnn(keras.ops.ones((2, 5, 3))).shape)
    (2, 8)

    Reference: Rusch and Mishra, UnICORNN: A Recurrent Model for Learning Very Long Time
    Dependencies, ICML 2021.
    """

    family = "unicornn"
    state_names = ("y", "z")
    omits = ("recurrent_activation", "dropout_per_gate", "layer_norm")

    def __init__(
        self,
        units: int,
        activation: Activation = "tanh",
        *,
        dt: float = 0.1,
        alpha: float = 1.0,
        recurrent_initializer: Initializer = None,
        **kwargs: Unpack[CellArguments],
    ):
        initializer = recurrent_initializer or keras.initializers.RandomUniform(0.0, 1.0)
        super().__init__(units, activation, recurrent_initializer=initializer, **kwargs)
        checks.positive(self.owner, dt=dt)
        checks.non_negative(self.owner, alpha=alpha)
        self.dt, self.alpha = dt, alpha

    def build(self, input_shape):
        self.build_kernels(input_shape, recurrent_shape=(self.units,))
        near_half = keras.initializers.RandomUniform(-0.1, 0.1)
        self.control = self.add_weight(shape=(self.units,), name="control", initializer=near_half)
        self.built = True

    def step(self, projected, states, dropout_masks=DropoutMasks()):
        y, z = states
        seen = self.dropped_state(y, dropout_masks)
        force = self.activation(projected + seen * self.dropped_kernel(dropout_masks))
        s = self.dt * ops.sigmoid(self.value(self.control))
        z = z - s * (force + self.alpha * y)
        return [y + s * z, z]


@keras.saving.register_keras_serializable("keras_seq")
class UnICORNN(RecurrentLayer):
    """An undamped independent oscillatory network over a sequence.

    The arguments are those of `keras_seq.UnICORNNCell` and, by keyword, those of
    `keras_seq.recurrent.RecurrentLayer`, which describes call arguments, results and masks.

    Example:

    >>> import keras_seq
    >>> layer = keras_seq.UnICORNN(8, return_sequences=True)
    >>> tuple(layer(keras.ops.ones((2, 5, 3))).shape)
    (2, 5, 8)
    >>> layer.count_params()  # (3 + 3) * 8
    48

    Reference: see `keras_seq.UnICORNNCell`.
    """

    cell_class = UnICORNNCell
