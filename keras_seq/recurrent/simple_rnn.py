"""The simple recurrent network of Elman."""

import keras

from keras_seq.dropout import DropoutMasks
from keras_seq.recurrent.cell import RecurrentCell
from keras_seq.recurrent.layer import RecurrentLayer


@keras.saving.register_keras_serializable("keras_seq")
class SimpleRNNCell(RecurrentCell):
    """One step of a simple recurrent network.

        h' = tanh(x W + h R + b)

    Weights: `kernel` W (F, U), `recurrent_kernel` R (U, U), `bias` b (U,). Number of parameters: (F
    + U + 1) U. With our additional options off it has the weights and outputs of
    `keras.layers.SimpleRNNCell`.

    Args:
        units: U, a positive integer.
        activation: activation function of the state.
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
    >>> rnn = keras.layers.RNN(keras_seq.SimpleRNNCell(8))
    >>> tuple(rnn(keras.ops.ones((2, 5, 3))).shape)
    (2, 8)

    Reference: Elman, Finding Structure in Time, Cognitive Science, 1990.
    """

    family = "simple_rnn"
    omits = ("recurrent_activation",)
    native = "simple_rnn" if keras.backend.backend() == "torch" else None

    def step(self, projected, states, dropout_masks=DropoutMasks()):
        (h,) = states
        return [self.activation(projected + self.recurrent(h, dropout_masks))]


@keras.saving.register_keras_serializable("keras_seq")
class SimpleRNN(RecurrentLayer):
    """A simple recurrent network over a sequence.

    The arguments are those of `keras_seq.SimpleRNNCell` and, by keyword, those of
    `keras_seq.recurrent.RecurrentLayer`, which describes call arguments, results and masks.

    Example:

    >>> import keras_seq
    >>> layer = keras_seq.SimpleRNN(8, return_sequences=True)
    >>> tuple(layer(keras.ops.ones((2, 5, 3))).shape)
    (2, 5, 8)
    >>> layer.count_params()  # (3 + 8 + 1) * 8
    96

    Reference: see `keras_seq.SimpleRNNCell`.
    """

    cell_class = SimpleRNNCell
