"""Training that stops where its numbers are lost, instead of going on with NaN."""

import keras
import numpy as np


class NonFiniteLoss(ArithmeticError):
    """The loss or a weight became NaN or infinite."""


class FiniteLoss(keras.callbacks.Callback):
    """Stops training at the first step whose loss is NaN or infinite, and says which it is.

    `keras.callbacks.TerminateOnNaN` ends the epoch instead, after which checkpoints of the lost
    weights are written. This one raises, so that nothing after it happens: put it before every
    callback that saves, and the last checkpoint is of finite weights.

    Raises:
        NonFiniteLoss: from `fit`; with the epoch and the step, both counted from 1.

    Example:

    >>> from keras_seq.training.finite_loss import FiniteLoss, NonFiniteLoss
    >>> model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> x = np.array([[1.0], [float("nan")]])
    >>> try:
    ...     history = model.fit(x, x, batch_size=2, callbacks=[FiniteLoss()], verbose=0)
    ... except NonFiniteLoss as error:
    ...     print(error)
    the loss became nan in epoch 1, step 1
    """

    def on_epoch_begin(self, epoch, logs=None):
        self._epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        self._check("loss", (logs or {}).get("loss"), f", step {batch + 1}")

    def on_epoch_end(self, epoch, logs=None):
        # The last step of the epoch may have spoiled the weights after its own loss was taken.
        self._check("val_loss", (logs or {}).get("val_loss"), ", in validation")
        for variable in self.model.trainable_variables:
            self._check(f"weight {variable.path}", variable.numpy(), ", in its last step")

    def _check(self, name, value, where):
        if value is None:
            return
        values = np.asarray(keras.ops.convert_to_numpy(value), "float64")
        lost = values[~np.isfinite(values)]
        if lost.size:
            raise NonFiniteLoss(f"the {name} became {lost[0]} in epoch {self._epoch + 1}{where}")
