"""The minimal GRU that a parallel scan computes."""

from typing import Any, Unpack

import keras
from keras import ops

from keras_seq.backend import parallel
from keras_seq.dropout import DropoutMasks
from keras_seq.recurrent.activations import positive
from keras_seq.recurrent.cell import NO_RECURRENT_KERNEL, Activation, CellArguments, RecurrentCell
from keras_seq.recurrent.layer import RecurrentLayer


@keras.saving.register_keras_serializable("keras_seq")
class MinGRUCell(RecurrentCell):
    """One step of a minGRU.

        z  = sigmoid(x W_z + b_z)
        n  = g(x W_h + b_h),  g(a) = a + 0.5 where a >= 0, and sigmoid(a) elsewhere
        h' = (1 - z) * h + z * n

    Gate and candidate do not depend on the state. So a layer computes all steps by a parallel scan,
    whose depth is about log2(T). g keeps the states positive, for which the paper's code computes
    with their logarithms; the scan here needs none, because no step divides.

    Weights: `kernel` (F, 2U), `bias` (2U,), with the gates in the order z, h. Number of parameters:
    2 (F + 1) U.

    Args:
        units: U, a positive integer.
        activation: g, activation function of n; "linear" is the form of the paper's first section.
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
    >>> rnn = keras.layers.RNN(keras_seq.MinGRUCell(8))
    >>> tuple(rnn(keras.ops.ones((2, 5, 3))).shape)
    (2, 8)

    Reference: Feng et al., Were RNNs All We Needed?, 2024.
    """

    family, native = "min_gru", "parallel"
    gates = ("z", "h")
    omits = NO_RECURRENT_KERNEL

    def __init__(
        self, units: int, activation: Activation = positive, **kwargs: Unpack[CellArguments]
    ):
        super().__init__(units, activation, **kwargs)

    def build(self, input_shape):
        self.build_kernels(input_shape, recurrent_shape=())
        self.built = True

    def linear_step(self, projected: Any) -> tuple[list, list]:
        """a and b of h' = a * h + b; see `keras_seq.backend.parallel`."""
        z, n = ops.split(projected, 2, axis=-1)
        z = self.recurrent_activation(z)
        return [1.0 - z], [z * self.activation(n)]

    def step(self, projected, states, dropout_masks=DropoutMasks()):
        return parallel.step(self, projected, states)


@keras.saving.register_keras_serializable("keras_seq")
class MinGRU(RecurrentLayer):
    """A minGRU over a sequence.

    The arguments are those of `keras_seq.MinGRUCell` and, by keyword, those of
    `keras_seq.recurrent.RecurrentLayer`, which describes call arguments, results and masks.

    Example:

    >>> import keras_seq
    >>> layer = keras_seq.MinGRU(8, return_sequences=True)
    >>> tuple(layer(keras.ops.ones((2, 5, 3))).shape)
    (2, 5, 8)
    >>> layer.count_params()  # 2 * (3 + 1) * 8
    64

    Reference: see `keras_seq.MinGRUCell`.
    """

    cell_class = MinGRUCell
