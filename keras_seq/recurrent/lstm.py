"""The LSTM family: one cell with the options of the literature, and its layer."""

from typing import Any

import keras
from keras import ops

from keras_seq import checks
from keras_seq.dropout import DropoutMasks
from keras_seq.recurrent.cell import (
    Activation,
    Constraint,
    Initializer,
    RecurrentCell,
    Regularizer,
)
from keras_seq.recurrent.layer import RecurrentLayer


@keras.saving.register_keras_serializable("keras_seq")
class LSTMCell(RecurrentCell):
    """One step of a long short-term memory, with the options of the literature.

        i  = sigmoid(x W_i + h R_i + p_i * c + b_i)
        f  = sigmoid(x W_f + h R_f + p_f * c + b_f)     coupled: 1 - i;  no forget gate: 1
        g  = tanh   (x W_c + h R_c           + b_c)
        c' = f * c + i * g                              then clipped to [-cell_clip, cell_clip]
        o  = sigmoid(x W_o + h R_o + p_o * c' + b_o)
        h' = (o * tanh(c')) P                           P: the projection, if there is one

    With `peephole=False` all p are 0. With `layer_norm`, x W becomes norm(x W) and h R becomes
    norm(h R), normalized over all gates together, and c' becomes norm(f * c + i * g). With
    `zoneout` z, each unit of a state keeps its old value with probability z at each step:
    h' = m * h + (1 - m) * h', and the same for c, with m ~ Bernoulli(z); at inference m = z.

    Weights: `kernel` W (F, 4U), `recurrent_kernel` R (H, 4U), `bias` b (4U,), with the gates in
    the order i, f, c, o; without a forget gate of its own (`coupled` or `forget_gate=False`)
    i, c, o and 3U. `peephole` p (3, U) in the order i, f, o, or (2, U) in the order i, o.
    `projection` P (U, H). H is `projection`, or U without one. Layer norm: `kernel_norm_gamma`,
    `kernel_norm_beta`, `recurrent_norm_gamma`, `recurrent_norm_beta` (4U,) or (3U,),
    `state_norm_gamma`, `state_norm_beta` (U,).

    Number of parameters, with m = U and n = F: 4((m+n)m + m), or 3((m+n)m + m) without a forget
    gate of its own. Peepholes add 3m (or 2m) and layer normalization 18m (or 14m). A projection
    to H turns (m+n)m into (H+n)m and adds mH.

    With our additional options off it has the weights and outputs of `keras.layers.LSTMCell`.

    Args:
        units: U, a positive integer.
        activation: activation function of g and of c' in h'.
        recurrent_activation: activation function of the gates.
        use_bias: whether the bias b is added.
        kernel_initializer: initializer of W; also of the peepholes and the projection.
        recurrent_initializer: initializer of R.
        bias_initializer: initializer of b.
        unit_forget_bias: start b_f at 1; with `coupled`, b_i at -1.
        kernel_regularizer: regularizer of W; also of the peepholes and the projection.
        recurrent_regularizer: regularizer of R.
        bias_regularizer: regularizer of b.
        kernel_constraint: constraint of W; also of the peepholes and the projection.
        recurrent_constraint: constraint of R.
        bias_constraint: constraint of b.
        dropout: fraction of x dropped in x W, one mask for all time steps.
        recurrent_dropout: fraction of h dropped in h R, one mask for all time steps.
        seed: seed of all dropout masks.
        peephole: whether the gates see the cell state (the terms with p).
        coupled: whether f = 1 - i, so that the forget gate has no weights of its own.
        forget_gate: whether there is a forget gate; without one f = 1, as in the cell of 1997.
        layer_norm: whether the products and the cell state are normalized, with epsilon 1e-3.
        projection: size H of the projected hidden state, or None.
        zoneout: probability of each state unit to keep its old value, in [0, 1).
        cell_clip: bound of the absolute value of the cell state, or None.
        dropout_per_gate: whether each gate has a dropout mask of its own.
        recurrent_weight_dropout: fraction of the entries of R set to zero, drawn once per batch.

    Call arguments:
        inputs: x, (B, F).
        states: [h, c], (B, H) and (B, U).
        training: dropout and zoneout are random only when True.

    Returns:
        h', (B, H), and the new states [h', c'].

    Raises:
        ValueError: an argument is out of range, or two arguments cannot be combined.

    Example:

    >>> import keras_seq
    >>> rnn = keras.layers.RNN(keras_seq.LSTMCell(8, peephole=True), return_state=True)
    >>> last, h, c = rnn(keras.ops.ones((2, 5, 3)))
    >>> tuple(last.shape), tuple(c.shape)
    ((2, 8), (2, 8))

    Reference: Hochreiter and Schmidhuber, Long Short-Term Memory, Neural Computation 9, 1997;
    Gers, Schraudolph and Schmidhuber, Learning Precise Timing with LSTM Recurrent Networks,
    JMLR 3, 2002 (peepholes); Sak, Senior and Beaufays, Long Short-Term Memory Recurrent Neural
    Network Architectures for Large Scale Acoustic Modeling, Interspeech 2014 (projection);
    Greff et al., LSTM: A Search Space Odyssey, IEEE TNNLS 28, 2017 (coupled gates);
    Ba, Kiros and Hinton, Layer Normalization, 2016; Krueger et al., Zoneout, ICLR 2017;
    Gal and Ghahramani, A Theoretically Grounded Application of Dropout in Recurrent Neural
    Networks, NeurIPS 2016; Merity, Keskar and Socher, Regularizing and Optimizing LSTM Language
    Models, ICLR 2018 (recurrent weight dropout).
    """

    family = native = "lstm"
    state_names = ("h", "c")

    def __init__(
        self,
        units: int,
        activation: Activation = "tanh",
        recurrent_activation: Activation = "sigmoid",
        use_bias: bool = True,
        kernel_initializer: Initializer = "glorot_uniform",
        recurrent_initializer: Initializer = "orthogonal",
        bias_initializer: Initializer = "zeros",
        unit_forget_bias: bool = True,
        kernel_regularizer: Regularizer = None,
        recurrent_regularizer: Regularizer = None,
        bias_regularizer: Regularizer = None,
        kernel_constraint: Constraint = None,
        recurrent_constraint: Constraint = None,
        bias_constraint: Constraint = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: int | None = None,
        *,
        peephole: bool = False,
        coupled: bool = False,
        forget_gate: bool = True,
        layer_norm: bool = False,
        projection: int | None = None,
        zoneout: float = 0.0,
        cell_clip: float | None = None,
        dropout_per_gate: bool = False,
        recurrent_weight_dropout: float = 0.0,
        **kwargs,
    ):
        super().__init__(
            units,
            activation=activation,
            recurrent_activation=recurrent_activation,
            use_bias=use_bias,
            kernel_initializer=kernel_initializer,
            recurrent_initializer=recurrent_initializer,
            bias_initializer=bias_initializer,
            kernel_regularizer=kernel_regularizer,
            recurrent_regularizer=recurrent_regularizer,
            bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint,
            recurrent_constraint=recurrent_constraint,
            bias_constraint=bias_constraint,
            dropout=dropout,
            recurrent_dropout=recurrent_dropout,
            seed=seed,
            layer_norm=layer_norm,
            dropout_per_gate=dropout_per_gate,
            recurrent_weight_dropout=recurrent_weight_dropout,
            zoneout=zoneout,
            **kwargs,
        )
        self.unit_forget_bias = unit_forget_bias
        self.peephole = peephole
        self.coupled = coupled
        self.forget_gate = forget_gate
        self.projection = projection
        self.cell_clip = cell_clip
        owner = self.owner
        checks.boolean(
            owner,
            unit_forget_bias=unit_forget_bias,
            peephole=peephole,
            coupled=coupled,
            forget_gate=forget_gate,
        )
        if projection is not None:
            checks.positive_int(owner, projection=projection)
        if cell_clip is not None:
            checks.positive(owner, cell_clip=cell_clip)
        if coupled and not forget_gate:
            checks.conflict(
                owner,
                "`coupled=True` and `forget_gate=False`",
                "a coupled cell forgets by 1 - i, and a cell without a forget gate forgets nothing",
            )
        if layer_norm and cell_clip is not None:
            checks.conflict(
                owner,
                f"`layer_norm=True` and `cell_clip={cell_clip}`",
                "a normalized cell state is already bounded",
            )

    @property
    def gates(self):
        return lstm_gates(self)

    @property
    def state_size(self):
        return [self.projection or self.units, self.units]

    def build(self, input_shape):
        width = len(self.gates) * self.units
        self.build_kernels(input_shape, (width,), lstm_bias_initializer(self))
        if self.peephole:
            shape = (len(self.gates) - 1, self.units)
            self.peephole_kernel = self.add_kernel("peephole", shape)
        if self.projection:
            shape = (self.units, self.projection)
            self.projection_kernel = self.add_kernel("projection", shape)
        if self.layer_norm:
            self.build_norm(kernel_norm=width, recurrent_norm=width, state_norm=self.units)
        self.built = True

    def step(
        self, projected: Any, states: list, dropout_masks: DropoutMasks = DropoutMasks()
    ) -> list:
        """The equations of the class: (B, G U) and [h, c] to [h', c']."""
        h, c = states
        h, c = lstm_equations(self, projected + self.recurrent(h, dropout_masks), c)
        if self.projection:
            h = ops.matmul(h, self.value(self.projection_kernel))
        return [h, c]


