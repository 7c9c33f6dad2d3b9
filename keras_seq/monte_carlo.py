"""Mean and standard deviation of repeated predictions with active dropout."""

from typing import Any

import keras
import numpy as np

from keras_seq import checks


def monte_carlo_dropout(
    model: keras.Model, x: Any, samples: int, batch_size: int = 32
) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of a model's predictions with active dropout.

        mean = 1/S sum_s model(x, training=True)_s
        std  = sqrt(1/S sum_s (model(x, training=True)_s - mean)^2)

    Every sample draws new masks, and within a sample a recurrent layer uses the same masks at all
    time steps, so that the samples are draws from an approximate posterior. BatchNormalization uses
    the statistics of each batch. The weights and the moving statistics of the model do not change.

    Args:
        model: a built `keras.Model` with one output.
        x: its inputs, as `model.predict` takes them.
        samples: S, a positive integer.
        batch_size: number of examples in a batch.

    Returns:
        mean and std, NumPy arrays of the shape of `model.predict(x)`.

    Raises:
        ValueError: `samples` or `batch_size` is not a positive integer, or the model has
            several outputs.

    Example:

    >>> import keras_seq
    >>> model = keras.Sequential([keras.Input((5, 3)), keras_seq.LSTM(4, dropout=0.5)])
    >>> mean, std = keras_seq.monte_carlo_dropout(model, np.ones((2, 5, 3)), samples=8)
    >>> mean.shape, bool((std > 0).any())
    ((2, 4), True)

    Reference: Gal and Ghahramani, Dropout as a Bayesian Approximation: Representing Model
    Uncertainty in Deep Learning, ICML 2016.
    """
    checks.positive_int("monte_carlo_dropout", samples=samples, batch_size=batch_size)
    stochastic = _InTrainingMode(model, name="monte_carlo_dropout")
    seeds = {id(v) for v in model.variables if "seed_generator" in v.path}
    before = [
        (v, keras.ops.convert_to_numpy(v).copy())
        for v in model.non_trainable_variables
        if id(v) not in seeds
    ]
    mean = squares = 0.0
    try:
        for n in range(1, samples + 1):
            _restore(before)  # a stateful layer starts every sample from the same state
            sample = stochastic.predict(x, batch_size=batch_size, verbose=0)
            if not isinstance(sample, np.ndarray):
                checks.refuse("monte_carlo_dropout", "model", "a model with one output", model.name)
            sample = sample.astype("float64")
            step = sample - mean
            mean = mean + step / n  # Welford's running mean and sum of squares
            squares = squares + step * (sample - mean)
    finally:
        _restore(before)
    return mean.astype("float32"), np.sqrt(squares / samples).astype("float32")


def _restore(values):
    for variable, value in values:
        variable.assign(value)


class _InTrainingMode(keras.Model):
    """A model whose `predict` runs another model in training mode."""

    def __init__(self, model, name):
        super().__init__(name=name)  # the name of the class would begin with an underscore
        self.model = model

    def call(self, inputs):
        return self.model(inputs, training=True)
