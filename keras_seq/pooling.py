"""Pooling over time: from one vector per time step to one vector per sequence.

All layers have the same call arguments: `inputs` x (B, T, F) and `mask` m (B, T), True where a step
is real (None: all are). They return (B, F). A row without a real step gives zeros, and values at
masked steps, NaN included, affect neither the result nor a gradient.
"""

from typing import Any

import keras
from keras import ops

from keras_seq import checks


class _Pooling(keras.layers.Layer):
    """Base class: checks the shapes and does not pass on the mask."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True

    def call(self, inputs: Any, mask: Any = None) -> Any:
        owner = type(self).__name__
        checks.rank(owner, "B T F", inputs=inputs.shape)
        checks.not_empty(owner, "inputs", inputs.shape)
        batch, length, _ = inputs.shape
        mask = checks.mask(owner, "mask", mask, "B T", B=batch, T=length)
        if mask is None:
            mask = ops.ones(ops.shape(inputs)[:2], "bool")
        return self.pool(inputs, ops.expand_dims(mask, -1))

    def compute_mask(self, inputs, mask=None):
        return None

    def compute_output_shape(self, input_shape):
        return (input_shape[0], input_shape[2])


@keras.saving.register_keras_serializable("keras_seq")
class MeanPooling(_Pooling):
    """The mean over the real steps.

        y = sum_t m_t x_t / max(sum_t m_t, 1)

    Call arguments:
        inputs: x, (B, T, F).
        mask: m, (B, T), True where a step is real; None: all are.

    Returns:
        y, (B, F).

    Masking: a row without a real step gives zeros; the mask is not passed on.

    Raises:
        ValueError: the shapes do not agree.

    Example:

    >>> import keras_seq
    >>> x = keras.ops.array([[[1.0], [3.0], [99.0]]])
    >>> float(keras_seq.MeanPooling()(x, mask=keras.ops.array([[True, True, False]]))[0, 0])
    2.0
    """

    def pool(self, inputs, mask):
        total = ops.sum(ops.where(mask, inputs, ops.zeros_like(inputs)), axis=1)
        count = ops.sum(ops.cast(mask, "float32"), axis=1)  # float16 counts only to 2048
        return total / ops.cast(ops.maximum(count, 1.0), inputs.dtype)


@keras.saving.register_keras_serializable("keras_seq")
class MaxPooling(_Pooling):
    """The largest value of each feature over the real steps.

        y_f = max_{t: m_t} x_tf

    Call arguments:
        inputs: x, (B, T, F).
        mask: m, (B, T), True where a step is real; None: all are.

    Returns:
        y, (B, F).

    Masking: a row without a real step gives zeros; the mask is not passed on.

    Raises:
        ValueError: the shapes do not agree.

    Example:

    >>> import keras_seq
    >>> x = keras.ops.array([[[-1.0], [-3.0], [99.0]]])
    >>> float(keras_seq.MaxPooling()(x, mask=keras.ops.array([[True, True, False]]))[0, 0])
    -1.0
    """

    def pool(self, inputs, mask):
        largest = ops.max(ops.where(mask, inputs, _lowest_finite(inputs)), axis=1)
        return ops.where(ops.any(mask, axis=1), largest, ops.zeros_like(largest))


@keras.saving.register_keras_serializable("keras_seq")
class AttentionPooling(_Pooling):
    """A weighted mean over the real steps, with learned attention weights.

        s_t = v . tanh(x_t W + b)
        a_t = m_t exp(s_t) / sum_t m_t exp(s_t)
        y   = sum_t a_t x_t

    Weights: `kernel` W (F, units), `bias` b (units,), `context` v (units,).

    Args:
        units: size of the hidden layer that scores a step, a positive integer; None: F.

    Call arguments:
        inputs: x, (B, T, F).
        mask: m, (B, T), True where a step is real; None: all are.

    Returns:
        y, (B, F).

    Masking: a row without a real step gives zeros; the mask is not passed on.

    Raises:
        ValueError: `units` is not a positive integer, or the shapes do not agree.

    Example:

    >>> import keras_seq
    >>> tuple(keras_seq.AttentionPooling(4)(keras.ops.ones((2, 5, 3))).shape)
    (2, 3)

    Reference: Yang et al., Hierarchical Attention Networks for Document Classification,
    NAACL 2016, section 2.2.
    """

    def __init__(self, units: int | None = None, **kwargs):
        if units is not None:
            checks.positive_int("AttentionPooling", units=units)
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape):
        F = input_shape[-1]
        A = self.units or F
        self.kernel = self.add_weight((F, A), "glorot_uniform", name="kernel")
        self.bias = self.add_weight((A,), "zeros", name="bias")
        self.context = self.add_weight((A,), "glorot_uniform", name="context")

    def pool(self, inputs, mask):
        inputs = ops.where(mask, inputs, ops.zeros_like(inputs))
        hidden = ops.tanh(ops.matmul(inputs, self.kernel) + self.bias)  # (B, T, A)
        scores = ops.sum(hidden * self.context, axis=-1, keepdims=True)  # (B, T, 1)
        scores = ops.where(mask, scores, _lowest_finite(scores))
        weights = ops.exp(scores - ops.max(scores, axis=1, keepdims=True))
        weights = weights * ops.cast(mask, weights.dtype)
        total = ops.sum(weights, axis=1, keepdims=True)
        weights = weights / ops.where(total > 0, total, ops.ones_like(total))
        return ops.sum(weights * inputs, axis=1)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "units": self.units}


def _lowest_finite(x):
    """A very low finite number of the dtype of x, in the shape of x."""
    narrow = keras.backend.standardize_dtype(x.dtype) == "float16"
    return ops.full_like(x, -65504.0 if narrow else -3e38)
