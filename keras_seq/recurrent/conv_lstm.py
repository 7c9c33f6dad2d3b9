"""The ConvLSTM family: LSTMs on frames, whose products are convolutions, with peepholes."""

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
from keras_seq.recurrent.layer import RecurrentLayer
from keras_seq.recurrent.lstm import lstm_bias_initializer, lstm_equations, lstm_gates
from keras_seq.recurrent.products import SPACE, Convolutions


class ConvLSTMCell(RecurrentCell):
    """The cell for frames of any rank; `keras_seq.ConvLSTM2DCell` has the equations."""

    family = native = "conv_lstm"
    state_names = ("h", "c")
    omits = ("zoneout",)
    rank: int  # the number of axes of a frame, without its channels
    # Options of `keras_seq.LSTMCell` that an LSTM on frames does not have.
    forget_gate, projection, cell_clip = True, None, None

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
        peephole: bool | str = False,
        coupled: bool = False,
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
        self.unit_forget_bias = unit_forget_bias
        self.peephole = peephole
        self.coupled = coupled
        checks.boolean(owner, unit_forget_bias=unit_forget_bias, coupled=coupled)
        checks.one_of(owner, (False, True, "channel"), peephole=peephole)

    @property
    def gates(self):
        return lstm_gates(self)

    @property
    def state_size(self):
        return [self.filters, self.filters]

    def build(self, input_shape):
        self.check_inputs("inputs", input_shape, self.products.input_letters)
        width = len(self.gates) * self.filters
        self.build_kernels(input_shape, (width,), lstm_bias_initializer(self))
        if self.peephole:
            shape = (len(self.gates) - 1, *self._peephole_shape())
            self.peephole_kernel = self.add_kernel("peephole", shape)
        if self.layer_norm:
            self.build_norm(kernel_norm=width, recurrent_norm=width, state_norm=self.filters)
        self.built = True

    def _peephole_shape(self):
        """The shape of one gate's peepholes."""
        if self.peephole == "channel":
            return (self.filters,)
        space, channels = self.products.split(self.state_shapes(self.frame)[0])
        if None in space:
            checks.conflict(
                self.owner,
                f"`peephole=True` and frames of unknown size, {(None, *self.frame)},",
                "each pixel has its own peephole weights; peephole='channel' works with any size",
            )
        return (*space, channels)

    def check_inputs(self, name, shape, letters):
        super().check_inputs(name, shape, letters)
        if not self.built or self.peephole is not True:
            return
        space, _ = self.products.split(shape[-self.rank - 1 :])
        built, _ = self.products.split(self.frame)
        if any(now not in (None, then) for now, then in zip(space, built, strict=True)):
            size = ", ".join(f"{n}={s}" for n, s in zip(SPACE[self.rank], built, strict=True))
            wanted = f"of frames of {size}, for which `peephole=True` has its weights"
            checks.refuse(self.owner, f"{name}.shape", wanted, tuple(shape))

    def step(self, projected, states, dropout_masks=DropoutMasks()):
        """The equations of the class: (B, H, W, G F) and [H, C] to [H', C']."""
        h, c = states
        return list(lstm_equations(self, projected + self.recurrent(h, dropout_masks), c))


