"""The cell found by neural architecture search."""

import keras
from keras import ops

from keras_seq.dropout import DropoutMasks
from keras_seq.recurrent.cell import RecurrentCell
from keras_seq.recurrent.layer import RecurrentLayer


@keras.saving.register_keras_serializable("keras_seq")
class NASCell(RecurrentCell):
    """One step of the cell of neural architecture search.

        p_k = x W_k for k = 1, ..., 8, and q_k = h R_k + b_k
        a_1 = sigmoid(p_1 + q_1)        a_2 = relu(p_2 + q_2)
        a_3 = sigmoid(p_3 + q_3)        a_4 = relu(p_4 * q_4)
        a_5 = tanh(p_5 + q_5)           a_6 = sigmoid(p_6 + q_6)
        a_7 = tanh(p_7 + q_7)           a_8 = sigmoid(p_8 + q_8)
        l   = tanh(tanh(a_1 * a_2) + c)
        c'  = l * tanh(a_3 + a_4)
        h'  = tanh(c' * tanh(tanh(a_5 * a_6) + sigmoid(a_7 + a_8)))

    This is the cell of `tensorflow_addons.rnn.NASCell`, whose states were in the order [c, h].

    Weights: `kernel` (F, 8U), `recurrent_kernel` (U, 8U), `bias` (8U,). Number of parameters: 8 (F
    + U + 1) U.

    Args:
        units: U, a positive integer.
        **kwargs: the arguments that all cells share, those of
            `keras_seq.recurrent.RecurrentCell`.

    Call arguments:
        inputs: x, (B, F).
        states: [h, c], each (B, U).
        training: dropout and zoneout are random only when True.

    Returns:
        h', (B, U), and the new states [h', c'].

    Raises:
        ValueError: an argument is out of range, or a shape does not fit.

    Example:

    >>> import keras_seq
    >>> rnn = keras.layers.RNN(keras_seq.NASCell(8))
    >>> tuple(rnn(keras.ops.ones((2, 5, 3))).shape)
    (2, 8)

    Reference: Zoph and Le, Neural Architecture Search with Reinforcement Learning, ICLR 2017.
    """

    family = "nas"
    state_names = ("h", "c")
    gates = ("1", "2", "3", "4", "5", "6", "7", "8")
    omits = ("activation", "recurrent_activation")

    def input_bias(self):
        return None  # the bias is on the side of the state

    def step(self, projected, states, dropout_masks=DropoutMasks()):
        h, c = states
        from_h = self.recurrent(h, dropout_masks)
        if self.bias is not None:
            from_h = from_h + self.value(self.bias)
        p = ops.split(projected, 8, axis=-1)
        q = ops.split(from_h, 8, axis=-1)
        sigmoid, tanh, relu = ops.sigmoid, ops.tanh, ops.relu
        first = tanh(sigmoid(p[0] + q[0]) * relu(p[1] + q[1]))
        second = tanh(sigmoid(p[2] + q[2]) + relu(p[3] * q[3]))
        third = tanh(tanh(p[4] + q[4]) * sigmoid(p[5] + q[5]))
        fourth = sigmoid(tanh(p[6] + q[6]) + sigmoid(p[7] + q[7]))
        c = tanh(first + c) * second
        return [tanh(c * tanh(third + fourth)), c]


@keras.saving.register_keras_serializable("keras_seq")
class NAS(RecurrentLayer):
    """The cell of neural architecture search over a sequence.

    The arguments are those of `keras_seq.NASCell` and, by keyword, those of
    `keras_seq.recurrent.RecurrentLayer`, which describes call arguments, results and masks.

    Example:

    >>> import keras_seq
    >>> layer = keras_seq.NAS(8, return_sequences=True)
    >>> tuple(layer(keras.ops.ones((2, 5, 3))).shape)
    (2, 5, 8)
    >>> layer.count_params()  # 8 * (3 + 8 + 1) * 8
    768

    Reference: see `keras_seq.NASCell`.
    """

    cell_class = NASCell
