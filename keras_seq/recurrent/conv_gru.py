"""The ConvGRU: a GRU on images, whose products are convolutions."""

from typing import Any

import keras

from keras_seq import checks
from keras_seq.dropout import DropoutMasks
from keras_seq.recurrent.cell import (
    Activation,
    Constraint,
    Initializer,
    RecurrentCell,
    Regularizer,
)
from keras_seq.recurrent.gru import gru_bias_shape, gru_equations, gru_gates
from keras_seq.recurrent.layer import RecurrentLayer
from keras_seq.recurrent.products import Convolutions


class ConvGRUCell(RecurrentCell):
    """The cell for frames of any rank; `keras_seq.ConvGRU2DCell` describes it."""

    family = "conv_gru"
    state_names = ("h",)
    omits = ("zoneout",)
    rank: int  # the number of axes of a frame, without its channels

    def __init__(
        self,
        filters: int,
        kernel_size: int | tuple[int, ...],
        strides: int | tuple[int, ...] = 1,
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: int | tuple[int, ...] = 1,
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
        seed: int | None = None,
        *,
        reset: str | None = "after",
        update: str = "keep",
        layer_norm: bool = False,
        dropout_per_gate: bool = False,
        recurrent_weight_dropout: float = 0.0,
        **kwargs,
    ):
        owner = kwargs.setdefault("owner", type(self).__name__)
        checks.positive_int(owner, filters=filters)
        super().__init__(
            filters,
            products=Convolutions(
                owner, self.rank, kernel_size, strides, padding, data_format, dilation_rate
            ),
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
            **kwargs,
        )
        self.filters = filters
        self.kernel_size = self.products.kernel_size
        self.strides = self.products.strides
        self.padding = self.products.padding
        self.data_format = self.products.data_format
        self.dilation_rate = self.products.dilation_rate
        self.reset = reset
        self.update = update
        checks.one_of(owner, ("after", "before", None), reset=reset)
        checks.one_of(owner, ("keep", "candidate"), update=update)

    @property
    def gates(self):
        return gru_gates(self)

    @property
    def state_size(self):
        return [self.filters]

    def build(self, input_shape):
        self.check_inputs("inputs", input_shape, self.products.input_letters)
        self.build_kernels(input_shape, gru_bias_shape(self))
        if self.layer_norm:
            width = len(self.gates) * self.filters
            self.build_norm(kernel_norm=width, recurrent_norm=width)
        self.built = True

    def step(
        self, projected: Any, states: list, dropout_masks: DropoutMasks = DropoutMasks()
    ) -> list:
        """The equations of the class: (B, H, W, G F) and [H] to [H']."""
        (h,) = states
        return [gru_equations(self, projected, h, dropout_masks)]