@keras.saving.register_keras_serializable("keras_seq")
class ConvLSTM2DCell(ConvLSTMCell):
    """One step of an LSTM on images: each product is a convolution, which is written x.

        i  = sigmoid(X x W_i + H x R_i + p_i * C + b_i)
        f  = sigmoid(X x W_f + H x R_f + p_f * C + b_f)     coupled: 1 - i
        g  = tanh   (X x W_c + H x R_c           + b_c)
        C' = f * C + i * g
        o  = sigmoid(X x W_o + H x R_o + p_o * C' + b_o)
        H' = o * tanh(C')

    With `peephole=False` all p are 0. The convolution of X has the strides, padding and dilation
    of the arguments. The convolution of H has stride 1, padding "same" and no dilation, so that
    the states keep their size. With `layer_norm`, X x W becomes norm(X x W) and H x R becomes
    norm(H x R), normalized over the channels of all gates together, and C' becomes
    norm(f * C + i * g), normalized over its channels.

    Weights, for images of C channels and kernels of size k x k: `kernel` W (k, k, C, 4F),
    `recurrent_kernel` R (k, k, F, 4F), `bias` b (4F,), with the gates in the order i, f, c, o;
    with `coupled` the order is i, c, o and the width is 3F. `peephole` p is (3, H, W, F) in the
    order i, f, o, where H and W are the size of the state (channels last in both data formats),
    or (3, F) for peephole="channel"; with `coupled` it has the 2 rows i, o. Layer norm:
    `kernel_norm_gamma`, `kernel_norm_beta`, `recurrent_norm_gamma`, `recurrent_norm_beta` (4F,) or
    (3F,), `state_norm_gamma`, `state_norm_beta` (F,).

    Args:
        filters: F, a positive integer.
        kernel_size: k, one integer or one for each axis.
        strides: steps of the convolution of X, one integer or one for each axis.
        padding: "valid" or "same"; it applies to the convolution of X.
        data_format: "channels_last" or "channels_first"; None is Keras's setting.
        dilation_rate: dilation of the convolution of X, one integer or one for each axis.
        activation: activation function of g and of C' in H'.
        recurrent_activation: activation function of the gates.
        use_bias: whether the bias b is added.
        kernel_initializer: initializer of W; also of the peepholes.
        recurrent_initializer: initializer of R.
        bias_initializer: initializer of b.
        unit_forget_bias: start b_f at 1; with `coupled`, b_i at -1.
        kernel_regularizer: regularizer of W; also of the peepholes.
        recurrent_regularizer: regularizer of R.
        bias_regularizer: regularizer of b.
        kernel_constraint: constraint of W; also of the peepholes.
        recurrent_constraint: constraint of R.
        bias_constraint: constraint of b.
        dropout: fraction of X dropped in X x W, one mask for all time steps.
        recurrent_dropout: fraction of H dropped in H x R, one mask for all time steps.
        seed: seed of all dropout masks.
        peephole: whether the gates see the cell state. True: one weight for each pixel and filter,
            as published, so all images must have one size; "channel": one weight for each filter.
        coupled: whether f = 1 - i, so that the forget gate has no weights of its own.
        layer_norm: whether the convolutions and the cell state are normalized, with epsilon 1e-3.
        dropout_per_gate: whether each gate has a dropout mask of its own, as in Keras.
        recurrent_weight_dropout: fraction of the entries of R set to zero, drawn once per batch.

    Call arguments:
        inputs: X, (B, H, W, C), or (B, C, H, W) with channels first.
        states: [H, C], of the shape of the convolved X.
        training: dropout is applied only when True.

    Returns:
        H' and the new states [H', C'].

    Raises:
        ValueError: an argument is out of range, a shape does not fit, or with `peephole=True`
            the images have another size than those that the cell was built for.

    Example:

    >>> import keras_seq
    >>> cell = keras_seq.ConvLSTM2DCell(8, 3, padding="same", peephole=True)
    >>> rnn = keras.layers.RNN(cell)
    >>> tuple(rnn(keras.ops.ones((2, 5, 6, 6, 1))).shape)
    (2, 6, 6, 8)

    Reference: Shi et al., Convolutional LSTM Network: A Machine Learning Approach for
    Precipitation Nowcasting, NeurIPS 2015; for the options see `keras_seq.LSTMCell`.
    """

    rank = 2


@keras.saving.register_keras_serializable("keras_seq")
class ConvLSTM1DCell(ConvLSTMCell):
    """`ConvLSTM2DCell` for frames of one axis: (B, W, C), or (B, C, W) with channels first.

    Example:

    >>> import keras_seq
    >>> rnn = keras.layers.RNN(keras_seq.ConvLSTM1DCell(8, 3))
    >>> tuple(rnn(keras.ops.ones((2, 5, 6, 1))).shape)
    (2, 4, 8)
    """

    rank = 1


@keras.saving.register_keras_serializable("keras_seq")
class ConvLSTM3DCell(ConvLSTMCell):
    """`ConvLSTM2DCell` for frames of three axes: (B, D, H, W, C), or channels first.

    Example:

    >>> import keras_seq
    >>> rnn = keras.layers.RNN(keras_seq.ConvLSTM3DCell(4, 2))
    >>> tuple(rnn(keras.ops.ones((2, 5, 3, 3, 3, 1))).shape)
    (2, 2, 2, 2, 4)
    """

    rank = 3


