"""The bistable recurrent cell: each unit can hold one of two values permanently."""

import keras
from keras import ops

from keras_seq.dropout import DropoutMasks
from keras_seq.recurrent.cell import RecurrentCell
from keras_seq.recurrent.layer import RecurrentLayer


@keras.saving.register_keras_serializable("keras_seq")
class BRCCell(RecurrentCell):
    """One step of a bistable recurrent cell.

        a  = 1 + tanh(x W_a + u_a * h + b_a)
        c  = sigmoid(x W_c + u_c * h + b_c)
        h' = c * h + (1 - c) * tanh(x W_h + a * h + b_h)

    The state of a unit depends on its own past only. Where a is above 1 it has two stable states.

    Weights: `kernel` (F, 3U) with the gates in the order a, c, h, `recurrent_kernel` (2, U) with
    u_a and u_c, `bias` (3U,). Number of parameters: 3 (F + 1) U + 2U.

    Args:
        units: U, a positive integer.
        activation: activation function of a and of the candidate.
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
    >>> rnn = keras.layers.RNN(keras_seq.BRCCell(8))
    >>> tuple(rnn(keras.ops.ones((2, 5, 3))).shape)
    (2, 8)

    Reference: Vecoven, Ernst and Drion, A Bio-Inspired Bistable Recurrent Cell Allows for Long-
    Lasting Memory, PLOS ONE, 2021.
    """

    family = "brc"
    gates = ("a", "c", "h")
    omits = ("dropout_per_gate", "layer_norm")

    def build(self, input_shape):
        self.build_kernels(input_shape, recurrent_shape=(2, self.units))
        self.built = True

    def step(self, projected, states, dropout_masks=DropoutMasks()):
        (h,) = states
        kernel = self.dropped_kernel(dropout_masks)
        seen = self.dropped_state(h, dropout_masks)
        x_a, x_c, x_h = ops.split(projected, 3, axis=-1)
        a = 1.0 + self.activation(x_a + kernel[0] * seen)
        c = self.recurrent_activation(x_c + kernel[1] * seen)
        return [c * h + (1.0 - c) * self.activation(x_h + a * h)]


@keras.saving.register_keras_serializable("keras_seq")
class BRC(RecurrentLayer):
    """A bistable recurrent cell over a sequence.

    The arguments are those of `keras_seq.BRCCell` and, by keyword, those of
    `keras_seq.recurrent.RecurrentLayer`, which describes call arguments, results and masks.

    Example:

    >>> import keras_seq
    >>> layer = keras_seq.BRC(8, return_sequences=True)
    >>> tuple(layer(keras.ops.ones((2, 5, 3))).shape)
    (2, 5, 8)
    >>> layer.count_params()  # 3 * (3 + 1) * 8 + 2 * 8
    112

    Reference: see `keras_seq.BRCCell`.
    """

    cell_class = BRCCell
