"""The LSTM family: one cell with the textbook's options, and its layer."""

import keras

from keras_seq import checks
from keras_seq.recurrent.cell import RecurrentCell, arguments_of
from keras_seq.recurrent.layer import RecurrentLayer
from keras_seq.recurrent.lstm_step import LSTMStep


@keras.saving.register_keras_serializable("keras_seq")
class LSTMCell(LSTMStep, RecurrentCell):
    """One step of a long short-term memory, with the options of the literature.

        i  = sigmoid(x W_i + h R_i + p_i * c + b_i)
        f  = sigmoid(x W_f + h R_f + p_f * c + b_f)     coupled: 1 - i;  no forget gate: 1
        g  = tanh   (x W_c + h R_c           + b_c)
        c' = f * c + i * g                              then clipped to [-cell_clip, cell_clip]
        o  = sigmoid(x W_o + h R_o + p_o * c' + b_o)
        h' = (o * tanh(c')) P                           P: the projection, if there is one

    With `peephole=False` all p are 0. With `layer_norm`, x W becomes norm(x W) and h R becomes
    norm(h R), over all gates together, and c' becomes norm(f * c + i * g). With `zoneout` z,
    a state keeps its old value with probability z at each step: h' = m * h + (1 - m) * h', and
    c likewise, m ~ Bernoulli(z); at inference m = z.

    Weights: `kernel` W (F, 4U), `recurrent_kernel` R (H, 4U), `bias` b (4U,), with the gates in
    the order i, f, c, o; without a forget gate of its own (`coupled` or `forget_gate=False`)
    i, c, o and 3U. `peephole` p (3, U) in the order i, f, o, or (2, U) in the order i, o.
    `projection` P (U, H). H is `projection`, or U without one. Layer norm: `kernel_norm_gamma`,
    `kernel_norm_beta`, `recurrent_norm_gamma`, `recurrent_norm_beta` (4U,) or (3U,),
    `state_norm_gamma`, `state_norm_beta` (U,).

    Count, with m = U and n = F: 4((m+n)m + m) in all, 3((m+n)m + m) without a forget gate of its
    own; peephole adds 3m (or 2m), layer norm 18m (or 14m); a projection to H turns (m+n)m into
    (H+n)m and adds mH.

    With all options off this is `keras.layers.LSTMCell`, weight for weight.

    Args:
        units: U, a positive integer.
        activation: of g and of c' in h'.
        recurrent_activation: of the gates.
        use_bias: whether there is a b.
        kernel_initializer: of W; also of the peepholes and the projection.
        recurrent_initializer: of R.
        bias_initializer: of b.
        unit_forget_bias: start b_f at 1; with `coupled`, b_i at -1.
        kernel_regularizer: of W; also of the peepholes and the projection.
        recurrent_regularizer: of R.
        bias_regularizer: of b.
        kernel_constraint: of W; also of the peepholes and the projection.
        recurrent_constraint: of R.
        bias_constraint: of b.
        dropout: fraction of x dropped in x W, one mask for all time steps.
        recurrent_dropout: fraction of h dropped in h R, one mask for all time steps.
        seed: of all dropout.
        peephole: let the gates see the cell state.
        coupled: f = 1 - i, with no weights of its own.
        forget_gate: False leaves the forget gate out (the cell of 1997).
        layer_norm: normalise the projections and the cell state, epsilon 1e-3.
        projection: size H of the projected hidden state, or None.
        zoneout: probability of each state unit to keep its value, in [0, 1).
        cell_clip: bound of the cell state, or None.
        dropout_per_gate: draw a mask for each gate instead of one for all.
        recurrent_weight_dropout: fraction of the single weights of R dropped, one draw per batch.

    Call arguments:
        inputs: x, (B, F).
        states: [h, c], (B, H) and (B, U).
        training: dropout and zoneout draw only when True.

    Returns:
        h', (B, H), and the new states [h', c'].

    Raises:
        ValueError: an argument is out of range, or two make no sense together.

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

    def __init__(
        self,
        units,
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
        forget_gate=True,
        layer_norm=False,
        projection=None,
        zoneout=0.0,
        cell_clip=None,
        dropout_per_gate=False,
        recurrent_weight_dropout=0.0,
        **kwargs,
    ):
        super().__init__(arguments_of(locals()), **kwargs)
        owner = self.owner
        checks.boolean(owner, peephole=peephole)
        if projection is not None:
            checks.positive_int(owner, projection=projection)
        if cell_clip is not None:
            checks.positive(owner, cell_clip=cell_clip)
        if coupled and not forget_gate:
            checks.conflict(
                owner,
                "`coupled=True` and `forget_gate=False`",
                "a coupled cell forgets by 1 - i, and without a forget gate nothing is forgotten",
            )
        if layer_norm and cell_clip is not None:
            checks.conflict(
                owner,
                f"`layer_norm=True` and `cell_clip={cell_clip}`",
                "a normalised cell state is already bounded",
            )


@keras.saving.register_keras_serializable("keras_seq")
class LSTM(RecurrentLayer):
    """Long short-term memory over a sequence: `LSTMCell`, run over time.

    With our options off it is `keras.layers.LSTM`, weight for weight. Equations, weights and
    parameter counts are those of `keras_seq.LSTMCell`.

    Args:
        units: U, a positive integer.
        *args, **kwargs: every argument of `keras.layers.LSTM`, in its order, and the keyword
            arguments `peephole`, `coupled`, `forget_gate`, `layer_norm`, `projection`,
            `zoneout`, `cell_clip`, `dropout_per_gate` and `recurrent_weight_dropout` of
            `keras_seq.LSTMCell`.
        use_native: "auto" runs the backend's own loop where there is one, False never, and True
            raises with the reason where there is none.

    Call arguments:
        sequences: (B, T, F), T at least 1.
        initial_state: [h, c], (B, H) and (B, U); zeros when None.
        mask: (B, T), True where a step is real.
        training: dropout and zoneout draw only when True.

    Returns:
        h of the last step (B, H), or of all steps (B, T, H) with `return_sequences`; with
        `return_state` also the last h and c.

    Masking: a masked step keeps the states and repeats the last output (zeros before the first
    real step, and at every masked step with `zero_output_for_mask`). What stands there, NaN
    included, reaches no result and no gradient. The mask goes on with `return_sequences`.

    Raises:
        ValueError: an argument is out of range, a shape does not fit, or `use_native=True`
            where no native loop serves.

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
    keras_class = keras.layers.LSTM
