"""The clockwork RNN: groups of units that are updated at different periods."""

from typing import Unpack

import keras
from keras import ops

from keras_seq import checks
from keras_seq.dropout import DropoutMasks
from keras_seq.recurrent.cell import Activation, CellArguments, RecurrentCell
from keras_seq.recurrent.layer import RecurrentLayer


@keras.saving.register_keras_serializable("keras_seq")
class ClockworkRNNCell(RecurrentCell):
    """One step of a clockwork RNN.

        h'[k] = tanh(x W[k] + sum_{j >= k} h[j] R[j, k] + b[k])    where t mod period k is 0
        h'[k] = h[k]                                               at other steps

    The U units are G groups of U / G units, one for each period, and the periods grow. A group
    receives from itself and from slower groups. All groups are updated at the first step. A masked
    step does not advance the clock.

    Weights: `kernel` W (F, U), `recurrent_kernel` R (U, U), whose blocks from faster to slower
    groups are not used, `bias` b (U,). Number of parameters: (F + U + 1) U, of which U^2 (G - 1) /
    (2 G) are not used.

    Args:
        units: U, a positive integer.
        periods: the periods of the groups in ascending order, each from 1 to 2048; their number
            must divide U.
        activation: activation function of the state.
        **kwargs: the arguments that all cells share, those of
            `keras_seq.recurrent.RecurrentCell`.

    Call arguments:
        inputs: x, (B, F).
        states: [h, clock], (B, U) and (B, G); `clock` counts the steps since the last update of
            each group.
        training: dropout and zoneout are random only when True.

    Returns:
        h', (B, U), and the new states [h', clock'].

    Raises:
        ValueError: an argument is out of range, or a shape does not fit.

    Example:

    >>> import keras_seq
    >>> rnn = keras.layers.RNN(keras_seq.ClockworkRNNCell(8, periods=(1, 2, 4, 8)))
    >>> tuple(rnn(keras.ops.ones((2, 5, 3))).shape)
    (2, 8)

    Reference: Koutnik, Greff, Gomez and Schmidhuber, A Clockwork RNN, ICML 2014.
    """

    family = "clockwork_rnn"
    state_names = ("h", "clock")
    omits = ("recurrent_activation", "zoneout", "layer_norm")

    def __init__(
        self,
        units: int,
        activation: Activation = "tanh",
        *,
        periods: tuple[int, ...] = (1, 2, 4, 8),
        **kwargs: Unpack[CellArguments],
    ):
        super().__init__(units, activation, **kwargs)
        known = isinstance(periods, (list, tuple)) and len(periods) > 0
        if not known or any(type(p) is not int or not 1 <= p <= 2048 for p in periods):
            checks.refuse(self.owner, "periods", "a list of integers from 1 to 2048", periods)
        if list(periods) != sorted(set(periods)):
            checks.refuse(self.owner, "periods", "in ascending order, each once", periods)
        if units % len(periods):
            checks.conflict(
                self.owner,
                f"`units={units}` and `periods={tuple(periods)}`",
                "the number of periods must divide the units",
            )
        self.periods = list(periods)

    @property
    def state_size(self):
        return [self.units, len(self.periods)]

    def dropped_kernel(self, dropout_masks):
        group = ops.arange(self.units) // (self.units // len(self.periods))
        from_slower = ops.expand_dims(group, 1) >= ops.expand_dims(group, 0)
        return super().dropped_kernel(dropout_masks) * ops.cast(from_slower, self.compute_dtype)

    def step(self, projected, states, dropout_masks=DropoutMasks()):
        h, clock = states
        moves = ops.repeat(clock == 0, self.units // len(self.periods), axis=-1)
        new = self.activation(projected + self.recurrent(h, dropout_masks))
        clock = clock + 1.0
        around = clock >= ops.convert_to_tensor(self.periods, clock.dtype)
        return [ops.where(moves, new, h), ops.where(around, ops.zeros_like(clock), clock)]


@keras.saving.register_keras_serializable("keras_seq")
class ClockworkRNN(RecurrentLayer):
    """A clockwork RNN over a sequence.

    The arguments are those of `keras_seq.ClockworkRNNCell` and, by keyword, those of
    `keras_seq.recurrent.RecurrentLayer`, which describes call arguments, results and masks.

    Example:

    >>> import keras_seq
    >>> layer = keras_seq.ClockworkRNN(8, periods=(1, 2, 4, 8), return_sequences=True)
    >>> tuple(layer(keras.ops.ones((2, 5, 3))).shape)
    (2, 5, 8)
    >>> layer.count_params()  # (3 + 8 + 1) * 8
    96

    Reference: see `keras_seq.ClockworkRNNCell`.
    """

    cell_class = ClockworkRNNCell
