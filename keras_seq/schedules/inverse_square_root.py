"""The learning rate that Transformers are trained with."""

import keras
from keras import ops

from keras_seq import checks


@keras.saving.register_keras_serializable("keras_seq")
class InverseSquareRoot(keras.optimizers.schedules.LearningRateSchedule):
    """Up in a straight line, then down with the root of the steps.

        rate = peak * min(n / warm_up, sqrt(warm_up / n))        n = step + 1

    The published rate D^-0.5 min(n^-0.5, n warm_up^-1.5) is that of peak = (D warm_up)^-0.5.

    Args:
        peak: the highest rate, reached after `warm_up` steps.
        warm_up: how many steps it rises.

    Returns:
        The rate at a step, as the `learning_rate` of an optimizer.

    Raises:
        ValueError: an argument is out of range.

    Example:

    >>> from keras_seq.schedules import InverseSquareRoot
    >>> rate = InverseSquareRoot(peak=1e-3, warm_up=100)
    >>> [round(float(rate(step)), 6) for step in (0, 99, 399)]
    [1e-05, 0.001, 0.0005]

    Reference: Vaswani et al., Attention Is All You Need, NeurIPS 2017, section 5.3.
    """

    def __init__(self, peak, warm_up):
        super().__init__()
        checks.positive("InverseSquareRoot", peak=peak)
        checks.positive_int("InverseSquareRoot", warm_up=warm_up)
        self.peak, self.warm_up = peak, warm_up

    def __call__(self, step):
        share = (ops.cast(step, "float32") + 1.0) / self.warm_up
        return self.peak * ops.minimum(share, ops.rsqrt(share))

    def get_config(self):
        return {"peak": self.peak, "warm_up": self.warm_up}
