"""JANET: an LSTM whose only gate is the forget gate."""

from typing import Unpack

import keras
from keras import ops

from keras_seq import checks
from keras_seq.dropout import DropoutMasks
from keras_seq.recurrent.cell import Activation, CellArguments, RecurrentCell
from keras_seq.recurrent.layer import RecurrentLayer


@keras.saving.register_keras_serializable("keras_seq")
class JANETCell(RecurrentCell):
    """One step of a JANET.

        s  = x W_f + h R_f + b_f
        n  = tanh(x W_h + h R_h + b_h)
        h' = sigmoid(s) * h + (1 - sigmoid(s - beta)) * n

    With beta above 0, a step adds more than it forgets.

    Weights: `kernel` (F, 2U), `recurrent_kernel` (U, 2U), `bias` (2U,), with the gates in the order
    f, h; b_f starts at 1. Number of parameters: 2 (F + U + 1) U.

    Args:
        units: U, a positive integer.
        beta: number subtracted from the argument of the input gate, at least 0.
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
    >>> rnn = keras.layers.RNN(keras_seq.JANETCell(8))
    >>> tuple(rnn(keras.ops.ones((2, 5, 3))).shape)
    (2, 8)

    Reference: van der Westhuizen and Lasenby, The Unreasonable Effectiveness of the Forget Gate,
    2018.
    """

    family = "janet"
    gates = ("f", "h")

    def __init__(
        self,
        units: int,
        activation: Activation = "tanh",
        *,
        beta: float = 1.0,
        **kwargs: Unpack[CellArguments],
    ):
        super().__init__(units, activation, **kwargs)
        checks.non_negative(self.owner, beta=beta)
        self.beta = beta

    def build_kernels(self, input_shape):
        super().build_kernels(input_shape, bias_initializer=self.bias_with(f=1.0))

    def step(self, projected, states, dropout_masks=DropoutMasks()):
        (h,) = states
        s, n = ops.split(projected + self.recurrent(h, dropout_masks), 2, axis=-1)
        sigmoid = self.recurrent_activation
        return [sigmoid(s) * h + (1.0 - sigmoid(s - self.beta)) * self.activation(n)]


@keras.saving.register_keras_serializable("keras_seq")
class JANET(RecurrentLayer):
    """A JANET over a sequence.

    The arguments are those of `keras_seq.JANETCell` and, by keyword, those of
    `keras_seq.recurrent.RecurrentLayer`, which describes call arguments, results and masks.

    Example:

    >>> import keras_seq
    >>> layer = keras_seq.JANET(8, return_sequences=True)
    >>> tuple(layer(keras.ops.ones((2, 5, 3))).shape)
    (2, 5, 8)
    >>> layer.count_params()  # 2 * (3 + 8 + 1) * 8
    192

    Reference: see `keras_seq.JANETCell`.
    """

    cell_class = JANETCell
