"""The antisymmetric network: a stable differential equation, followed in small steps."""

from typing import Unpack

import keras
from keras import ops

from keras_seq import checks
from keras_seq.dropout import DropoutMasks
from keras_seq.recurrent.cell import Activation, CellArguments, RecurrentCell
from keras_seq.recurrent.layer import RecurrentLayer


@keras.saving.register_keras_serializable("keras_seq")
class AntisymmetricRNNCell(RecurrentCell):
    """One step of an antisymmetric recurrent network.

        A  = R - transpose(R) - gamma I
        h' = h + epsilon * tanh(x W_h + h A + b_h)              gated=False
        h' = h + epsilon * z * tanh(x W_h + h A + b_h)          gated=True
            where z = sigmoid(x W_z + h A + b_z)

    The eigenvalues of an antisymmetric matrix have no real part, so that gradients neither grow nor
    shrink; gamma makes up for the error of the finite step.

    Weights: `kernel` (F, G U), `recurrent_kernel` R (U, U), `bias` (G U,), with the gates in the
    order z, h. G is 2 with `gated` and 1 without. Number of parameters: G (F + 1) U + U^2.

    Args:
        units: U, a positive integer.
        gated: whether there is a gate.
        epsilon: size of a step, above 0.
        gamma: diffusion, at least 0.
        activation: activation function of what is added.
        **kwargs: the arguments that all cells share, those of
            `keras_seq.recurrent.RecurrentCell`.

    Call arguments:
        inputs: x, (B, F).
        states: [h], (B, U).
        training: dropout and zoneout are random only when True.

    Returns:
        h', (B, U), and the new states [h'].

    Raises:
        ValueError: an argument is out of range, or a shape does not fit.

    Example:

    >>> import keras_seq
    >>> rnn = keras.layers.RNN(keras_seq.AntisymmetricRNNCell(8, gated=True))
    >>> tuple(rnn(keras.ops.ones((2, 5, 3))).shape)
    (2, 8)

    Reference: Chang et al., AntisymmetricRNN: A Dynamical System View on Recurrent Neural Networks,
    ICLR 2019.
    """

    family = "antisymmetric_rnn"
    omits = ("layer_norm", "dropout_per_gate")

    def __init__(
        self,
        units: int,
        activation: Activation = "tanh",
        *,
        gated: bool = False,
        epsilon: float = 0.1,
        gamma: float = 0.01,
        **kwargs: Unpack[CellArguments],
    ):
        super().__init__(units, activation, **kwargs)
        checks.boolean(self.owner, gated=gated)
        checks.positive(self.owner, epsilon=epsilon)
        checks.non_negative(self.owner, gamma=gamma)
        self.gated, self.epsilon, self.gamma = gated, epsilon, gamma

    @property
    def gates(self):
        return ("z", "h") if self.gated else ("h",)

    def build_kernels(self, input_shape):
        super().build_kernels(input_shape, recurrent_shape=(self.units, self.units))

    def dropped_kernel(self, dropout_masks):
        R = super().dropped_kernel(dropout_masks)
        return R - ops.transpose(R) - self.gamma * ops.eye(self.units, dtype=R.dtype)

    def step(self, projected, states, dropout_masks=DropoutMasks()):
        (h,) = states
        from_h = self.recurrent(h, dropout_masks)
        *z, n = ops.split(projected, len(self.gates), axis=-1)
        n = self.activation(n + from_h)
        if self.gated:
            n = self.recurrent_activation(z[0] + from_h) * n
        return [h + self.epsilon * n]


@keras.saving.register_keras_serializable("keras_seq")
class AntisymmetricRNN(RecurrentLayer):
    """An antisymmetric recurrent network over a sequence.

    The arguments are those of `keras_seq.AntisymmetricRNNCell` and, by keyword, those of
    `keras_seq.recurrent.RecurrentLayer`, which describes call arguments, results and masks.

    Example:

    >>> import keras_seq
    >>> layer = keras_seq.AntisymmetricRNN(8, gated=True, return_sequences=True)
    >>> tuple(layer(keras.ops.ones((2, 5, 3))).shape)
    (2, 5, 8)
    >>> layer.count_params()  # 2 * (3 + 1) * 8 + 8 * 8
    128

    Reference: see `keras_seq.AntisymmetricRNNCell`.
    """

    cell_class = AntisymmetricRNNCell