def lstm_equations(cell, sums, c):
    """The equations of `LSTMCell` after the two products, for every cell that has its options.

    Args:
        cell: an LSTM cell of vectors or of frames.
        sums: (..., G U), the arguments of the gates x W + h R + b, without the peepholes.
        c: (..., U), the old cell state.

    Returns:
        h' before a projection, and c'.
    """
    sigmoid, tanh = cell.recurrent_activation, cell.activation
    i, *f, g, o = ops.split(sums, len(cell.gates), axis=-1)
    p = cell.value(cell.peephole_kernel) if cell.peephole else None
    i = sigmoid(i if p is None else i + p[0] * c)
    if f:
        f = sigmoid(f[0] if p is None else f[0] + p[1] * c)
    elif cell.coupled:
        f = 1.0 - i
    else:
        f = 1.0
    c = f * c + i * tanh(g)
    if cell.layer_norm:
        c = cell.norm(c, "state_norm")
    if cell.cell_clip is not None:
        c = ops.clip(c, -cell.cell_clip, cell.cell_clip)
    o = sigmoid(o if p is None else o + p[-1] * c)
    return o * tanh(c), c


def lstm_gates(cell) -> tuple[str, ...]:
    """The gates that have weights, in the order of their blocks; c stands for the candidate."""
    return ("i", "f", "c", "o") if cell.forget_gate and not cell.coupled else ("i", "c", "o")