class ConvLSTM(RecurrentLayer):
    """The layer for frames of any rank; `keras_seq.ConvLSTM2D` describes it."""

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
        *,
        peephole: bool | str = False,
        coupled: bool = False,
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
class ConvLSTM2D(ConvLSTM):
    """Convolutional LSTM over a sequence of images: `ConvLSTM2DCell`, applied at each time step.

    With our additional options off it has the weights and outputs of `keras.layers.ConvLSTM2D`.
    Equations and weights are those of `keras_seq.ConvLSTM2DCell`. The images of all time steps are
    convolved at once before the recurrence, so that a step only convolves the state.

    Args:
        filters, kernel_size, ..., recurrent_weight_dropout: those of `keras_seq.ConvLSTM2DCell`.
        activity_regularizer: regularizer of the output.
        return_sequences: whether the output is h of all steps instead of h of the last step.
        return_state: whether the last states are returned too.
        go_backwards: whether time runs from the last step to the first.
        stateful: whether a batch starts from the states in which the previous batch ended.
        use_native: "auto" runs the backend's own loop where there is one, False never does, and
            True raises an error with the reason where there is none.
        **kwargs: `recompute` of `keras_seq.recurrent.RecurrentLayer`, and the arguments of
            `keras.layers.RNN`, such as `zero_output_for_mask` and `name`.

    Call arguments:
        sequences: (B, T, H, W, C), T at least 1, or (B, T, C, H, W) with channels first.
        initial_state: [h, c], each of the shape of a convolved image; zeros when None.
        mask: (B, T), True where a step is real.
        training: dropout is applied only when True.
        resets: (B, T), True where a row starts anew from zero states.

    Returns:
        h of the last step (B, H, W, F), or of all steps (B, T, H, W, F) with `return_sequences`,
        with the channel axis where the input has it; with `return_state` also the last h and c.

    Masking: a masked step keeps the states and repeats the last output (zeros before the first
    real step, and at every masked step with `zero_output_for_mask`). Values at masked steps, NaN
    included, never affect results or gradients. The mask is passed on with `return_sequences`.

    Raises:
        ValueError: an argument is out of range, a shape does not fit, the images have another size
            than those that the layer was built for (with `peephole=True`), or `use_native=True`
            where no native loop can be used.

    Example:

    >>> import keras_seq
    >>> layer = keras_seq.ConvLSTM2D(8, 3, padding="same", peephole=True, return_sequences=True)
    >>> tuple(layer(keras.ops.ones((2, 5, 6, 6, 1))).shape)
    (2, 5, 6, 6, 8)
    >>> layer.count_params()  # 3 * 3 * (1 + 8) * 32 + 32 + 3 * 6 * 6 * 8
    3488

    Reference: see `keras_seq.ConvLSTM2DCell`.
    """

    cell_class = ConvLSTM2DCell


@keras.saving.register_keras_serializable("keras_seq")
class ConvLSTM1D(ConvLSTM):
    """`ConvLSTM2D` for frames of one axis: (B, T, W, C), or (B, T, C, W) with channels first.

    With our additional options off it has the weights and outputs of `keras.layers.ConvLSTM1D`.

    Example:

    >>> import keras_seq
    >>> layer = keras_seq.ConvLSTM1D(8, 3, peephole="channel")
    >>> tuple(layer(keras.ops.ones((2, 5, 6, 1))).shape)
    (2, 4, 8)
    """

    cell_class = ConvLSTM1DCell


@keras.saving.register_keras_serializable("keras_seq")
class ConvLSTM3D(ConvLSTM):
    """`ConvLSTM2D` for frames of three axes: (B, T, D, H, W, C), or channels first.

    With our additional options off it has the weights and outputs of `keras.layers.ConvLSTM3D`.

    Example:

    >>> import keras_seq
    >>> layer = keras_seq.ConvLSTM3D(4, 2, return_sequences=True)
    >>> tuple(layer(keras.ops.ones((2, 5, 3, 3, 3, 1))).shape)
    (2, 5, 2, 2, 2, 4)
    """

    cell_class = ConvLSTM3DCell
