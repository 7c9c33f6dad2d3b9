"""The MinimalRNN, whose candidate does not see the state."""

import keras
from keras import ops

from keras_seq.dropout import DropoutMasks
from keras_seq.recurrent.cell import RecurrentCell
from keras_seq.recurrent.layer import RecurrentLayer


@keras.saving.register_keras_serializable("keras_seq")
class MinimalRNNCell(RecurrentCell):
    """One step of a MinimalRNN.

        z  = tanh(x W + b)
        u  = sigmoid(h R_h + z R_z + b_u)
        h' = u * h + (1 - u) * z

    Weights: `kernel` W (F, U), `recurrent_kernel` (U, 2U) with R_h and R_z, `bias` (2, U) with b
    and b_u, which starts at 1. Number of parameters: (F + 2U + 2) U.

    Args:
        units: U, a positive integer.
        activation: activation function of z.
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
    >>> rnn = keras.layers.RNN(keras_seq.MinimalRNNCell(8))
    >>> tuple(rnn(keras.ops.ones((2, 5, 3))).shape)
    (2, 8)

    Reference: Chen, MinimalRNN: Toward More Interpretable and Trainable Recurrent Neural Networks,
    2017.
    """

    family = "minimal_rnn"
    gates = ("h", "z")
    omits = ("layer_norm", "dropout_per_gate")

    def build_kernels(self, input_shape):
        def bias(shape, dtype=None):
            b = self.bias_initializer((1, self.units), dtype=dtype)
            return ops.concatenate([b, ops.ones((1, self.units), dtype)])

        super().build_kernels(input_shape, (2, self.units), bias, width=self.units)

    def step(self, projected, states, dropout_masks=DropoutMasks()):
        (h,) = states
        z = self.activation(projected)
        kernel = self.dropped_kernel(dropout_masks)
        u = self.recurrent(h, dropout_masks, slice(0, 1)) + ops.matmul(z, kernel[:, self.units :])
        if self.bias is not None:
            u = u + self.recurrent_bias()
        u = self.recurrent_activation(u)
        return [u * h + (1.0 - u) * z]


@keras.saving.register_keras_serializable("keras_seq")
class MinimalRNN(RecurrentLayer):
    """A MinimalRNN over a sequence.

    The arguments are those of `keras_seq.MinimalRNNCell` and, by keyword, those of
    `keras_seq.recurrent.RecurrentLayer`, which describes call arguments, results and masks.

    Example:

    >>> import keras_seq
    >>> layer = keras_seq.MinimalRNN(8, return_sequences=True)
    >>> tuple(layer(keras.ops.ones((2, 5, 3))).shape)
    (2, 5, 8)
    >>> layer.count_params()  # (3 + 2 * 8 + 2) * 8
    168

    Reference: see `keras_seq.MinimalRNNCell`.
    """

    cell_class = MinimalRNNCell
