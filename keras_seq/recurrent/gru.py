"""The GRU family: three kinds of reset gate, and both conventions of the update gate."""

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
class GRUCell(RecurrentCell):
    """One step of a gated recurrent unit, with the options of the literature.

        z  = sigmoid(x W_z + h R_z + b_z)
        r  = sigmoid(x W_r + h R_r + b_r)
        n  = tanh(x W_h + b_h + r * (h R_h + d_h))      reset="after"; d is the recurrent bias
        n  = tanh(x W_h + b_h + (r * h) R_h)            reset="before"
        n  = tanh(x W_h + b_h + h R_h)                  reset=None, the simplified GRU: no r
        h' = z * h + (1 - z) * n                        update="keep"
        h' = (1 - z) * h + z * n                        update="candidate"

    With `layer_norm`, x W becomes norm(x W) and h R becomes norm(h R), normalized over all gates
    together (with reset="before" over z and r together, and over h separately). With `zoneout`
    p, a unit keeps its old value with probability p at each step: h' = m * h + (1 - m) * h',
    with m ~ Bernoulli(p); at inference m = p.

    Weights: `kernel` W (F, 3U) and `recurrent_kernel` R (U, 3U) with the gates in the order
    z, r, h; without a reset gate the order is z, h and the width is 2U. `bias` is (2, 3U) for
    reset="after" (b of the input, then d of the recurrence), (3U,) for "before" and (2U,) for
    None. Layer norm: `kernel_norm_gamma`, `kernel_norm_beta`, `recurrent_norm_gamma`,
    `recurrent_norm_beta`, (3U,) or (2U,).

    Number of parameters, with m = U and n = F: 3((m+n)m + 2m) for reset="after", 3((m+n)m + m)
    for "before", 2((m+n)m + m) for None. Layer norm adds 12m, or 8m without a reset gate.

    With `reset` "after" or "before" and `update="keep"` it has the weights and outputs of
    `keras.layers.GRUCell`. "after" is also the GRU of PyTorch (torch.nn.GRU), and ONNX has both
    (`linear_before_reset` 1 and 0).

    Args:
        units: U, a positive integer.
        activation: activation function of n.
        recurrent_activation: activation function of the gates.
        use_bias: whether the biases b and d are added.
        kernel_initializer: initializer of W.
        recurrent_initializer: initializer of R.
        bias_initializer: initializer of b and d.
        kernel_regularizer: regularizer of W.
        recurrent_regularizer: regularizer of R.
        bias_regularizer: regularizer of b and d.
        kernel_constraint: constraint of W.
        recurrent_constraint: constraint of R.
        bias_constraint: constraint of b and d.
        dropout: fraction of x dropped in x W, one mask for all time steps.
        recurrent_dropout: fraction of h dropped in h R, one mask for all time steps.
        reset_after: Keras's name for this choice: True means reset="after" and False means
            reset="before". With None, `reset` decides.
        seed: seed of all dropout masks.
        reset: "after", "before" or None; where the reset gate is applied.
        update: "keep" or "candidate"; the term that the update gate multiplies.
        layer_norm: whether the products are normalized, with epsilon 1e-3.
        zoneout: probability of each unit to keep its old value, in [0, 1).
        dropout_per_gate: whether each gate has a dropout mask of its own.
        recurrent_weight_dropout: fraction of the entries of R set to zero, drawn once per batch.

    Call arguments:
        inputs: x, (B, F).
        states: [h], (B, U).
        training: dropout and zoneout are random only when True.

    Returns:
        h', (B, U), and the new states [h'].

    Raises:
        ValueError: an argument is out of range, or `reset` and `reset_after` disagree.

    Example:

    >>> import keras_seq
    >>> rnn = keras.layers.RNN(keras_seq.GRUCell(8, reset="before"))
    >>> tuple(rnn(keras.ops.ones((2, 5, 3))).shape)
    (2, 8)

    Reference: Cho et al., Learning Phrase Representations using RNN Encoder-Decoder for
    Statistical Machine Translation, EMNLP 2014 (reset before); Appleyard, Kocisky and Blunsom,
    Optimizing Performance of Recurrent Neural Networks on GPUs, 2016 (reset after).
    """

    family = native = "gru"
    state_names = ("h",)

    def __init__(
        self,
        units: int,
        activation: Activation = "tanh",
        recurrent_activation: Activation = "sigmoid",
        use_bias: bool = True,
        kernel_initializer: Initializer = "glorot_uniform",
        recurrent_initializer: Initializer = "orthogonal",
        bias_initializer: Initializer = "zeros",
        kernel_regularizer: Regularizer = None,
        recurrent_regularizer: Regularizer = None,
        bias_regularizer: Regularizer = None,
        kernel_constraint: Constraint = None,
        recurrent_constraint: Constraint = None,
        bias_constraint: Constraint = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        reset_after: bool | None = None,
        seed: int | None = None,
        *,
        reset: str | None = "after",
        update: str = "keep",
        layer_norm: bool = False,
        zoneout: float = 0.0,
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
        owner = self.owner
        checks.one_of(owner, ("after", "before", None), reset=reset)
        checks.one_of(owner, ("keep", "candidate"), update=update)
        checks.one_of(owner, (True, False, None), reset_after=reset_after)
        if reset_after is not None:
            named = "after" if reset_after else "before"
            if reset not in ("after", named):
                checks.conflict(
                    owner,
                    f"`reset_after={reset_after}` and `reset={reset!r}`",
                    f"the first says reset={named!r}",
                )
            reset = named
        self.reset = reset
        self.reset_after = None  # `reset` alone decides
        self.update = update

    @property
    def gates(self):
        return gru_gates(self)

    @property
    def state_size(self):
        return [self.units]

    def build(self, input_shape):
        self.build_kernels(input_shape, gru_bias_shape(self))
        if self.layer_norm:
            width = len(self.gates) * self.units
            self.build_norm(kernel_norm=width, recurrent_norm=width)
        self.built = True

    def step(
        self, projected: Any, states: list, dropout_masks: DropoutMasks = DropoutMasks()
    ) -> list:
        """The equations of the class: (B, G U) and [h] to [h']."""
        (h,) = states
        return [gru_equations(self, projected, h, dropout_masks)]


def gru_equations(cell, projected, h, dropout_masks: DropoutMasks):
    """The equations of `GRUCell` after the input's product, for every cell that has its options.

    Args:
        cell: a GRU cell of vectors or of frames.
        projected: (..., G U), x W + b.
        h: (..., U), the old state.
        dropout_masks: the dropout masks of the batch.

    Returns:
        h'.
    """
    sigmoid, tanh, d = cell.recurrent_activation, cell.activation, cell.recurrent_bias()
    x_z, *x_r, x_n = ops.split(projected, len(cell.gates), axis=-1)
    # The gates of one product: all of them, or z and r for reset="before".
    together = slice(0, 2) if cell.reset == "before" else slice(None)
    s = cell.recurrent(h, dropout_masks, together)
    s = s if d is None else s + d
    if cell.reset == "after":
        s_z, s_r, s_n = ops.split(s, 3, axis=-1)
        n = tanh(x_n + sigmoid(x_r[0] + s_r) * s_n)
    elif cell.reset == "before":
        s_z, s_r = ops.split(s, 2, axis=-1)
        r = sigmoid(x_r[0] + s_r)
        n = tanh(x_n + cell.recurrent(r * h, dropout_masks, slice(2, 3)))
    else:
        s_z, s_n = ops.split(s, 2, axis=-1)
        n = tanh(x_n + s_n)
    z = sigmoid(x_z + s_z)
    keep = z if cell.update == "keep" else 1.0 - z
    return keep * h + (1.0 - keep) * n


def gru_gates(cell) -> tuple[str, ...]:
    """The gates in the order of their blocks; h stands for the candidate."""
    return ("z", "r", "h") if cell.reset else ("z", "h")


def gru_bias_shape(cell) -> tuple[int, ...]:
    """The shape of the bias; for reset="after" row 2 is the bias of the recurrent product."""
    width = len(cell.gates) * cell.units
    return (2, width) if cell.reset == "after" else (width,)


@keras.saving.register_keras_serializable("keras_seq")
class GRU(RecurrentLayer):
    """Gated recurrent unit over a sequence: `GRUCell`, applied at each time step.

    With our additional options off it has the weights and outputs of `keras.layers.GRU`.
    Equations, weights and parameter counts are those of `keras_seq.GRUCell`.

    Args:
        units, activation, ..., recurrent_weight_dropout: those of `keras_seq.GRUCell`.
        activity_regularizer: regularizer of the output.
        return_sequences: whether the output is h of all steps instead of h of the last step.
        return_state: whether the last h is returned too.
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
        initial_state: h, (B, U), or [h]; zeros when None.
        mask: (B, T), True where a step is real.
        training: dropout and zoneout are random only when True.
        resets: (B, T), True where a row starts anew from zero states.

    Returns:
        h of the last step (B, U), or of all steps (B, T, U) with `return_sequences`; with
        `return_state` also the last h.

    Masking: a masked step keeps the state and repeats the last output (zeros before the first
    real step, and at every masked step with `zero_output_for_mask`). Values at masked steps, NaN
    included, never affect results or gradients. The mask is passed on with `return_sequences`.

    Raises:
        ValueError: an argument is out of range, a shape does not fit, or `use_native=True`
            where no native loop can be used.

    Example:

    >>> import keras_seq
    >>> layer = keras_seq.GRU(8, reset=None, update="candidate")
    >>> tuple(layer(keras.ops.ones((2, 5, 3))).shape)
    (2, 8)
    >>> layer.count_params()  # 2 * ((8 + 3) * 8 + 8)
    192

    Reference: see `keras_seq.GRUCell`.
    """

    cell_class = GRUCell
    cudnn_layer = keras.layers.GRU

    def __init__(
        self,
        units: int,
        activation: Activation = "tanh",
        recurrent_activation: Activation = "sigmoid",
        use_bias: bool = True,
        kernel_initializer: Initializer = "glorot_uniform",
        recurrent_initializer: Initializer = "orthogonal",
        bias_initializer: Initializer = "zeros",
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
        reset_after: bool | None = None,
        use_cudnn: bool | str = "auto",
        *,
        reset: str | None = "after",
        update: str = "keep",
        layer_norm: bool = False,
        zoneout: float = 0.0,
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
            kernel_regularizer=kernel_regularizer,
            recurrent_regularizer=recurrent_regularizer,
            bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint,
            recurrent_constraint=recurrent_constraint,
            bias_constraint=bias_constraint,
            dropout=dropout,
            recurrent_dropout=recurrent_dropout,
            reset_after=reset_after,
            seed=seed,
            reset=reset,
            update=update,
            layer_norm=layer_norm,
            zoneout=zoneout,
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
