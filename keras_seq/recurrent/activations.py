"""The activation function that keeps the states of minGRU and minLSTM positive."""

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable("keras_seq")
def positive(x: Any) -> Any:
    """x + 0.5 where x >= 0, and sigmoid(x) elsewhere: continuous, increasing and above 0.

    Example:

    >>> from keras_seq.recurrent.activations import positive
    >>> [float(y) for y in positive(keras.ops.array([0.0, 2.0]))]
    [0.5, 2.5]

    Reference: Feng et al., Were RNNs All We Needed?, 2024, appendix B.
    """
    return ops.where(x >= 0, x + 0.5, ops.sigmoid(x))
