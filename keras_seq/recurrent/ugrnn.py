"""The update-gate RNN: a simple recurrent network with one gate."""

import keras
from keras import ops

from keras_seq.dropout import DropoutMasks
from keras_seq.recurrent.cell import RecurrentCell
from keras_seq.recurrent.layer import RecurrentLayer


@keras.saving.register_keras_serializable("keras_seq")
class UGRNNCell(RecurrentCell):
    """One step of an update-gate recurrent network.

        g  = sigmoid(x W_g + h R_g + b_g)
        n  = tanh(x W_h + h R_h + b_h)
        h' = g * h + (1 - g) * n

    Weights: `kernel` (F, 2U), `recurrent_kernel` (U, 2U), `bias` (2U,), with the gates in the order
    g, h. Number of parameters: 2 (F + U + 1) U.

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
    >>> rnn = keras.layers.RNN(keras_seq.UGRNNCell(8))
    >>> tuple(rnn(keras.ops.ones((2, 5, 3))).shape)
    (2, 8)

    Reference: Collins, Sohl-Dickstein and Sussillo, Capacity and Trainability in Recurrent Neural
    Networks, ICLR 2017.
    """

    family = "ugrnn"
    gates = ("g", "h")

    def step(self, projected, states, dropout_masks=DropoutMasks()):
        (h,) = states
        g, n = ops.split(projected + self.recurrent(h, dropout_masks), 2, axis=-1)
        g = self.recurrent_activation(g)
        return [g * h + (1.0 - g) * self.activation(n)]


@keras.saving.register_keras_serializable("keras_seq")
class UGRNN(RecurrentLayer):
    """An update-gate recurrent network over a sequence.

    The arguments are those of `keras_seq.UGRNNCell` and, by keyword, those of
    `keras_seq.recurrent.RecurrentLayer`, which describes call arguments, results and masks.

    Example:

    >>> import keras_seq
    >>> layer = keras_seq.UGRNN(8, return_sequences=True)
    >>> tuple(layer(keras.ops.ones((2, 5, 3))).shape)
    (2, 5, 8)
    >>> layer.count_params()  # 2 * (3 + 8 + 1) * 8
    192

    Reference: see `keras_seq.UGRNNCell`.
    """

    cell_class = UGRNNCell
