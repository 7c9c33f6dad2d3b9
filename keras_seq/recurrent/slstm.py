"""The sLSTM: an LSTM with exponential gates, kept in range by a stabilizer state."""

from typing import Unpack

import keras
from keras import ops

from keras_seq import checks
from keras_seq.dropout import DropoutMasks
from keras_seq.recurrent.cell import Activation, CellArguments, RecurrentCell
from keras_seq.recurrent.layer import RecurrentLayer


@keras.saving.register_keras_serializable("keras_seq")
class SLSTMCell(RecurrentCell):
    """One step of an sLSTM.

        log i = x W_i + h R_i + b_i
        log f = log sigmoid(x W_f + h R_f + b_f)           forget="sigmoid"
        log f = x W_f + h R_f + b_f                        forget="exp"
        m' = max(log f + m, log i)
        c' = exp(log f + m - m') * c + exp(log i - m') * tanh(x W_c + h R_c + b_c)
        n' = exp(log f + m - m') * n + exp(log i - m')
        h' = sigmoid(x W_o + h R_o + b_o) * c' / n'

    The stabilizer m cancels in c' / n', and no exponential overflows. With `heads` above 1, h is
    cut into equal heads, and a head receives from itself only.

    Weights: `kernel` (F, 4U), `recurrent_kernel` (U, 4U), `bias` (4U,), with the gates in the order
    i, f, c, o; b_f starts at 1. Number of parameters: 4 (F + U + 1) U, of which 4 (1 - 1 / heads)
    U^2 are not used.

    Args:
        units: U, a positive integer.
        forget: "sigmoid" or "exp"; the form of the forget gate.
        heads: number of heads; it must divide U.
        activation: activation function of the candidate.
        **kwargs: the arguments that all cells share, those of
            `keras_seq.recurrent.RecurrentCell`.

    Call arguments:
        inputs: x, (B, F).
        states: [h, c, n, m], each (B, U).
        training: dropout and zoneout are random only when True.

    Returns:
        h', (B, U), and the new states [h', c', n', m'].

    Raises:
        ValueError: an argument is out of range, or a shape does not fit.

    Example:

    >>> import keras_seq
    >>> rnn = keras.layers.RNN(keras_seq.SLSTMCell(8))
    >>> tuple(rnn(keras.ops.ones((2, 5, 3))).shape)
    (2, 8)

    Reference: Beck et al., xLSTM: Extended Long Short-Term Memory, NeurIPS 2024.
    """

    family = "slstm"
    state_names = ("h", "c", "n", "m")
    gates = ("i", "f", "c", "o")
    omits = ("zoneout",)

    def __init__(
        self,
        units: int,
        activation: Activation = "tanh",
        *,
        forget: str = "sigmoid",
        heads: int = 1,
        **kwargs: Unpack[CellArguments],
    ):
        super().__init__(units, activation, **kwargs)
        checks.one_of(self.owner, ("sigmoid", "exp"), forget=forget)
        checks.positive_int(self.owner, heads=heads)
        if units % heads:
            together = f"`units={units}` and `heads={heads}`"
            checks.conflict(self.owner, together, "the number of heads must divide the units")
        self.forget, self.heads = forget, heads

    def build_kernels(self, input_shape):
        super().build_kernels(input_shape, bias_initializer=self.bias_with(f=1.0))

    def dropped_kernel(self, dropout_masks):
        R = super().dropped_kernel(dropout_masks)
        if self.heads == 1:
            return R
        head = ops.arange(self.units) // (self.units // self.heads)
        same = ops.cast(ops.expand_dims(head, 1) == ops.expand_dims(head, 0), R.dtype)
        return R * ops.tile(same, (1, len(self.gates)))

    def step(self, projected, states, dropout_masks=DropoutMasks()):
        h, c, n, m = states
        log_i, log_f, g, o = ops.split(projected + self.recurrent(h, dropout_masks), 4, axis=-1)
        if self.forget == "sigmoid":
            log_f = ops.log_sigmoid(log_f)
        old, m = log_f + m, ops.maximum(log_f + m, log_i)
        f, i = ops.exp(old - m), ops.exp(log_i - m)
        c, n = f * c + i * self.activation(g), f * n + i
        return [self.recurrent_activation(o) * c / n, c, n, m]


@keras.saving.register_keras_serializable("keras_seq")
class SLSTM(RecurrentLayer):
    """An sLSTM over a sequence.

    The arguments are those of `keras_seq.SLSTMCell` and, by keyword, those of
    `keras_seq.recurrent.RecurrentLayer`, which describes call arguments, results and masks.

    Example:

    >>> import keras_seq
    >>> layer = keras_seq.SLSTM(8, return_sequences=True)
    >>> tuple(layer(keras.ops.ones((2, 5, 3))).shape)
    (2, 5, 8)
    >>> layer.count_params()  # 4 * (3 + 8 + 1) * 8
    384

    Reference: see `keras_seq.SLSTMCell`.
    """

    cell_class = SLSTMCell
