"""The optimizers of recipes."""

from typing import Literal

import keras

OPTIMIZERS = {
    "adam": keras.optimizers.Adam,
    "adamw": keras.optimizers.AdamW,
    "lion": keras.optimizers.Lion,
    "nadam": keras.optimizers.Nadam,
    "rmsprop": keras.optimizers.RMSprop,
    "sgd": keras.optimizers.SGD,
}
OptimizerName = Literal["adam", "adamw", "lion", "nadam", "rmsprop", "sgd"]


def make_optimizer(
    name: OptimizerName,
    learning_rate: float | keras.optimizers.schedules.LearningRateSchedule,
    weight_decay: float = 0.0,
    clip_norm: float | None = None,
    average_over: int | None = None,
) -> keras.optimizers.Optimizer:
    """A Keras optimizer that clips the global norm of the gradients.

    Weight decay is decoupled from the gradient for every optimizer, and biases do not decay.

    Args:
        name: a name of `OPTIMIZERS`.
        learning_rate: a positive number, or a schedule.
        weight_decay: the fraction of each weight that one step subtracts, times `learning_rate`.
        clip_norm: the largest norm of the gradient; 0 or None: no clipping.
        average_over: number of steps of the moving average of the weights, which
            `keras.callbacks.SwapEMAWeights` swaps with them; or None.

    Returns:
        keras.optimizers.Optimizer.

    Example:

    >>> from keras_seq.training.optimizers import make_optimizer
    >>> make_optimizer("sgd", 0.1, clip_norm=1.0).global_clipnorm
    1.0
    """
    made = OPTIMIZERS[name](
        learning_rate,
        weight_decay=weight_decay or None,
        global_clipnorm=clip_norm or None,
        use_ema=average_over is not None,
        ema_momentum=1 - 1 / (average_over or 1),
    )
    made.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return made
