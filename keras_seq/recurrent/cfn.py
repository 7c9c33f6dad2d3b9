"""The chaos-free network, whose state dies away without input."""

import keras
from keras import ops

from keras_seq.dropout import DropoutMasks
from keras_seq.recurrent.cell import RecurrentCell
from keras_seq.recurrent.layer import RecurrentLayer


@keras.saving.register_keras_serializable("keras_seq")
class CFNCell(RecurrentCell):
    """One step of a chaos-free network.

        theta = sigmoid(x W_t + h R_t + b_t)
        eta   = sigmoid(x W_e + h R_e + b_e)
        h'    = theta * tanh(h) + eta * tanh(x W_h)

    Weights: `kernel` (F, 3U) with the gates in the order t, e, h, `recurrent_kernel` (U, 2U) and
    `bias` (2U,) for t and e, which start at 1 and -1. Number of parameters: (3F + 2U + 2) U.

    Args:
        units: U, a positive integer.
        activation: activation function of the state and of the input.
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
    >>> rnn = keras.layers.RNN(keras_seq.CFNCell(8))
    >>> tuple(rnn(keras.ops.ones((2, 5, 3))).shape)
    (2, 8)

    Reference: Laurent and von Brecht, A Recurrent Neural Network Without Chaos, ICLR 2017.
    """

    family = "cfn"
    gates = ("t", "e", "h")
    omits = ("layer_norm",)

    def build(self, input_shape):
        two = 2 * self.units
        bias = self.bias_with(t=1.0, e=-1.0)
        self.build_kernels(input_shape, (two,), bias, recurrent_shape=(self.units, two))
        self.built = True

    def step(self, projected, states, dropout_masks=DropoutMasks()):
        (h,) = states
        gates, x_h = ops.split(projected, [2 * self.units], axis=-1)
        theta, eta = ops.split(gates + self.recurrent(h, dropout_masks, slice(0, 2)), 2, axis=-1)
        kept = self.recurrent_activation(theta) * self.activation(h)
        return [kept + self.recurrent_activation(eta) * self.activation(x_h)]


@keras.saving.register_keras_serializable("keras_seq")
class CFN(RecurrentLayer):
    """A chaos-free network over a sequence.

    The arguments are those of `keras_seq.CFNCell` and, by keyword, those of
    `keras_seq.recurrent.RecurrentLayer`, which describes call arguments, results and masks.

    Example:

    >>> import keras_seq
    >>> layer = keras_seq.CFN(8, return_sequences=True)
    >>> tuple(layer(keras.ops.ones((2, 5, 3))).shape)
    (2, 5, 8)
    >>> layer.count_params()  # (3 * 3 + 2 * 8 + 2) * 8
    216

    Reference: see `keras_seq.CFNCell`.
    """

    cell_class = CFNCell
