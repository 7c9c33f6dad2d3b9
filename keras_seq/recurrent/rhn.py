"""The recurrent highway network: several layers inside one time step."""

from typing import Unpack

import keras
from keras import ops

from keras_seq import checks
from keras_seq.dropout import DropoutMasks
from keras_seq.recurrent.cell import Activation, CellArguments, RecurrentCell
from keras_seq.recurrent.layer import RecurrentLayer


@keras.saving.register_keras_serializable("keras_seq")
class RHNCell(RecurrentCell):
    """One step of a recurrent highway network.

        s   = h
        n_l = tanh(x W_h [l = 1] + s R_h,l + b_h,l)
        t_l = sigmoid(x W_t [l = 1] + s R_t,l + b_t,l)         for l = 1, ..., L
        s   = t_l * n_l + (1 - t_l) * s
        h'  = s

    Weights: `kernel` (F, 2U), `recurrent_kernel` (U, 2 L U) with the columns h_1, t_1, h_2, t_2,
    ..., `bias` (L, 2U). Number of parameters: 2 (F + L U + L) U.

    Args:
        units: U, a positive integer.
        depth: L, the number of highway layers in a step.
        activation: activation function of n.
        transform_bias: the value from which every b_t starts; below 0 a new cell mostly carries.
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
    >>> rnn = keras.layers.RNN(keras_seq.RHNCell(8, depth=3))
    >>> tuple(rnn(keras.ops.ones((2, 5, 3))).shape)
    (2, 8)

    Reference: Zilly et al., Recurrent Highway Networks, ICML 2017.
    """

    family = "rhn"
    omits = ("layer_norm",)

    def __init__(
        self,
        units: int,
        depth: int = 2,
        activation: Activation = "tanh",
        *,
        transform_bias: float = -2.0,
        **kwargs: Unpack[CellArguments],
    ):
        super().__init__(units, activation, **kwargs)
        checks.positive_int(self.owner, depth=depth)
        self.depth = depth
        self.transform_bias = float(transform_bias)

    @property
    def gates(self):
        return ("h", "t") * self.depth

    def build(self, input_shape):
        def bias(shape, dtype=None):
            h = self.bias_initializer((self.depth, self.units), dtype=dtype)
            return ops.concatenate([h, ops.full(h.shape, self.transform_bias, dtype)], axis=-1)

        width = 2 * self.units
        self.build_kernels(input_shape, (self.depth, width), bias, width=width)
        self.built = True

    def step(self, projected, states, dropout_masks=DropoutMasks()):
        (s,) = states
        for layer in range(self.depth):
            gates = slice(2 * layer, 2 * layer + 2)
            sums = self.recurrent(s, dropout_masks, gates)
            if layer == 0:
                sums = sums + projected  # with its bias
            elif self.bias is not None:
                sums = sums + self.value(self.bias)[layer]
            n, t = ops.split(sums, 2, axis=-1)
            t = self.recurrent_activation(t)
            s = t * self.activation(n) + (1.0 - t) * s
        return [s]


@keras.saving.register_keras_serializable("keras_seq")
class RHN(RecurrentLayer):
    """A recurrent highway network over a sequence.

    The arguments are those of `keras_seq.RHNCell` and, by keyword, those of
    `keras_seq.recurrent.RecurrentLayer`, which describes call arguments, results and masks.

    Example:

    >>> import keras_seq
    >>> layer = keras_seq.RHN(8, depth=3, return_sequences=True)
    >>> tuple(layer(keras.ops.ones((2, 5, 3))).shape)
    (2, 5, 8)
    >>> layer.count_params()  # 2 * (3 + 3 * 8 + 3) * 8
    480

    Reference: see `keras_seq.RHNCell`.
    """

    cell_class = RHNCell
