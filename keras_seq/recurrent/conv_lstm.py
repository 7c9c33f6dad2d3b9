"""The ConvLSTM family: LSTMs whose states are frames, with the published peepholes."""

import keras

from keras_seq import checks
from keras_seq.recurrent.cell import arguments_of
from keras_seq.recurrent.conv_cell import SPACE, ConvCell
from keras_seq.recurrent.layer import RecurrentLayer
from keras_seq.recurrent.lstm_step import LSTMStep


class ConvLSTMCell(LSTMStep, ConvCell):
    """What the ConvLSTM cells share; `keras_seq.ConvLSTM2DCell` has the equations."""

    family = native = "conv_lstm"

    def __init__(
        self,
        filters,
        kernel_size,
        strides=1,
        padding="valid",
        data_format=None,
        dilation_rate=1,
        activation="tanh",
        recurrent_activation="sigmoid",
        use_bias=True,
        kernel_initializer="glorot_uniform",
        recurrent_initializer="orthogonal",
        bias_initializer="zeros",
        unit_forget_bias=True,
        kernel_regularizer=None,
        recurrent_regularizer=None,
        bias_regularizer=None,
        kernel_constraint=None,
        recurrent_constraint=None,
        bias_constraint=None,
        dropout=0.0,
        recurrent_dropout=0.0,
        seed=None,
        *,
        peephole=False,
        coupled=False,
        layer_norm=False,
        dropout_per_gate=False,
        recurrent_weight_dropout=0.0,
        **kwargs,
    ):
        super().__init__(arguments_of(locals()), **kwargs)
        checks.one_of(self.owner, (False, True, "channel"), peephole=peephole)

    def _peephole_shape(self):
        if self.peephole == "channel":
            return (self.filters,)
        space, channels = self._parted(self.state_shapes(self.frame)[0])
        if None in space:
            checks.conflict(
                self.owner,
                f"`peephole=True` and frames of unknown size, {(None, *self.frame)},",
                "each pixel has peepholes of its own; peephole='channel' takes any size",
            )
        return (*space, channels)

    def _wanted(self, space):
        built, _ = self._parted(self.frame)
        sizes = zip(space, built, strict=True)
        if self.peephole is True and any(now not in (None, then) for now, then in sizes):
            size = ", ".join(f"{n}={s}" for n, s in zip(SPACE[self.rank], built, strict=True))
            return f"of frames of {size}, for which `peephole=True` has its weights"
        return None


