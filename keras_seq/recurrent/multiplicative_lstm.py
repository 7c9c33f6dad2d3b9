"""The multiplicative LSTM, whose recurrent matrix depends on the input."""

import keras
from keras import ops

from keras_seq.dropout import DropoutMasks
from keras_seq.recurrent.cell import RecurrentCell
from keras_seq.recurrent.layer import RecurrentLayer


@keras.saving.register_keras_serializable("keras_seq")
class MultiplicativeLSTMCell(RecurrentCell):
    """One step of a multiplicative LSTM.

        m  = (x W_m) * (h R_m)
        i  = sigmoid(x W_i + m R_i + b_i)
        f  = sigmoid(x W_f + m R_f + b_f)
        o  = sigmoid(x W_o + m R_o + b_o)
        c' = f * c + i * tanh(x W_c + m R_c + b_c)
        h' = o * tanh(c')

    Weights: `kernel` (F, 5U) and `recurrent_kernel` (U, 5U) with the gates in the order i, f, c, o,
    m, `bias` (4U,) for i, f, c, o; b_f starts at 1. Number of parameters: 5 (F + U) U + 4U.

    Args:
        units: U, a positive integer.
        activation: activation function of the candidate and of c'.
        **kwargs: the arguments that all cells share, those of
            `keras_seq.recurrent.RecurrentCell`.

    Call arguments:
        inputs: x, (B, F).
        states: [h, c], each (B, U).
        training: dropout and zoneout are random only when True.

    Returns:
        h', (B, U), and the new states [h', c'].

    Raises:
        ValueError: an argument is out of range, or a shape does not fit.

    Example:

    >>> import keras_seq
    >>> rnn = keras.layers.RNN(keras_seq.MultiplicativeLSTMCell(8))
    >>> tuple(rnn(keras.ops.ones((2, 5, 3))).shape)
    (2, 8)

    Reference: Krause et al., Multiplicative LSTM for Sequence Modelling, ICLR 2017 workshop.
    """

    family = "multiplicative_lstm"
    state_names = ("h", "c")
    gates = ("i", "f", "c", "o", "m")

    def build_kernels(self, input_shape):
        super().build_kernels(input_shape, (4 * self.units,), self.bias_with(f=1.0))

    def step(self, projected, states, dropout_masks=DropoutMasks()):
        h, c = states
        sigmoid, tanh = self.recurrent_activation, self.activation
        from_x, x_m = ops.split(projected, [4 * self.units], axis=-1)
        m = x_m * self.recurrent(h, dropout_masks, slice(4, 5))
        sums = from_x + self.recurrent(m, dropout_masks, slice(0, 4))
        i, f, g, o = ops.split(sums, 4, axis=-1)
        c = sigmoid(f) * c + sigmoid(i) * tanh(g)
        return [sigmoid(o) * tanh(c), c]


@keras.saving.register_keras_serializable("keras_seq")
class MultiplicativeLSTM(RecurrentLayer):
    """A multiplicative LSTM over a sequence.

    The arguments are those of `keras_seq.MultiplicativeLSTMCell` and, by keyword, those of
    `keras_seq.recurrent.RecurrentLayer`, which describes call arguments, results and masks.

    Example:

    >>> import keras_seq
    >>> layer = keras_seq.MultiplicativeLSTM(8, return_sequences=True)
    >>> tuple(layer(keras.ops.ones((2, 5, 3))).shape)
    (2, 5, 8)
    >>> layer.count_params()  # 5 * (3 + 8) * 8 + 4 * 8
    472

    Reference: see `keras_seq.MultiplicativeLSTMCell`.
    """

    cell_class = MultiplicativeLSTMCell
