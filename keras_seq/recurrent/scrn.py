"""The structurally constrained network: slow context units beside fast hidden units."""

import math
from typing import Unpack

import keras
from keras import ops

from keras_seq import checks
from keras_seq.dropout import DropoutMasks
from keras_seq.recurrent.cell import Activation, CellArguments, RecurrentCell
from keras_seq.recurrent.layer import RecurrentLayer


@keras.saving.register_keras_serializable("keras_seq")
class SCRNCell(RecurrentCell):
    """One step of a structurally constrained recurrent network.

        s' = (1 - a) * (x B) + a * s
        h' = sigmoid(x A + s' P + h R)
        output: h' and s', concatenated

    The context s is an average of the inputs over about 1 / (1 - a) steps. The output
    layer of the paper reads both.

    Weights: `kernel` A and B (F, U + C), `recurrent_kernel` R (U, U), `context_kernel` P (C, U),
    and with `learn_decay` the logit of a, `decay_logit` (C,). Number of parameters: F (U + C) + (U
    + C) U, with `learn_decay` C more. The paper has no bias.

    Args:
        units: U, a positive integer.
        context_units: C, the number of context units.
        decay: a, in (0, 1), or with `learn_decay` its first value.
        learn_decay: whether a is learned, for each context unit.
        activation: activation function of h.
        **kwargs: the arguments that all cells share, those of
            `keras_seq.recurrent.RecurrentCell`.

    Call arguments:
        inputs: x, (B, F).
        states: [hs], (B, U + C).
        training: dropout and zoneout are random only when True.

    Returns:
        h' and s', (B, U + C), and the new states [hs'].

    Raises:
        ValueError: an argument is out of range, or a shape does not fit.

    Example:

    >>> import keras_seq
    >>> rnn = keras.layers.RNN(keras_seq.SCRNCell(6, context_units=2))
    >>> tuple(rnn(keras.ops.ones((2, 5, 3))).shape)
    (2, 8)

    Reference: Mikolov et al., Learning Longer Memory in Recurrent Neural Networks, ICLR 2015
    workshop.
    """

    family = "scrn"
    state_names = ("hs",)
    omits = (
        "recurrent_activation",
        "use_bias",
        "bias_initializer",
        "bias_regularizer",
        "bias_constraint",
        "recurrent_dropout",
        "dropout_per_gate",
        "layer_norm",
    )

    def __init__(
        self,
        units: int,
        context_units: int,
        activation: Activation = "sigmoid",
        *,
        decay: float = 0.95,
        learn_decay: bool = False,
        **kwargs: Unpack[CellArguments],
    ):
        super().__init__(units, activation, **kwargs)
        checks.positive_int(self.owner, context_units=context_units)
        checks.boolean(self.owner, learn_decay=learn_decay)
        if isinstance(decay, bool) or not isinstance(decay, (int, float)) or not 0 < decay < 1:
            checks.refuse(self.owner, "decay", "a number in (0, 1)", decay)
        self.context_units = context_units
        self.decay = decay
        self.learn_decay = learn_decay

    @property
    def state_size(self):
        return [self.units + self.context_units]

    def build(self, input_shape):
        units, context = self.units, self.context_units
        self.use_bias = False
        self.build_kernels(input_shape, width=units + context, recurrent_shape=(units, units))
        self.context_kernel = self.add_kernel("context_kernel", (context, units))
        if self.learn_decay:
            logit = keras.initializers.Constant(math.log(self.decay / (1.0 - self.decay)))
            self.decay_logit = self.add_weight(
                shape=(context,), name="decay_logit", initializer=logit
            )
        self.built = True

    def step(self, projected, states, dropout_masks=DropoutMasks()):
        h, s = ops.split(states[0], [self.units], axis=-1)
        from_x, to_context = ops.split(projected, [self.units], axis=-1)
        a = ops.sigmoid(self.value(self.decay_logit)) if self.learn_decay else self.decay
        s = (1.0 - a) * to_context + a * s
        from_s = ops.matmul(s, self.value(self.context_kernel))
        from_h = ops.matmul(h, self.dropped_kernel(dropout_masks))
        return [ops.concatenate([self.activation(from_x + from_s + from_h), s], axis=-1)]


@keras.saving.register_keras_serializable("keras_seq")
class SCRN(RecurrentLayer):
    """A structurally constrained recurrent network over a sequence.

    The arguments are those of `keras_seq.SCRNCell` and, by keyword, those of
    `keras_seq.recurrent.RecurrentLayer`, which describes call arguments, results and masks.

    Example:

    >>> import keras_seq
    >>> layer = keras_seq.SCRN(6, context_units=2, return_sequences=True)
    >>> tuple(layer(keras.ops.ones((2, 5, 3))).shape)
    (2, 5, 8)
    >>> layer.count_params()  # 3 * 8 + 8 * 6
    72

    Reference: see `keras_seq.SCRNCell`.
    """

    cell_class = SCRNCell
