"""The loss of an evaluation as the mean over all tokens, however they are batched."""

from keras import ops


class TokenMean:
    """What models whose loss is a mean over tokens share.

    Keras weighs the loss of a batch by its rows. So in an evaluation `compute_loss` gives nats a
    row, the metric `length` has tokens a row (nothing while training), and here the one is divided
    by the other.
    """

    def get_metrics_result(self):
        results = super().get_metrics_result()
        length = results.pop("length")
        if "loss" in results:
            results["loss"] = results["loss"] / ops.where(length > 0, length, 1.0)
        return results


def a_row(tokens, rows):
    """How many of so many tokens, weighed, a row has on the mean."""
    return tokens / ops.cast(rows, "float32")