@keras.saving.register_keras_serializable("keras_seq")
class ConvLSTM2DCell(ConvLSTMCell):
    """One step of an LSTM on images: each product is a convolution, written x.

        i  = sigmoid(X x W_i + H x R_i + p_i * C + b_i)
        f  = sigmoid(X x W_f + H x R_f + p_f * C + b_f)     coupled: 1 - i
        g  = tanh   (X x W_c + H x R_c           + b_c)
        C' = f * C + i * g
        o  = sigmoid(X x W_o + H x R_o + p_o * C' + b_o)
        H' = o * tanh(C')

    With `peephole=False` all p are 0. The convolution of X has the strides, padding and dilation
    of the arguments, that of H stride 1, padding "same" and no dilation, so that the states keep
    their size. With `layer_norm`, X x W becomes norm(X x W) and H x R becomes norm(H x R), over
    the channels of all gates together, and C' becomes norm(f * C + i * g), over its channels.

    Weights, for images of C channels and kernels of k by k: `kernel` W (k, k, C, 4F),
    `recurrent_kernel` R (k, k, F, 4F), `bias` b (4F,), with the gates in the order i, f, c, o;
    with `coupled` i, c, o and 3F. `peephole` p (3, H, W, F) in the order i, f, o, where H and W
    are the state's size, with the channels last in either data format; (3, F) for "channel";
    with `coupled` 2 rows, i, o. Layer norm: `kernel_norm_gamma`, `kernel_norm_beta`,
    `recurrent_norm_gamma`, `recurrent_norm_beta` (4F,) or (3F,), `state_norm_gamma`,
    `state_norm_beta` (F,).

    Args:
        filters: F, a positive integer.
        kernel_size: k, or one for each axis.
        strides: of the convolution of X, or one for each axis.
        padding: "valid" or "same", of the convolution of X.
        data_format: "channels_last" or "channels_first"; None is Keras's setting.
        dilation_rate: of the convolution of X, or one for each axis.
        activation: of g and of C' in H'.
        recurrent_activation: of the gates.
        use_bias: whether there is a b.
        kernel_initializer: of W; also of the peepholes.
        recurrent_initializer: of R.
        bias_initializer: of b.
        unit_forget_bias: start b_f at 1; with `coupled`, b_i at -1.
        kernel_regularizer: of W; also of the peepholes.
        recurrent_regularizer: of R.
        bias_regularizer: of b.
        kernel_constraint: of W; also of the peepholes.
        recurrent_constraint: of R.
        bias_constraint: of b.
        dropout: fraction of X dropped in X x W, one mask for all time steps.
        recurrent_dropout: fraction of H dropped in H x R, one mask for all time steps.
        seed: of all dropout.
        peephole: let the gates see the cell state: True with a weight for each pixel and filter,
            as published, for images of one size; "channel" with a weight for each filter.
        coupled: f = 1 - i, with no weights of its own.
        layer_norm: normalise the convolutions and the cell state, epsilon 1e-3.
        dropout_per_gate: draw a mask for each gate, as Keras does, instead of one for all.
        recurrent_weight_dropout: fraction of the single weights of R dropped, one draw per batch.

    Call arguments:
        inputs: X, (B, H, W, C), or (B, C, H, W) with the channels first.
        states: [H, C], of the shape of the convolved X.
        training: dropout draws only when True.

    Returns:
        H' and the new states [H', C'].

    Raises:
        ValueError: an argument is out of range, a shape does not fit, or with `peephole=True`
            the images are of another size than the first.

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
    """`ConvLSTM2DCell` for frames of one axis: (B, W, C), or (B, C, W) with the channels first.

    Example:

    >>> import keras_seq
    >>> rnn = keras.layers.RNN(keras_seq.ConvLSTM1DCell(8, 3))
    >>> tuple(rnn(keras.ops.ones((2, 5, 6, 1))).shape)
    (2, 4, 8)
    """

    rank = 1


@keras.saving.register_keras_serializable("keras_seq")
class ConvLSTM3DCell(ConvLSTMCell):
    """`ConvLSTM2DCell` for frames of three axes: (B, D, H, W, C), or the channels first.

    Example:

    >>> import keras_seq
    >>> rnn = keras.layers.RNN(keras_seq.ConvLSTM3DCell(4, 2))
    >>> tuple(rnn(keras.ops.ones((2, 5, 3, 3, 3, 1))).shape)
    (2, 2, 2, 2, 4)
    """

    rank = 3


@keras.saving.register_keras_serializable("keras_seq")
class ConvLSTM2D(RecurrentLayer):
    """Convolutional LSTM over a sequence of images: `ConvLSTM2DCell`, run over time.

    With our options off it is `keras.layers.ConvLSTM2D`, weight for weight. Equations and weights
    are those of `keras_seq.ConvLSTM2DCell`. The convolutions of the images wait for
    no step; a step is left with the convolution of its state.

    Args:
        filters: F, a positive integer.
        kernel_size: k, or one for each axis.
        *args, **kwargs: every argument of `keras.layers.ConvLSTM2D`, in its order, and the
            keyword arguments `peephole`, `coupled`, `layer_norm`, `dropout_per_gate` and
            `recurrent_weight_dropout` of `keras_seq.ConvLSTM2DCell`.
        use_native: "auto" runs the backend's own loop where there is one, False never, and True
            raises with the reason where there is none.

    Call arguments:
        sequences: (B, T, H, W, C), T at least 1, or (B, T, C, H, W) with the channels first.
        initial_state: [h, c], each of the shape of a convolved image; zeros when None.
        mask: (B, T), True where a step is real.
        training: dropout draws only when True.

    Returns:
        h of the last step (B, H, W, F), or of all steps (B, T, H, W, F) with `return_sequences`,
        with the channels where the input has them; with `return_state` also the last h and c.

    Masking: a masked step keeps the states and repeats the last output (zeros before the first
    real step, and at every masked step with `zero_output_for_mask`). What stands there, NaN
    included, reaches no result and no gradient. The mask goes on with `return_sequences`.

    Raises:
        ValueError: an argument is out of range, a shape does not fit, with `peephole=True` the
            images are of another size than the first, or `use_native=True` where no native loop
            serves.

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
    keras_class = keras.layers.ConvLSTM2D


@keras.saving.register_keras_serializable("keras_seq")
class ConvLSTM1D(RecurrentLayer):
    """`ConvLSTM2D` for frames of one axis: (B, T, W, C), or (B, T, C, W) with the channels first.

    With our options off it is `keras.layers.ConvLSTM1D`, weight for weight.

    Example:

    >>> import keras_seq
    >>> layer = keras_seq.ConvLSTM1D(8, 3, peephole="channel")
    >>> tuple(layer(keras.ops.ones((2, 5, 6, 1))).shape)
    (2, 4, 8)
    """

    cell_class = ConvLSTM1DCell
    keras_class = keras.layers.ConvLSTM1D


@keras.saving.register_keras_serializable("keras_seq")
class ConvLSTM3D(RecurrentLayer):
    """`ConvLSTM2D` for frames of three axes: (B, T, D, H, W, C), or the channels first.

    With our options off it is `keras.layers.ConvLSTM3D`, weight for weight.

    Example:

    >>> import keras_seq
    >>> layer = keras_seq.ConvLSTM3D(4, 2, return_sequences=True)
    >>> tuple(layer(keras.ops.ones((2, 5, 3, 3, 3, 1))).shape)
    (2, 5, 2, 2, 2, 4)
    """

    cell_class = ConvLSTM3DCell
    keras_class = keras.layers.ConvLSTM3D
