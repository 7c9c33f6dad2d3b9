"""Recurrences that add to their state, from a linear one to a gated one."""

from typing import Unpack

import keras
from keras import ops

from keras_seq import checks
from keras_seq.dropout import DropoutMasks
from keras_seq.recurrent.cell import Activation, CellArguments, RecurrentCell
from keras_seq.recurrent.layer import RecurrentLayer


@keras.saving.register_keras_serializable("keras_seq")
class ResidualRNNCell(RecurrentCell):
    """One step of a residual recurrent network.

        h' = h + tanh(x W + b)                          form="linear"
        h' = h + tanh(x W + h R + b)                    form="nonlinear"
        h' = h + z * tanh(x W + h R + b)                form="gated"
            where z = sigmoid(x W_z + h R_z + b_z)

    The gradient reaches every earlier step through the sum. The state of the first two can grow
    without a bound. A GRU is the next step: h' = h + z * (n - h).

    Weights: `kernel` (F, G U), `recurrent_kernel` (U, G U) except for "linear", `bias` (G U,), with
    G = 2 and the gates in the order z, h for "gated", and G = 1 otherwise. Number of parameters: (F
    + 1) U for "linear", G (F + U + 1) U otherwise.

    Args:
        units: U, a positive integer.
        form: "linear", "nonlinear" or "gated".
        activation: activation function of what is added.
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
    >>> rnn = keras.layers.RNN(keras_seq.ResidualRNNCell(8, form="gated"))
    >>> tuple(rnn(keras.ops.ones((2, 5, 3))).shape)
    (2, 8)

    Reference: He et al., Deep Residual Learning for Image Recognition, CVPR 2016 (the residual
    form); Cho et al., 2014 (the gate).
    """

    family = "residual_rnn"
    omits = ("layer_norm",)

    def __init__(
        self,
        units: int,
        activation: Activation = "tanh",
        *,
        form: str = "gated",
        **kwargs: Unpack[CellArguments],
    ):
        super().__init__(units, activation, **kwargs)
        checks.one_of(self.owner, ("linear", "nonlinear", "gated"), form=form)
        if form == "linear" and (self.recurrent_dropout or self.recurrent_weight_dropout):
            together = "`form='linear'` and dropout of the state or of the recurrent kernel"
            checks.conflict(self.owner, together, "a linear cell has no recurrent kernel")
        self.form = form

    @property
    def gates(self):
        return ("z", "h") if self.form == "gated" else ("h",)

    def build(self, input_shape):
        self.build_kernels(input_shape, recurrent_shape=() if self.form == "linear" else None)
        self.built = True

    def step(self, projected, states, dropout_masks=DropoutMasks()):
        (h,) = states
        if self.form != "linear":
            projected = projected + self.recurrent(h, dropout_masks)
        *z, added = ops.split(projected, len(self.gates), axis=-1)
        added = self.activation(added)
        return [h + (self.recurrent_activation(z[0]) * added if z else added)]


@keras.saving.register_keras_serializable("keras_seq")
class ResidualRNN(RecurrentLayer):
    """A residual recurrent network over a sequence.

    The arguments are those of `keras_seq.ResidualRNNCell` and, by keyword, those of
    `keras_seq.recurrent.RecurrentLayer`, which describes call arguments, results and masks.

    Example:

    >>> import keras_seq
    >>> layer = keras_seq.ResidualRNN(8, form="gated", return_sequences=True)
    >>> tuple(layer(keras.ops.ones((2, 5, 3))).shape)
    (2, 5, 8)
    >>> layer.count_params()  # 2 * (3 + 8 + 1) * 8
    192

    Reference: see `keras_seq.ResidualRNNCell`.
    """

    cell_class = ResidualRNNCell
