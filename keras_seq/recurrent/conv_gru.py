"""The ConvGRU: a GRU whose state is an image."""

import keras

from keras_seq.recurrent.cell import arguments_of
from keras_seq.recurrent.conv_cell import ConvCell
from keras_seq.recurrent.gru_step import GRUStep
from keras_seq.recurrent.layer import RecurrentLayer


@keras.saving.register_keras_serializable("keras_seq")
class ConvGRU2DCell(GRUStep, ConvCell):
    """One step of a GRU on images: each product is a convolution, written x.

        z  = sigmoid(X x W_z + H x R_z + b_z)
        r  = sigmoid(X x W_r + H x R_r + b_r)
        n  = tanh(X x W_h + b_h + r * (H x R_h + d_h))      reset="after"; d: recurrent bias
        n  = tanh(X x W_h + b_h + (r * H) x R_h)            reset="before"
        n  = tanh(X x W_h + b_h + H x R_h)                  reset=None: no r
        H' = z * H + (1 - z) * n                            update="keep"
        H' = (1 - z) * H + z * n                            update="candidate"

    The convolution of X has the strides, padding and dilation of the arguments, that of H stride
    1, padding "same" and no dilation, so that the state keeps its size. With `layer_norm`,
    X x W becomes norm(X x W) and H x R becomes norm(H x R), over the channels of all gates
    together (for reset="before" over z and r, and over h of its own).

    Weights, for images of C channels and kernels of k by k: `kernel` W (k, k, C, 3F) and
    `recurrent_kernel` R (k, k, F, 3F) with the gates in the order z, r, h; without a reset gate
    z, h and 2F. `bias` (2, 3F) for reset="after", the input's b and the recurrent d; (3F,) for
    "before"; (2F,) for None. Layer norm: `kernel_norm_gamma`, `kernel_norm_beta`,
    `recurrent_norm_gamma`, `recurrent_norm_beta`, (3F,) or (2F,).

    Args:
        filters: F, a positive integer.
        kernel_size: k, or one for each axis.
        strides: of the convolution of X, or one for each axis.
        padding: "valid" or "same", of the convolution of X.
        data_format: "channels_last" or "channels_first"; None is Keras's setting.
        dilation_rate: of the convolution of X, or one for each axis.
        activation: of n.
        recurrent_activation: of the gates.
        use_bias: whether there are b and d.
        kernel_initializer: of W.
        recurrent_initializer: of R.
        bias_initializer: of b and d.
        kernel_regularizer: of W.
        recurrent_regularizer: of R.
        bias_regularizer: of b and d.
        kernel_constraint: of W.
        recurrent_constraint: of R.
        bias_constraint: of b and d.
        dropout: fraction of X dropped in X x W, one mask for all time steps.
        recurrent_dropout: fraction of H dropped in H x R, one mask for all time steps.
        seed: of all dropout.
        reset: "after", "before" or None; where the reset gate works.
        update: "keep" or "candidate"; what the update gate lets through.
        layer_norm: normalise the convolutions, epsilon 1e-3.
        dropout_per_gate: draw a mask for each gate instead of one for all.
        recurrent_weight_dropout: fraction of the single weights of R dropped, one draw per batch.

    Call arguments:
        inputs: X, (B, H, W, C), or (B, C, H, W) with the channels first.
        states: [H], of the shape of the convolved X.
        training: dropout draws only when True.

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

    family = "conv_gru"
    rank = 2

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
        reset="after",
        update="keep",
        layer_norm=False,
        dropout_per_gate=False,
        recurrent_weight_dropout=0.0,
        **kwargs,
    ):
        super().__init__(arguments_of(locals()), **kwargs)


@keras.saving.register_keras_serializable("keras_seq")
class ConvGRU2D(RecurrentLayer):
    """Convolutional GRU over a sequence of images: `ConvGRU2DCell`, run over time.

    Equations and weights are those of `keras_seq.ConvGRU2DCell`. The images of all time steps are
    convolved at once; a step is left with the convolution of its state.

    Args:
        filters: F, a positive integer.
        kernel_size: k, or one for each axis.
        *args, **kwargs: every argument of `keras.layers.ConvLSTM2D` but `unit_forget_bias`, in
            its order, and the keyword arguments `reset`, `update`, `layer_norm`,
            `dropout_per_gate` and `recurrent_weight_dropout` of `keras_seq.ConvGRU2DCell`.
        use_native: "auto" runs the backend's own loop where there is one, False never, and True
            raises with the reason where there is none.

    Call arguments:
        sequences: (B, T, H, W, C), T at least 1, or (B, T, C, H, W) with the channels first.
        initial_state: h, of the shape of a convolved image, or [h]; zeros when None.
        mask: (B, T), True where a step is real.
        training: dropout draws only when True.

    Returns:
        h of the last step (B, H, W, F), or of all steps (B, T, H, W, F) with `return_sequences`,
        with the channels where the input has them; with `return_state` also the last h.

    Masking: a masked step keeps the state and repeats the last output (zeros before the first
    real step, and at every masked step with `zero_output_for_mask`). What stands there, NaN
    included, reaches no result and no gradient. The mask goes on with `return_sequences`.

    Raises:
        ValueError: an argument is out of range, a shape does not fit, or `use_native=True`
            where no native loop serves.

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
    keras_class = keras.layers.ConvLSTM2D
    without = ("unit_forget_bias",)