def lstm_bias_initializer(cell) -> Initializer:
    """The initializer of b: b_f = 1, or b_i = -1 where `coupled`, so that a new cell remembers."""
    if not cell.unit_forget_bias:
        return cell.bias_initializer

    def initializer(shape, dtype=None):
        one, two = (cell.units,), (2 * cell.units,)
        if cell.coupled:
            parts = [-ops.ones(one, dtype)]
        else:
            parts = [cell.bias_initializer(one, dtype=dtype)]
        if "f" in cell.gates:
            parts.append(ops.ones(one, dtype))
        return ops.concatenate([*parts, cell.bias_initializer(two, dtype=dtype)])

    return initializer


@keras.saving.register_keras_serializable("keras_seq")
class LSTM(RecurrentLayer):
    """Long short-term memory over a sequence: `LSTMCell`, applied at each time step.

    With our additional options off it has the weights and outputs of `keras.layers.LSTM`.
    Equations, weights and parameter counts are those of `keras_seq.LSTMCell`.

    Args:
        units, activation, ..., recurrent_weight_dropout: those of `keras_seq.LSTMCell`.
        activity_regularizer: regularizer of the output.
        return_sequences: whether the output is h of all steps instead of h of the last step.
        return_state: whether the last states are returned too.
        go_backwards: whether time runs from the last step to the first.
        stateful: whether a batch starts from the states in which the previous batch ended.
        unroll: whether the loop over time is unrolled; T must be known.
        use_cudnn: "auto" uses cuDNN where it has all options, False never, and True raises with
            the reason where it cannot be used.
        use_native: "auto" runs the backend's own loop where there is one, False never does, and
            True raises an error with the reason where there is none.
        **kwargs: `recompute` of `keras_seq.recurrent.RecurrentLayer`, and the arguments of
            `keras.layers.RNN`, such as `zero_output_for_mask` and `name`.

    Call arguments:
        sequences: (B, T, F), T at least 1.
        initial_state: [h, c], (B, H) and (B, U); zeros when None.
        mask: (B, T), True where a step is real.
        training: dropout and zoneout are random only when True.
        resets: (B, T), True where a row starts anew from zero states.

    Returns:
        h of the last step (B, H), or of all steps (B, T, H) with `return_sequences`; with
        `return_state` also the last h and c.

    Masking: a masked step keeps the states and repeats the last output (zeros before the first
    real step, and at every masked step with `zero_output_for_mask`). Values at masked steps, NaN
    included, never affect results or gradients. The mask is passed on with `return_sequences`.

    Raises:
        ValueError: an argument is out of range, a shape does not fit, or `use_native=True`
            where no native loop can be used.

    Example:

    >>> import keras_seq
    >>> layer = keras_seq.LSTM(8, peephole=True, return_sequences=True)
    >>> tuple(layer(keras.ops.ones((2, 5, 3))).shape)
    (2, 5, 8)
    >>> layer.count_params()  # 4 * ((8 + 3) * 8 + 8) + 3 * 8
    408

    Reference: see `keras_seq.LSTMCell`.
    """

    cell_class = LSTMCell
    cudnn_layer = keras.layers.LSTM

    def __init__(
        self,
        units: int,
        activation: Activation = "tanh",
        recurrent_activation: Activation = "sigmoid",
        use_bias: bool = True,
        kernel_initializer: Initializer = "glorot_uniform",
        recurrent_initializer: Initializer = "orthogonal",
        bias_initializer: Initializer = "zeros",
        unit_forget_bias: bool = True,
        kernel_regularizer: Regularizer = None,
        recurrent_regularizer: Regularizer = None,
        bias_regularizer: Regularizer = None,
        activity_regularizer: Regularizer = None,
        kernel_constraint: Constraint = None,
        recurrent_constraint: Constraint = None,
        bias_constraint: Constraint = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: int | None = None,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        use_cudnn: bool | str = "auto",
        *,
        peephole: bool = False,
        coupled: bool = False,
        forget_gate: bool = True,
        layer_norm: bool = False,
        projection: int | None = None,
        zoneout: float = 0.0,
        cell_clip: float | None = None,
        dropout_per_gate: bool = False,
        recurrent_weight_dropout: float = 0.0,
        use_native: bool | str = "auto",
        **kwargs,
    ):
        super().__init__(
            units,
            activation=activation,
            recurrent_activation=recurrent_activation,
            use_bias=use_bias,
            kernel_initializer=kernel_initializer,
            recurrent_initializer=recurrent_initializer,
            bias_initializer=bias_initializer,
            unit_forget_bias=unit_forget_bias,
            kernel_regularizer=kernel_regularizer,
            recurrent_regularizer=recurrent_regularizer,
            bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint,
            recurrent_constraint=recurrent_constraint,
            bias_constraint=bias_constraint,
            dropout=dropout,
            recurrent_dropout=recurrent_dropout,
            seed=seed,
            peephole=peephole,
            coupled=coupled,
            forget_gate=forget_gate,
            layer_norm=layer_norm,
            projection=projection,
            zoneout=zoneout,
            cell_clip=cell_clip,
            dropout_per_gate=dropout_per_gate,
            recurrent_weight_dropout=recurrent_weight_dropout,
            activity_regularizer=activity_regularizer,
            return_sequences=return_sequences,
            return_state=return_state,
            go_backwards=go_backwards,
            stateful=stateful,
            unroll=unroll,
            use_cudnn=use_cudnn,
            use_native=use_native,
            **kwargs,
        )
