"""Evaluation losses that are means over all tokens, whatever the batch sizes are."""

from typing import Any

from keras import ops

from keras_seq import backend


class TokenMeanLoss:
    """A mixin for models whose loss is a mean over tokens.

    Keras weights the loss of a batch by its number of rows. In evaluation, `compute_loss` therefore
    returns the loss per row and the metric `length` measures tokens per row. This class divides the
    mean loss by the mean length. In training the metric `length` has no value.
    """

    def get_metrics_result(self) -> dict[str, Any]:
        results = super().get_metrics_result()
        length = results.pop("length")
        if "loss" in results:
            results["loss"] = results["loss"] / ops.where(length > 0, length, 1.0)
        return results


def mean_per_row(total: Any, num_rows: Any, of_batch: bool = False) -> Any:
    """A total, such as a number of tokens, divided by its number of rows.

    Both are those of one device, or if `of_batch`, of all devices that share a batch.
    """
    num_rows = ops.cast(num_rows, "float32")
    if of_batch:
        total, num_rows = backend.sum_over_devices(total), backend.sum_over_devices(num_rows)
    return total / num_rows
