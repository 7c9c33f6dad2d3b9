"""The FastRNN: a simple recurrent network with a weighted residual connection."""

import keras
from keras import ops

from keras_seq.dropout import DropoutMasks
from keras_seq.recurrent.cell import RecurrentCell
from keras_seq.recurrent.layer import RecurrentLayer


@keras.saving.register_keras_serializable("keras_seq")
class FastRNNCell(RecurrentCell):
    """One step of a FastRNN.

        n  = tanh(x W + h R + b)
        h' = sigmoid(alpha) * n + sigmoid(beta) * h

    Weights: `kernel` W (F, U), `recurrent_kernel` R (U, U), `bias` b (U,), `alpha` and `beta` (1,),
    which start at -3 and 3. Number of parameters: (F + U + 1) U + 2.

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
    >>> rnn = keras.layers.RNN(keras_seq.FastRNNCell(8))
    >>> tuple(rnn(keras.ops.ones((2, 5, 3))).shape)
    (2, 8)

    Reference: Kusupati et al., FastGRNN: A Fast, Accurate, Stable and Tiny Kilobyte Sized Gated
    Recurrent Neural Network, NeurIPS 2018.
    """

    family = "fast_rnn"
    omits = ("recurrent_activation",)

    def build(self, input_shape):
        super().build(input_shape)
        constant = keras.initializers.Constant
        self.alpha = self.add_weight(shape=(1,), name="alpha", initializer=constant(-3.0))
        self.beta = self.add_weight(shape=(1,), name="beta", initializer=constant(3.0))

    def step(self, projected, states, dropout_masks=DropoutMasks()):
        (h,) = states
        n = self.activation(projected + self.recurrent(h, dropout_masks))
        return [ops.sigmoid(self.value(self.alpha)) * n + ops.sigmoid(self.value(self.beta)) * h]


@keras.saving.register_keras_serializable("keras_seq")
class FastRNN(RecurrentLayer):
    """A FastRNN over a sequence.

    The arguments are those of `keras_seq.FastRNNCell` and, by keyword, those of
    `keras_seq.recurrent.RecurrentLayer`, which describes call arguments, results and masks.

    Example:

    >>> import keras_seq
    >>> layer = keras_seq.FastRNN(8, return_sequences=True)
    >>> tuple(layer(keras.ops.ones((2, 5, 3))).shape)
    (2, 5, 8)
    >>> layer.count_params()  # (3 + 8 + 1) * 8 + 2
    98

    Reference: see `keras_seq.FastRNNCell`.
    """

    cell_class = FastRNNCell
