"""The recurrent additive network: its state is a weighted sum of its inputs."""

import keras
from keras import ops

from keras_seq.dropout import DropoutMasks
from keras_seq.recurrent.cell import RecurrentCell
from keras_seq.recurrent.layer import RecurrentLayer


@keras.saving.register_keras_serializable("keras_seq")
class RANCell(RecurrentCell):
    """One step of a recurrent additive network.

        i  = sigmoid(x W_i + h R_i + b_i)
        f  = sigmoid(x W_f + h R_f + b_f)
        c' = f * c + i * (x W_c)
        h' = tanh(c')

    Weights: `kernel` (F, 3U) with the gates in the order i, f, c, `recurrent_kernel` (U, 2U) and
    `bias` (2U,) for i and f; b_f starts at 1. Number of parameters: (3F + 2U + 2) U.

    Args:
        units: U, a positive integer.
        activation: activation function of the output.
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
    >>> rnn = keras.layers.RNN(keras_seq.RANCell(8))
    >>> tuple(rnn(keras.ops.ones((2, 5, 3))).shape)
    (2, 8)

    Reference: Lee, Levy and Zettlemoyer, Recurrent Additive Networks, 2017.
    """

    family = "ran"
    state_names = ("h", "c")
    gates = ("i", "f", "c")
    omits = ("layer_norm",)

    def build(self, input_shape):
        two = 2 * self.units
        bias = self.bias_with(f=1.0)
        self.build_kernels(input_shape, (two,), bias, recurrent_shape=(self.units, two))
        self.built = True

    def step(self, projected, states, dropout_masks=DropoutMasks()):
        h, c = states
        gates, content = ops.split(projected, [2 * self.units], axis=-1)
        i, f = ops.split(gates + self.recurrent(h, dropout_masks, slice(0, 2)), 2, axis=-1)
        c = self.recurrent_activation(f) * c + self.recurrent_activation(i) * content
        return [self.activation(c), c]


@keras.saving.register_keras_serializable("keras_seq")
class RAN(RecurrentLayer):
    """A recurrent additive network over a sequence.

    The arguments are those of `keras_seq.RANCell` and, by keyword, those of
    `keras_seq.recurrent.RecurrentLayer`, which describes call arguments, results and masks.

    Example:

    >>> import keras_seq
    >>> layer = keras_seq.RAN(8, return_sequences=True)
    >>> tuple(layer(keras.ops.ones((2, 5, 3))).shape)
    (2, 5, 8)
    >>> layer.count_params()  # (3 * 3 + 2 * 8 + 2) * 8
    216

    Reference: see `keras_seq.RANCell`.
    """

    cell_class = RANCell
