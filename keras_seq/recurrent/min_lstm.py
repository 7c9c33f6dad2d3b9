"""The minimal LSTM that a parallel scan computes."""

from typing import Any, Unpack

import keras
from keras import ops

from keras_seq.backend import parallel
from keras_seq.dropout import DropoutMasks
from keras_seq.recurrent.activations import positive
from keras_seq.recurrent.cell import NO_RECURRENT_KERNEL, Activation, CellArguments, RecurrentCell
from keras_seq.recurrent.layer import RecurrentLayer


@keras.saving.register_keras_serializable("keras_seq")
class MinLSTMCell(RecurrentCell):
    """One step of a minLSTM.

        i  = sigmoid(x W_i + b_i)
        f  = sigmoid(x W_f + b_f)
        n  = g(x W_h + b_h),  g(a) = a + 0.5 where a >= 0, and sigmoid(a) elsewhere
        h' = f / (i + f) * h + i / (i + f) * n

    Gates and candidate do not depend on the state. So a layer computes all steps by a parallel
    scan, whose depth is about log2(T); see `keras_seq.MinGRUCell` for g.

    Weights: `kernel` (F, 3U), `bias` (3U,), with the gates in the order i, f, h; b_f starts at 1.
    Number of parameters: 3 (F + 1) U.

    Args:
        units: U, a positive integer.
        activation: g, activation function of n.
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
    >>> rnn = keras.layers.RNN(keras_seq.MinLSTMCell(8))
    >>> tuple(rnn(keras.ops.ones((2, 5, 3))).shape)
    (2, 8)

    Reference: Feng et al., Were RNNs All We Needed?, 2024.
    """

    family, native = "min_lstm", "parallel"
    gates = ("i", "f", "h")
    omits = ("recurrent_activation", *NO_RECURRENT_KERNEL)

    def __init__(
        self, units: int, activation: Activation = positive, **kwargs: Unpack[CellArguments]
    ):
        super().__init__(units, activation, **kwargs)

    def build(self, input_shape):
        bias = self.bias_with(f=1.0)
        self.build_kernels(input_shape, bias_initializer=bias, recurrent_shape=())
        self.built = True

    def linear_step(self, projected: Any) -> tuple[list, list]:
        """a and b of h' = a * h + b; see `keras_seq.backend.parallel`."""
        i, f, n = ops.split(projected, 3, axis=-1)
        # i / (i + f) without a division by what may be 0 in half precision.
        log_i, log_f = ops.log_sigmoid(i), ops.log_sigmoid(f)
        i, f = ops.sigmoid(log_i - log_f), ops.sigmoid(log_f - log_i)
        return [f], [i * self.activation(n)]

    def step(self, projected, states, dropout_masks=DropoutMasks()):
        return parallel.step(self, projected, states)


@keras.saving.register_keras_serializable("keras_seq")
class MinLSTM(RecurrentLayer):
    """A minLSTM over a sequence.

    The arguments are those of `keras_seq.MinLSTMCell` and, by keyword, those of
    `keras_seq.recurrent.RecurrentLayer`, which describes call arguments, results and masks.

    Example:

    >>> import keras_seq
    >>> layer = keras_seq.MinLSTM(8, return_sequences=True)
    >>> tuple(layer(keras.ops.ones((2, 5, 3))).shape)
    (2, 5, 8)
    >>> layer.count_params()  # 3 * (3 + 1) * 8
    96

    Reference: see `keras_seq.MinLSTMCell`.
    """

    cell_class = MinLSTMCell
