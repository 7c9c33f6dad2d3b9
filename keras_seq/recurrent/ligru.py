"""The light GRU of speech recognition: one gate and rectifiers."""

from typing import Unpack

import keras
from keras import ops

from keras_seq.dropout import DropoutMasks
from keras_seq.recurrent.cell import Activation, CellArguments, RecurrentCell
from keras_seq.recurrent.layer import RecurrentLayer


@keras.saving.register_keras_serializable("keras_seq")
class LiGRUCell(RecurrentCell):
    """One step of a light GRU.

        z  = sigmoid(x W_z + h R_z + b_z)
        n  = relu(x W_h + h R_h + b_h)
        h' = z * h + (1 - z) * n

    The paper normalizes the products with the inputs over the batch. Here `layer_norm=True`
    normalizes both products of each row, which does not depend on the other rows of a batch.

    Weights: `kernel` (F, 2U), `recurrent_kernel` (U, 2U), `bias` (2U,), with the gates in the order
    z, h. Number of parameters: 2 (F + U + 1) U.

    Args:
        units: U, a positive integer.
        activation: activation function of n.
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
    >>> rnn = keras.layers.RNN(keras_seq.LiGRUCell(8))
    >>> tuple(rnn(keras.ops.ones((2, 5, 3))).shape)
    (2, 8)

    Reference: Ravanelli et al., Light Gated Recurrent Units for Speech Recognition, IEEE
    Transactions on Emerging Topics in Computational Intelligence, 2018.
    """

    family = "ligru"
    gates = ("z", "h")

    def __init__(
        self, units: int, activation: Activation = "relu", **kwargs: Unpack[CellArguments]
    ):
        super().__init__(units, activation, **kwargs)

    def step(self, projected, states, dropout_masks=DropoutMasks()):
        (h,) = states
        z, n = ops.split(projected + self.recurrent(h, dropout_masks), 2, axis=-1)
        z = self.recurrent_activation(z)
        return [z * h + (1.0 - z) * self.activation(n)]


@keras.saving.register_keras_serializable("keras_seq")
class LiGRU(RecurrentLayer):
    """A light GRU over a sequence.

    The arguments are those of `keras_seq.LiGRUCell` and, by keyword, those of
    `keras_seq.recurrent.RecurrentLayer`, which describes call arguments, results and masks.

    Example:

    >>> import keras_seq
    >>> layer = keras_seq.LiGRU(8, return_sequences=True)
    >>> tuple(layer(keras.ops.ones((2, 5, 3))).shape)
    (2, 5, 8)
    >>> layer.count_params()  # 2 * (3 + 8 + 1) * 8
    192

    Reference: see `keras_seq.LiGRUCell`.
    """

    cell_class = LiGRUCell
