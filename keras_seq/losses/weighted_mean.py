"""The mean of a loss by weights, over all devices that share a batch."""

from typing import Any

import keras
from keras import ops

from keras_seq import backend


class MeanOfBatch(keras.losses.Loss):
    """A loss that is divided by the weights of a whole batch, whichever devices these are on."""

    def __init__(self, name: str):
        super().__init__(name=name, reduction="sum")

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        y_true = ops.convert_to_tensor(y_true, dtype=self.dtype)
        losses = self.call(y_true, ops.convert_to_tensor(y_pred, dtype=self.dtype))
        weights = ops.ones_like(losses)
        if sample_weight is not None:
            weight = ops.convert_to_tensor(sample_weight, dtype=self.dtype)
            missing = len(losses.shape) - len(weight.shape)
            weights = weights * ops.reshape(weight, (*ops.shape(weight), *[1] * missing))
        return mean_of_batch(ops.sum(losses * weights), ops.sum(weights))


@keras.saving.register_keras_serializable("keras_seq")
class WeightedMean(MeanOfBatch):
    """The mean of a loss of Keras by weights, over a whole batch.

        loss = sum_i w_i loss_i / sum_i w_i

    Where several devices share a batch, Keras's losses take the mean of each device's part and
    average these, whatever the weights of the parts. This one divides by the weights of the batch.
    What has weight 0, such as padding, does not count.

    Args:
        loss: keras.losses.Loss; its reduction is not used.
        name: name of the loss.

    Call arguments:
        y_true, y_pred: as of `loss`.
        sample_weight: weights of rows (B,), or of the losses that `loss` computes.

    Returns:
        A scalar: a device's share of the mean, and the mean where there is one device.

    Example:

    >>> loss = keras_seq.losses.WeightedMean(keras.losses.MeanSquaredError())
    >>> x = np.array([[1.0], [2.0], [9.0]])
    >>> float(loss(0 * x, x, sample_weight=np.array([1.0, 1.0, 0.0])))
    2.5
    """

    def __init__(self, loss: keras.losses.Loss, name: str | None = None):
        super().__init__(name or loss.name)
        self.loss = loss

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return self.loss.call(y_true, y_pred)

    def get_config(self) -> dict[str, Any]:
        return {"loss": keras.saving.serialize_keras_object(self.loss), "name": self.name}

    @classmethod
    def from_config(cls, config):
        return cls(keras.saving.deserialize_keras_object(config["loss"]), config["name"])


def mean_of_batch(total: Any, weight: Any) -> Any:
    """A total over a total weight, or 0: where devices share a batch, over the weight of all.

    The sum over the devices is the mean of the batch. Not over `maximum(weight, 1.0)`: with small
    weights the total may be below 1.
    """
    weight = backend.sum_over_devices(weight)
    return total / ops.where(weight > 0, weight, 1.0)


def share_of_device(value: Any) -> Any:
    """A device's share of a value that each device computes whole, such as a weight penalty."""
    return value / backend.sum_over_devices(ops.ones(()))
