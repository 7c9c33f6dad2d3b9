"""The Jordan network, whose output is fed back."""

from typing import Unpack

import keras
from keras import ops

from keras_seq import checks
from keras_seq.dropout import DropoutMasks
from keras_seq.recurrent.cell import Activation, CellArguments, RecurrentCell
from keras_seq.recurrent.layer import RecurrentLayer


@keras.saving.register_keras_serializable("keras_seq")
class JordanCell(RecurrentCell):
    """One step of a Jordan network.

        h  = tanh(x W + y R + b)
        y' = h V + c

    The output y is fed back, not the hidden layer h. So the readout is inside the cell.

    Weights: `kernel` W (F, U), `recurrent_kernel` R (O, U), `bias` b (U,), `output_kernel` V (U,
    O), `output_bias` c (O,). Number of parameters: (F + O + 1) U + (U + 1) O.

    Args:
        units: U, a positive integer.
        output_units: O, the size of the output.
        activation: activation function of h.
        output_activation: activation function of y.
        **kwargs: the arguments that all cells share, those of
            `keras_seq.recurrent.RecurrentCell`.

    Call arguments:
        inputs: x, (B, F).
        states: [y], (B, O).
        training: dropout and zoneout are random only when True.

    Returns:
        y', (B, O), and the new states [y'].

    Raises:
        ValueError: an argument is out of range, or a shape does not fit.

    Example:

    >>> import keras_seq
    >>> rnn = keras.layers.RNN(keras_seq.JordanCell(6, output_units=8))
    >>> tuple(rnn(keras.ops.ones((2, 5, 3))).shape)
    (2, 8)

    Reference: Jordan, Serial Order: A Parallel Distributed Processing Approach, 1986.
    """

    family = "jordan"
    state_names = ("y",)
    omits = ("recurrent_activation",)

    def __init__(
        self,
        units: int,
        output_units: int,
        activation: Activation = "tanh",
        *,
        output_activation: Activation = "linear",
        **kwargs: Unpack[CellArguments],
    ):
        super().__init__(units, activation, **kwargs)
        checks.positive_int(self.owner, output_units=output_units)
        self.output_units = output_units
        self.output_activation = self._activation(output_activation=output_activation)

    @property
    def state_size(self):
        return [self.output_units]

    def build(self, input_shape):
        super().build(input_shape)
        self.output_kernel = self.add_kernel("output_kernel", (self.units, self.output_units))
        self.output_bias = None
        if self.use_bias:
            self.output_bias = self.add_weight(
                shape=(self.output_units,),
                name="output_bias",
                initializer=self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
            )

    def step(self, projected, states, dropout_masks=DropoutMasks()):
        (y,) = states
        h = self.activation(projected + self.recurrent(y, dropout_masks))
        y = ops.matmul(h, self.value(self.output_kernel))
        if self.output_bias is not None:
            y = y + self.value(self.output_bias)
        return [self.output_activation(y)]


@keras.saving.register_keras_serializable("keras_seq")
class Jordan(RecurrentLayer):
    """A Jordan network over a sequence.

    The arguments are those of `keras_seq.JordanCell` and, by keyword, those of
    `keras_seq.recurrent.RecurrentLayer`, which describes call arguments, results and masks.

    Example:

    >>> import keras_seq
    >>> layer = keras_seq.Jordan(6, output_units=8, return_sequences=True)
    >>> tuple(layer(keras.ops.ones((2, 5, 3))).shape)
    (2, 5, 8)
    >>> layer.count_params()  # (3 + 8 + 1) * 6 + (6 + 1) * 8
    128

    Reference: see `keras_seq.JordanCell`.
    """

    cell_class = JordanCell
