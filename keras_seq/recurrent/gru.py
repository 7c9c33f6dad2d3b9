"""The GRU family: reset gate after, before or absent, both conventions of the update gate."""

import keras

from keras_seq import checks
from keras_seq.recurrent.cell import RecurrentCell, arguments_of
from keras_seq.recurrent.gru_step import GRUStep
from keras_seq.recurrent.layer import RecurrentLayer


@keras.saving.register_keras_serializable("keras_seq")
class GRUCell(GRUStep, RecurrentCell):
    """One step of a gated recurrent unit, with the options of the literature.

        z  = sigmoid(x W_z + h R_z + b_z)
        r  = sigmoid(x W_r + h R_r + b_r)
        n  = tanh(x W_h + b_h + r * (h R_h + d_h))      reset="after"; d is the recurrent bias
        n  = tanh(x W_h + b_h + (r * h) R_h)            reset="before"
        n  = tanh(x W_h + b_h + h R_h)                  reset=None, the simplified GRU: no r
        h' = z * h + (1 - z) * n                        update="keep"
        h' = (1 - z) * h + z * n                        update="candidate"

    With `layer_norm`, x W becomes norm(x W) and h R becomes norm(h R), over all gates together
    (for reset="before" over z and r, and over h of its own). With `zoneout` p, a unit keeps its
    value with probability p at each step: h' = m * h + (1 - m) * h', m ~ Bernoulli(p); at
    inference m = p.

    Weights: `kernel` W (F, 3U) and `recurrent_kernel` R (U, 3U) with the gates in the order
    z, r, h; without a reset gate z, h and 2U. `bias` (2, 3U) for reset="after", the input's b
    and the recurrent d; (3U,) for "before"; (2U,) for None. Layer norm: `kernel_norm_gamma`,
    `kernel_norm_beta`, `recurrent_norm_gamma`, `recurrent_norm_beta`, (3U,) or (2U,).

    Count, with m = U and n = F: 3((m+n)m + 2m) for reset="after", 3((m+n)m + m) for "before",
    2((m+n)m + m) for None; layer norm adds 12m, or 8m without a reset gate.

    With `reset` "after" or "before" and `update="keep"` this is `keras.layers.GRUCell`, weight
    for weight; "after" is also torch.nn.GRU, and both are onnx's GRU (linear_before_reset).

    Args:
        units: U, a positive integer.
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
        dropout: fraction of x dropped in x W, one mask for all time steps.
        recurrent_dropout: fraction of h dropped in h R, one mask for all time steps.
        reset_after: Keras's name for the choice: True is reset="after", False "before"; None
            leaves it to `reset`.
        seed: of all dropout.
        reset: "after", "before" or None; where the reset gate works.
        update: "keep" or "candidate"; what the update gate lets through.
        layer_norm: normalise the projections, epsilon 1e-3.
        zoneout: probability of each unit to keep its value, in [0, 1).
        dropout_per_gate: draw a mask for each gate instead of one for all.
        recurrent_weight_dropout: fraction of the single weights of R dropped, one draw per batch.

    Call arguments:
        inputs: x, (B, F).
        states: [h], (B, U).
        training: dropout and zoneout draw only when True.

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

    def __init__(
        self,
        units,
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
        reset_after=None,
        seed=None,
        *,
        reset="after",
        update="keep",
        layer_norm=False,
        zoneout=0.0,
        dropout_per_gate=False,
        recurrent_weight_dropout=0.0,
        **kwargs,
    ):
        super().__init__(arguments_of(locals()), **kwargs)
        owner = self.owner
        checks.one_of(owner, (True, False, None), reset_after=reset_after)
        if reset_after is not None:
            named = "after" if reset_after else "before"
            if reset not in ("after", named):
                checks.conflict(
                    owner,
                    f"`reset_after={reset_after}` and `reset={reset!r}`",
                    f"the first says reset={named!r}",
                )
            self.reset, self.reset_after = named, None


@keras.saving.register_keras_serializable("keras_seq")
class GRU(RecurrentLayer):
    """Gated recurrent unit over a sequence: `GRUCell`, run over time.

    With our options off it is `keras.layers.GRU`, weight for weight. Equations, weights and
    parameter counts are those of `keras_seq.GRUCell`.

    Args:
        units: U, a positive integer.
        *args, **kwargs: every argument of `keras.layers.GRU`, in its order, and the keyword
            arguments `reset`, `update`, `layer_norm`, `zoneout`, `dropout_per_gate` and
            `recurrent_weight_dropout` of `keras_seq.GRUCell`.
        use_native: "auto" runs the backend's own loop where there is one, False never, and True
            raises with the reason where there is none.

    Call arguments:
        sequences: (B, T, F), T at least 1.
        initial_state: h, (B, U), or [h]; zeros when None.
        mask: (B, T), True where a step is real.
        training: dropout and zoneout draw only when True.

    Returns:
        h of the last step (B, U), or of all steps (B, T, U) with `return_sequences`; with
        `return_state` also the last h.

    Masking: a masked step keeps the state and repeats the last output (zeros before the first
    real step, and at every masked step with `zero_output_for_mask`). What stands there, NaN
    included, reaches no result and no gradient. The mask goes on with `return_sequences`.

    Raises:
        ValueError: an argument is out of range, a shape does not fit, or `use_native=True`
            where no native loop serves.

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
    keras_class = keras.layers.GRU
