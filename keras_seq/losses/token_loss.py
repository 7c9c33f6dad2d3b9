"""The cross-entropy of token sequences, with label smoothing."""

from typing import Any

import keras
from keras import ops

from keras_seq import backend, checks
from keras_seq.losses.weighted_mean import MeanOfBatch


@keras.saving.register_keras_serializable("keras_seq")
class TokenLoss(MeanOfBatch):
    """The cross-entropy of tokens with label smoothing, averaged over weighted tokens.

        log P(v) = logits_v - log sum_v' exp(logits_v')
        loss     = -(1 - s) log P(y) - s / (V - 1) sum_{v > 0} log P(v)

    Token 0 is padding: label smoothing gives it no probability. To ignore padding in the targets,
    give it the weight 0 in `sample_weight`; the loss is the mean over tokens by their weights, on
    several devices over those of the whole batch: see `WeightedMean`.

    The gradient is hand-written. It needs a third of the passes over the logits, the largest tensor
    of a training step, that automatic differentiation needs.

    Args:
        label_smoothing: s, in [0, 1).
        name: name of the loss.

    Call arguments:
        y_true: tokens y, (B, T), integers in [0, V).
        y_pred: logits, (B, T, V).
        sample_weight: weights of rows (B,) or of tokens (B, T).

    Returns:
        The mean loss, a scalar, or a device's share of it.

    Raises:
        ValueError: `label_smoothing` is not in [0, 1), or the shapes do not agree.

    Example:

    >>> from keras_seq.losses import TokenLoss
    >>> tokens, logits = np.array([[2, 1, 0]]), np.zeros((1, 3, 4), "float32")
    >>> loss = TokenLoss(label_smoothing=0.1)(tokens, logits, sample_weight=tokens > 0)
    >>> bool(abs(float(loss) - np.log(4)) < 1e-6)
    True

    Reference: Szegedy et al., Rethinking the Inception Architecture for Computer Vision, CVPR 2016,
    section 7.
    """

    def __init__(self, label_smoothing: float = 0.0, name: str = "token_loss"):
        super().__init__(name)
        checks.unit_interval("TokenLoss", label_smoothing=label_smoothing)
        self.label_smoothing = label_smoothing

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Tokens (B, T) and logits (B, T, V) to losses (B, T)."""
        checks.rank("TokenLoss", "B T V", y_pred=y_pred.shape)
        B, T, _ = y_pred.shape
        checks.sizes("TokenLoss", "y_true", y_true.shape, "B T", B=B, T=T)
        return _losses(y_pred, ops.cast(y_true, "int32"), self.label_smoothing)

    def get_config(self) -> dict[str, Any]:
        return {"label_smoothing": self.label_smoothing, "name": self.name}


def _losses(logits, tokens, s):
    """The losses (B, T), with d / d logits_v = P(v) - (1 - s) [v = y] - s / (V - 1) [v > 0].

    The derivative takes four passes over the logits; automatic differentiation takes three times as
    many.
    """
    V = logits.shape[-1]
    indices = ops.expand_dims(tokens, -1)
    smoothing = ops.cast(ops.where(ops.equal(ops.arange(V), 0), 0.0, s / (V - 1)), logits.dtype)

    def parts_of(logits):
        total = ops.logsumexp(logits, axis=-1, keepdims=True)
        target_logits = ops.take_along_axis(logits, indices, axis=-1)
        losses = total - (1.0 - s) * target_logits
        if s:
            losses = losses - ops.matmul(logits, ops.expand_dims(smoothing, -1))
        return losses[..., 0], total, target_logits

    def with_gradient(logits):
        losses, total, target_logits = parts_of(logits)

        def gradient(upstream):
            d = ops.expand_dims(upstream, -1)
            d_logits = ops.exp(logits - total)
            d_target = ops.exp(target_logits - total) - (1.0 - s)
            if s:
                d_logits = d_logits - smoothing
                d_target = d_target - ops.take(smoothing, indices)
            flat = ops.reshape(d_logits * d, (-1, V))
            rows = ops.arange(ops.shape(flat)[0], dtype="int32")
            where = ops.stack([rows, ops.reshape(tokens, (-1,))], axis=-1)
            flat = ops.scatter_update(flat, where, ops.reshape(d_target * d, (-1,)))
            return ops.reshape(flat, ops.shape(logits))

        return losses, gradient

    return backend.custom_gradient(with_gradient, lambda logits: parts_of(logits)[0], logits)


def token_log_probabilities(logits: Any, tokens: Any) -> Any:
    """log P of each token: logits (B, T, V) and tokens (B, T) to (B, T)."""
    target_logits = ops.take_along_axis(logits, ops.expand_dims(tokens, -1), axis=-1)[..., 0]
    return target_logits - ops.logsumexp(logits, axis=-1)


def token_weights(owner: str, tokens: Any, sample_weight: Any) -> Any:
    """The weights of tokens (B, T) in the loss of `owner`, (B, T): 0 for padding."""
    real = ops.cast(ops.not_equal(tokens, 0), "float32")
    if sample_weight is None:
        return real
    sample_weight = ops.cast(ops.convert_to_tensor(sample_weight), "float32")
    B, T = tokens.shape
    if len(sample_weight.shape) == 1:
        checks.sizes(owner, "sample_weight", sample_weight.shape, "B", B=B)
        return real * ops.expand_dims(sample_weight, -1)
    checks.sizes(owner, "sample_weight", sample_weight.shape, "B T", B=B, T=T)
    return real * sample_weight