@keras.saving.register_keras_serializable("keras_seq")
class ConvGRU2DCell(ConvGRUCell):
    """One step of a GRU on images: each product is a convolution, which is written x.

        z  = sigmoid(X x W_z + H x R_z + b_z)
        r  = sigmoid(X x W_r + H x R_r + b_r)
        n  = tanh(X x W_h + b_h + r * (H x R_h + d_h))      reset="after"; d: recurrent bias
        n  = tanh(X x W_h + b_h + (r * H) x R_h)            reset="before"
        n  = tanh(X x W_h + b_h + H x R_h)                  reset=None: no r
        H' = z * H + (1 - z) * n                            update="keep"
        H' = (1 - z) * H + z * n                            update="candidate"

    The convolution of X has the strides, padding and dilation of the arguments. The convolution
    of H has stride 1, padding "same" and no dilation, so that the state keeps its size. With
    `layer_norm`, X x W becomes norm(X x W) and H x R becomes norm(H x R), normalized over the
    channels of all gates together (with reset="before" over z and r together, and over h
    separately).

    Weights, for images of C channels and kernels of size k x k: `kernel` W (k, k, C, 3F) and
    `recurrent_kernel` R (k, k, F, 3F) with the gates in the order z, r, h; without a reset gate
    the order is z, h and the width is 2F. `bias` is (2, 3F) for reset="after" (b of the input,
    then d of the recurrence), (3F,) for "before" and (2F,) for None. Layer norm:
    `kernel_norm_gamma`, `kernel_norm_beta`, `recurrent_norm_gamma`, `recurrent_norm_beta`,
    (3F,) or (2F,).

    Args:
        filters: F, a positive integer.
        kernel_size: k, one integer or one for each axis.
        strides: steps of the convolution of X, one integer or one for each axis.
        padding: "valid" or "same"; it applies to the convolution of X.
        data_format: "channels_last" or "channels_first"; None is Keras's setting.
        dilation_rate: dilation of the convolution of X, one integer or one for each axis.
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
        dropout: fraction of X dropped in X x W, one mask for all time steps.
        recurrent_dropout: fraction of H dropped in H x R, one mask for all time steps.
        seed: seed of all dropout masks.
        reset: "after", "before" or None; where the reset gate is applied.
        update: "keep" or "candidate"; the term that the update gate multiplies.
        layer_norm: whether the convolutions are normalized, with epsilon 1e-3.
        dropout_per_gate: whether each gate has a dropout mask of its own.
        recurrent_weight_dropout: fraction of the entries of R set to zero, drawn once per batch.

    Call arguments:
        inputs: X, (B, H, W, C), or (B, C, H, W) with channels first.
        states: [H], which has the shape of the convolved X.
        training: dropout is applied only when True.

    Returns:
        H' and the new states [H'].

    Raises:
        ValueError: an argument is out of range, or a shape does not fit.

    Example:

    >>> import keras_seq
    >>> rnn = keras.layers.RNN(keras_seq.ConvGRU2DCell(8, 3, reset="before"))
    >>> tuple(rnn(keras.ops.ones((2, 5, 6, 6, 1))).shape)
    (2, 4, 4, 8)

    Reference: Ballas et al., Delving Deeper into Convolutional Networks for Learning Video
    Representations, ICLR 2016 (reset before); for the options see `keras_seq.GRUCell`.
    """

    rank = 2


@keras.saving.register_keras_serializable("keras_seq")
class ConvGRU1DCell(ConvGRUCell):
    """`ConvGRU2DCell` for frames of one axis: (B, W, C), or (B, C, W) with channels first.

    Example:

    >>> import keras_seq
    >>> rnn = keras.layers.RNN(keras_seq.ConvGRU1DCell(8, 3))
    >>> tuple(rnn(keras.ops.ones((2, 5, 6, 1))).shape)
    (2, 4, 8)
    """

    rank = 1


@keras.saving.register_keras_serializable("keras_seq")
class ConvGRU3DCell(ConvGRUCell):
    """`ConvGRU2DCell` for frames of three axes: (B, D, H, W, C), or channels first.

    Example:

    >>> import keras_seq
    >>> rnn = keras.layers.RNN(keras_seq.ConvGRU3DCell(4, 2))
    >>> tuple(rnn(keras.ops.ones((2, 5, 3, 3, 3, 1))).shape)
    (2, 2, 2, 2, 4)
    """

    rank = 3


class ConvGRU(RecurrentLayer):
    """The layer for frames of any rank; `keras_seq.ConvGRU2D` describes it."""

    def __init__(
        self,
        filters: int,
        kernel_size: int | tuple[int, ...],
        strides: int | tuple[int, ...] = 1,
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: int | tuple[int, ...] = 1,
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
        *,
        reset: str | None = "after",
        update: str = "keep",
        layer_norm: bool = False,
        dropout_per_gate: bool = False,
        recurrent_weight_dropout: float = 0.0,
        use_native: bool | str = "auto",
        **kwargs,
    ):
        super().__init__(
            filters,
            kernel_size,
            strides=strides,
            padding=padding,
            data_format=data_format,
            dilation_rate=dilation_rate,
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
            reset=reset,
            update=update,
            layer_norm=layer_norm,
            dropout_per_gate=dropout_per_gate,
            recurrent_weight_dropout=recurrent_weight_dropout,
            activity_regularizer=activity_regularizer,
            return_sequences=return_sequences,
            return_state=return_state,
            go_backwards=go_backwards,
            stateful=stateful,
            use_native=use_native,
            **kwargs,
        )


