"""The loss of what a model says, token by token."""

import keras
from keras import ops

from keras_seq import checks


class TokenLoss(keras.losses.Loss):
    """-(1 - s) log P(y) - s / (V - 1) sum_v log P(v), the mean over tokens by their weights.

    Several devices that share a batch each take the mean of their part, as with Keras's losses.

    Args:
        label_smoothing: s, in [0, 1).
    """

    def __init__(self, label_smoothing):
        super().__init__("token_loss", reduction="mean_with_sample_weight")
        self.label_smoothing = label_smoothing

    def call(self, y_true, y_pred):
        """Tokens (B, T) and scores (B, T, V) to losses (B, T)."""
        return _lost(y_pred, ops.cast(y_true, "int32"), self.label_smoothing)


def _lost(scores, tokens, s):
    """The losses (B, T), with d / d score_v = P(v) - (1 - s) [v = y] - s / (V - 1) [v > 0].

    Written down it takes four passes over the scores, the largest tensor of a training step;
    autodiff takes three times as many.
    """
    V = scores.shape[-1]
    places = ops.expand_dims(tokens, -1)
    of_any = ops.cast(ops.where(ops.equal(ops.arange(V), 0), 0.0, s / (V - 1)), scores.dtype)

    @ops.custom_gradient
    def lost(scores):
        total = ops.logsumexp(scores, axis=-1, keepdims=True)
        at = ops.take_along_axis(scores, places, axis=-1)
        losses = total - (1.0 - s) * at
        if s:
            losses = losses - ops.matmul(scores, ops.expand_dims(of_any, -1))

        def gradient(*args, upstream=None):
            d = ops.expand_dims(args[0] if upstream is None else upstream, -1)
            of_all = ops.exp(scores - total)
            of_token = ops.exp(at - total) - (1.0 - s)
            if s:
                of_all = of_all - of_any
                of_token = of_token - ops.take(of_any, places)
            flat = ops.reshape(of_all * d, (-1, V))
            rows = ops.arange(ops.shape(flat)[0], dtype="int32")
            where = ops.stack([rows, ops.reshape(tokens, (-1,))], axis=-1)
            flat = ops.scatter_update(flat, where, ops.reshape(of_token * d, (-1,)))
            return ops.reshape(flat, ops.shape(scores))

        return losses[..., 0], gradient

    return lost(scores)


def log_probability(scores, tokens):
    """log P of each token: scores (B, T, V) and tokens (B, T) to (B, T)."""
    at = ops.take_along_axis(scores, ops.expand_dims(tokens, -1), axis=-1)[..., 0]
    return at - ops.logsumexp(scores, axis=-1)


def weights_of(tokens, sample_weight):
    """What each of the tokens (B, T) counts, (B, T): padding nothing."""
    real = ops.cast(ops.not_equal(tokens, 0), "float32")
    if sample_weight is None:
        return real
    given = ops.cast(ops.convert_to_tensor(sample_weight), "float32")
    if len(given.shape) == 1:
        return real * ops.expand_dims(given, -1)
    B, T = tokens.shape
    checks.sizes("Seq2Seq", "sample_weight", given.shape, "B T", B=B, T=T)
    return real * given
