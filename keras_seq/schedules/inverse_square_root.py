"""The learning rate schedule of the published Transformer."""

from typing import Any

import keras
from keras import ops

from keras_seq import checks


@keras.saving.register_keras_serializable("keras_seq")
class InverseSquareRoot(keras.optimizers.schedules.LearningRateSchedule):
    """Linear warmup, then decay with the inverse square root of the step.

        rate = peak_learning_rate * min(n / warmup_steps, sqrt(warmup_steps / n))    n = step + 1

    The published rate D^-0.5 min(n^-0.5, n warmup_steps^-1.5) is obtained with
    peak_learning_rate = (D warmup_steps)^-0.5.

    Args:
        peak_learning_rate: the largest learning rate, reached after `warmup_steps` steps.
        warmup_steps: number of steps of the linear warmup.

    Returns:
        The learning rate at a step, as the `learning_rate` of an optimizer.

    Raises:
        ValueError: an argument is out of range.

    Example:

    >>> from keras_seq.schedules import InverseSquareRoot
    >>> schedule = InverseSquareRoot(peak_learning_rate=1e-3, warmup_steps=100)
    >>> [round(float(schedule(step)), 6) for step in (0, 99, 399)]
    [1e-05, 0.001, 0.0005]

    Reference: Vaswani et al., Attention Is All You Need, NeurIPS 2017, section 5.3.
    """

    def __init__(self, peak_learning_rate: float, warmup_steps: int):
        super().__init__()
        checks.positive("InverseSquareRoot", peak_learning_rate=peak_learning_rate)
        checks.positive_int("InverseSquareRoot", warmup_steps=warmup_steps)
        self.peak_learning_rate = peak_learning_rate
        self.warmup_steps = warmup_steps

    def __call__(self, step: Any) -> Any:
        progress = (ops.cast(step, "float32") + 1.0) / self.warmup_steps
        return self.peak_learning_rate * ops.minimum(progress, ops.rsqrt(progress))

    def get_config(self) -> dict[str, Any]:
        return {
            "peak_learning_rate": self.peak_learning_rate,
            "warmup_steps": self.warmup_steps,
        }