@keras.saving.register_keras_serializable("keras_seq")
class ConvGRU2D(ConvGRU):
    """Convolutional GRU over a sequence of images: `ConvGRU2DCell`, applied at each time step.

    Equations and weights are those of `keras_seq.ConvGRU2DCell`. The images of all time steps are
    convolved at once before the recurrence, so that a step only convolves the state.

    Args:
        filters, kernel_size, ..., recurrent_weight_dropout: those of `keras_seq.ConvGRU2DCell`.
        activity_regularizer: regularizer of the output.
        return_sequences: whether the output is h of all steps instead of h of the last step.
        return_state: whether the last h is returned too.
        go_backwards: whether time runs from the last step to the first.
        stateful: whether a batch starts from the states in which the previous batch ended.
        use_native: "auto" runs the backend's own loop where there is one, False never does, and
            True raises an error with the reason where there is none.
        **kwargs: `recompute` of `keras_seq.recurrent.RecurrentLayer`, and the arguments of
            `keras.layers.RNN`, such as `zero_output_for_mask` and `name`.

    Call arguments:
        sequences: (B, T, H, W, C), T at least 1, or (B, T, C, H, W) with channels first.
        initial_state: h, of the shape of a convolved image, or [h]; zeros when None.
        mask: (B, T), True where a step is real.
        training: dropout is applied only when True.
        resets: (B, T), True where a row starts anew from zero states.

    Returns:
        h of the last step (B, H, W, F), or of all steps (B, T, H, W, F) with `return_sequences`,
        with the channel axis where the input has it; with `return_state` also the last h.

    Masking: a masked step keeps the state and repeats the last output (zeros before the first
    real step, and at every masked step with `zero_output_for_mask`). Values at masked steps, NaN
    included, never affect results or gradients. The mask is passed on with `return_sequences`.

    Raises:
        ValueError: an argument is out of range, a shape does not fit, or `use_native=True`
            where no native loop can be used.

    Example:

    >>> import keras_seq
    >>> layer = keras_seq.ConvGRU2D(8, 3, padding="same", return_sequences=True)
    >>> tuple(layer(keras.ops.ones((2, 5, 6, 6, 1))).shape)
    (2, 5, 6, 6, 8)
    >>> layer.count_params()  # 3 * 3 * (1 + 8) * 24 + 2 * 24
    1992

    Reference: see `keras_seq.ConvGRU2DCell`.
    """

    cell_class = ConvGRU2DCell


@keras.saving.register_keras_serializable("keras_seq")
class ConvGRU1D(ConvGRU):
    """`ConvGRU2D` for frames of one axis: (B, T, W, C), or (B, T, C, W) with channels first.

    Example:

    >>> import keras_seq
    >>> layer = keras_seq.ConvGRU1D(8, 3, reset="before")
    >>> tuple(layer(keras.ops.ones((2, 5, 6, 1))).shape)
    (2, 4, 8)
    """

    cell_class = ConvGRU1DCell


@keras.saving.register_keras_serializable("keras_seq")
class ConvGRU3D(ConvGRU):
    """`ConvGRU2D` for frames of three axes: (B, T, D, H, W, C), or channels first.

    Example:

    >>> import keras_seq
    >>> layer = keras_seq.ConvGRU3D(4, 2, return_sequences=True)
    >>> tuple(layer(keras.ops.ones((2, 5, 3, 3, 3, 1))).shape)
    (2, 5, 2, 2, 2, 4)
    """

    cell_class = ConvGRU3DCell
