"""A callback that stops training when the loss or a weight is not finite."""

import keras
import numpy as np


class NonFiniteLoss(ArithmeticError):
    """The loss or a weight became NaN or infinite."""


class FiniteLoss(keras.callbacks.Callback):
    """Stops training at the first step whose loss is NaN or infinite, and names that step.

    `keras.callbacks.TerminateOnNaN` finishes the epoch, so that checkpoints of useless weights are
    written. This callback raises an error instead. Put it before all callbacks that save; then the
    last checkpoint has finite weights.

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
        # The last step of the epoch may have changed a weight to NaN after its loss was computed.
        self._check("val_loss", (logs or {}).get("val_loss"), ", in validation")
        for variable in self.model.trainable_variables:
            self._check(f"weight {variable.path}", variable.numpy(), ", in its last step")

    def _check(self, name, value, where):
        if value is None:
            return
        values = np.asarray(keras.ops.convert_to_numpy(value), "float64")
        bad = values[~np.isfinite(values)]
        if bad.size:
            raise NonFiniteLoss(f"the {name} became {bad[0]} in epoch {self._epoch + 1}{where}")
