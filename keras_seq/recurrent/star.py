"""The stackable recurrent cell, whose gradients keep their size in deep stacks."""

import keras
from keras import ops

from keras_seq.dropout import DropoutMasks
from keras_seq.recurrent.cell import RecurrentCell
from keras_seq.recurrent.layer import RecurrentLayer


@keras.saving.register_keras_serializable("keras_seq")
class STARCell(RecurrentCell):
    """One step of a stackable recurrent cell.

        z  = tanh(x W_h + b_h)
        k  = sigmoid(x W_k + h R + b_k)
        h' = tanh((1 - k) * h + k * z)

    Weights: `kernel` (F, 2U) with the gates in the order k, h, `recurrent_kernel` R (U, U), `bias`
    (2U,). Number of parameters: 2 (F + 1) U + U^2.

    Args:
        units: U, a positive integer.
        activation: activation function of z and of the state.
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
    >>> rnn = keras.layers.RNN(keras_seq.STARCell(8))
    >>> tuple(rnn(keras.ops.ones((2, 5, 3))).shape)
    (2, 8)

    Reference: Turkoglu et al., Gating Revisited: Deep Multi-layer RNNs That Can Be Trained, IEEE
    Transactions on Pattern Analysis and Machine Intelligence, 2021.
    """

    family = "star"
    gates = ("k", "h")
    omits = ("layer_norm",)

    def build(self, input_shape):
        self.build_kernels(input_shape, recurrent_shape=(self.units, self.units))
        self.built = True

    def step(self, projected, states, dropout_masks=DropoutMasks()):
        (h,) = states
        x_k, x_h = ops.split(projected, 2, axis=-1)
        k = self.recurrent_activation(x_k + self.recurrent(h, dropout_masks, slice(0, 1)))
        return [self.activation((1.0 - k) * h + k * self.activation(x_h))]


@keras.saving.register_keras_serializable("keras_seq")
class STAR(RecurrentLayer):
    """A stackable recurrent cell over a sequence.

    The arguments are those of `keras_seq.STARCell` and, by keyword, those of
    `keras_seq.recurrent.RecurrentLayer`, which describes call arguments, results and masks.

    Example:

    >>> import keras_seq
    >>> layer = keras_seq.STAR(8, return_sequences=True)
    >>> tuple(layer(keras.ops.ones((2, 5, 3))).shape)
    (2, 5, 8)
    >>> layer.count_params()  # 2 * (3 + 1) * 8 + 8 * 8
    128

    Reference: see `keras_seq.STARCell`.
    """

    cell_class = STARCell
