"""The IRNN: a simple recurrent network of rectifiers that starts as an accumulator."""

from typing import Unpack

import keras

from keras_seq.recurrent.cell import Activation, CellArguments, Initializer
from keras_seq.recurrent.simple_rnn import SimpleRNN, SimpleRNNCell


@keras.saving.register_keras_serializable("keras_seq")
class IRNNCell(SimpleRNNCell):
    """One step of an IRNN.

        h' = relu(x W + h R + b),  where R starts as the identity matrix

    A new cell adds up its inputs and forgets nothing, and its gradients neither vanish nor explode.

    Weights: `kernel` W (F, U), `recurrent_kernel` R (U, U), `bias` b (U,). Number of parameters: (F
    + U + 1) U.

    Args:
        units: U, a positive integer.
        activation: activation function of the state.
        kernel_initializer: initializer of W; None is a normal distribution with standard deviation
            0.001, as in the paper.
        recurrent_initializer: initializer of R.
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
    >>> rnn = keras.layers.RNN(keras_seq.IRNNCell(8))
    >>> tuple(rnn(keras.ops.ones((2, 5, 3))).shape)
    (2, 8)

    Reference: Le, Jaitly and Hinton, A Simple Way to Initialize Recurrent Networks of Rectified
    Linear Units, 2015.
    """

    family = "irnn"

    def __init__(
        self,
        units: int,
        activation: Activation = "relu",
        *,
        kernel_initializer: Initializer = None,
        recurrent_initializer: Initializer = "identity",
        **kwargs: Unpack[CellArguments],
    ):
        super().__init__(
            units,
            activation,
            kernel_initializer=kernel_initializer or keras.initializers.RandomNormal(stddev=0.001),
            recurrent_initializer=recurrent_initializer,
            **kwargs,
        )


@keras.saving.register_keras_serializable("keras_seq")
class IRNN(SimpleRNN):
    """An IRNN over a sequence.

    The arguments are those of `keras_seq.IRNNCell` and, by keyword, those of
    `keras_seq.recurrent.RecurrentLayer`, which describes call arguments, results and masks.

    Example:

    >>> import keras_seq
    >>> layer = keras_seq.IRNN(8, return_sequences=True)
    >>> tuple(layer(keras.ops.ones((2, 5, 3))).shape)
    (2, 5, 8)
    >>> layer.count_params()  # (3 + 8 + 1) * 8
    96

    Reference: see `keras_seq.IRNNCell`.
    """

    cell_class = IRNNCell
