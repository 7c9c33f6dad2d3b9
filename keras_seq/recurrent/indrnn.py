"""The independently recurrent network: the state of a unit depends on its own past only."""

from typing import Unpack

import keras

from keras_seq.dropout import DropoutMasks
from keras_seq.recurrent.cell import Activation, CellArguments, Initializer, RecurrentCell
from keras_seq.recurrent.layer import RecurrentLayer


@keras.saving.register_keras_serializable("keras_seq")
class IndRNNCell(RecurrentCell):
    """One step of an independently recurrent network.

        h' = relu(x W + u * h + b)

    Units are mixed by the next layer, so that IndRNNs are stacked.

    Weights: `kernel` W (F, U), `recurrent_kernel` u (U,), `bias` b (U,). Number of parameters: (F +
    2) U. For T steps the paper keeps |u| at or below 2^(1/T), by a
    constraint that clips u.

    Args:
        units: U, a positive integer.
        activation: activation function of the state.
        recurrent_initializer: initializer of u; None is uniform in [0, 1], as in the paper.
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
    >>> rnn = keras.layers.RNN(keras_seq.IndRNNCell(8))
    >>> tuple(rnn(keras.ops.ones((2, 5, 3))).shape)
    (2, 8)

    Reference: Li et al., Independently Recurrent Neural Network (IndRNN): Building a Longer and
    Deeper RNN, CVPR 2018.
    """

    family = "indrnn"
    omits = ("recurrent_activation", "dropout_per_gate", "layer_norm")

    def __init__(
        self,
        units: int,
        activation: Activation = "relu",
        *,
        recurrent_initializer: Initializer = None,
        **kwargs: Unpack[CellArguments],
    ):
        initializer = recurrent_initializer or keras.initializers.RandomUniform(0.0, 1.0)
        super().__init__(units, activation, recurrent_initializer=initializer, **kwargs)

    def build(self, input_shape):
        self.build_kernels(input_shape, recurrent_shape=(self.units,))
        self.built = True

    def step(self, projected, states, dropout_masks=DropoutMasks()):
        (h,) = states
        seen = self.dropped_state(h, dropout_masks)
        return [self.activation(projected + seen * self.dropped_kernel(dropout_masks))]


@keras.saving.register_keras_serializable("keras_seq")
class IndRNN(RecurrentLayer):
    """An independently recurrent network over a sequence.

    The arguments are those of `keras_seq.IndRNNCell` and, by keyword, those of
    `keras_seq.recurrent.RecurrentLayer`, which describes call arguments, results and masks.

    Example:

    >>> import keras_seq
    >>> layer = keras_seq.IndRNN(8, return_sequences=True)
    >>> tuple(layer(keras.ops.ones((2, 5, 3))).shape)
    (2, 5, 8)
    >>> layer.count_params()  # (3 + 2) * 8
    40

    Reference: see `keras_seq.IndRNNCell`.
    """

    cell_class = IndRNNCell
