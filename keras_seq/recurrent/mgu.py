"""The minimal gated unit: a GRU with one gate."""

import keras
from keras import ops

from keras_seq.dropout import DropoutMasks
from keras_seq.recurrent.cell import RecurrentCell
from keras_seq.recurrent.layer import RecurrentLayer


@keras.saving.register_keras_serializable("keras_seq")
class MGUCell(RecurrentCell):
    """One step of a minimal gated unit.

        f  = sigmoid(x W_f + h R_f + b_f)
        n  = tanh(x W_h + (f * h) R_h + b_h)
        h' = (1 - f) * h + f * n

    Weights: `kernel` (F, 2U), `recurrent_kernel` (U, 2U), `bias` (2U,), with the gates in the order
    f, h. Number of parameters: 2 (F + U + 1) U.

    Args:
        units: U, a positive integer.
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
    >>> rnn = keras.layers.RNN(keras_seq.MGUCell(8))
    >>> tuple(rnn(keras.ops.ones((2, 5, 3))).shape)
    (2, 8)

    Reference: Zhou et al., Minimal Gated Unit for Recurrent Neural Networks, International Journal
    of Automation and Computing, 2016.
    """

    family = "mgu"
    gates = ("f", "h")

    def step(self, projected, states, dropout_masks=DropoutMasks()):
        (h,) = states
        x_f, x_h = ops.split(projected, 2, axis=-1)
        f = self.recurrent_activation(x_f + self.recurrent(h, dropout_masks, slice(0, 1)))
        n = self.activation(x_h + self.recurrent(f * h, dropout_masks, slice(1, 2)))
        return [(1.0 - f) * h + f * n]


@keras.saving.register_keras_serializable("keras_seq")
class MGU(RecurrentLayer):
    """A minimal gated unit over a sequence.

    The arguments are those of `keras_seq.MGUCell` and, by keyword, those of
    `keras_seq.recurrent.RecurrentLayer`, which describes call arguments, results and masks.

    Example:

    >>> import keras_seq
    >>> layer = keras_seq.MGU(8, return_sequences=True)
    >>> tuple(layer(keras.ops.ones((2, 5, 3))).shape)
    (2, 5, 8)
    >>> layer.count_params()  # 2 * (3 + 8 + 1) * 8
    192

    Reference: see `keras_seq.MGUCell`.
    """

    cell_class = MGUCell
