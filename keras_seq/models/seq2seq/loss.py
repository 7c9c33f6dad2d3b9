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
        s, lost = self.label_smoothing, -log_probability(y_pred, ops.cast(y_true, "int32"))
        if s:
            flat = ops.logsumexp(y_pred, axis=-1) - ops.mean(y_pred[..., 1:], axis=-1)
            lost = (1.0 - s) * lost + s * flat
        return lost


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
