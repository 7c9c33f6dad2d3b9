"""The FastGRNN: a gate and a candidate that share their matrices."""

import keras
from keras import ops

from keras_seq.dropout import DropoutMasks
from keras_seq.recurrent.cell import RecurrentCell
from keras_seq.recurrent.layer import RecurrentLayer


@keras.saving.register_keras_serializable("keras_seq")
class FastGRNNCell(RecurrentCell):
    """One step of a FastGRNN.

        z  = sigmoid(x W + h R + b_z)
        n  = tanh(x W + h R + b_h)
        h' = (sigmoid(zeta) * (1 - z) + sigmoid(nu)) * n + z * h

    Weights: `kernel` W (F, U), `recurrent_kernel` R (U, U), `bias` (2, U) with b_z and b_h, `zeta`
    and `nu` (1,), which start at 1 and -4. Number of parameters: (F + U + 2) U + 2.

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
    >>> rnn = keras.layers.RNN(keras_seq.FastGRNNCell(8))
    >>> tuple(rnn(keras.ops.ones((2, 5, 3))).shape)
    (2, 8)

    Reference: Kusupati et al., FastGRNN: A Fast, Accurate, Stable and Tiny Kilobyte Sized Gated
    Recurrent Neural Network, NeurIPS 2018.
    """

    family = "fast_grnn"
    omits = ("dropout_per_gate",)

    def build_kernels(self, input_shape):
        super().build_kernels(input_shape, (2, self.units))

    def build(self, input_shape):
        super().build(input_shape)
        constant = keras.initializers.Constant
        self.zeta = self.add_weight(shape=(1,), name="zeta", initializer=constant(1.0))
        self.nu = self.add_weight(shape=(1,), name="nu", initializer=constant(-4.0))

    def input_bias(self):
        return None  # the gate and the candidate have their own

    def step(self, projected, states, dropout_masks=DropoutMasks()):
        (h,) = states
        b = self.value(self.bias) if self.bias is not None else (0.0, 0.0)
        shared = projected + self.recurrent(h, dropout_masks)
        z, n = self.recurrent_activation(shared + b[0]), self.activation(shared + b[1])
        zeta, nu = ops.sigmoid(self.value(self.zeta)), ops.sigmoid(self.value(self.nu))
        return [(zeta * (1.0 - z) + nu) * n + z * h]


@keras.saving.register_keras_serializable("keras_seq")
class FastGRNN(RecurrentLayer):
    """A FastGRNN over a sequence.

    The arguments are those of `keras_seq.FastGRNNCell` and, by keyword, those of
    `keras_seq.recurrent.RecurrentLayer`, which describes call arguments, results and masks.

    Example:

    >>> import keras_seq
    >>> layer = keras_seq.FastGRNN(8, return_sequences=True)
    >>> tuple(layer(keras.ops.ones((2, 5, 3))).shape)
    (2, 5, 8)
    >>> layer.count_params()  # (3 + 8 + 2) * 8 + 2
    106

    Reference: see `keras_seq.FastGRNNCell`.
    """

    cell_class = FastGRNNCell
