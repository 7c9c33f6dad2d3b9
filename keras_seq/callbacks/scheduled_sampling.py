"""Scheduled sampling: from teacher forcing to a model's own predictions, epoch by epoch."""

import keras

from keras_seq import checks


class ScheduledSampling(keras.callbacks.Callback):
    """Raises the probability with which a model reads its own predictions in training.

    `model.sampling_probability` is `initial_probability` in epoch 0, changes by the same amount
    from epoch to epoch, and is `final_probability` from epoch `epochs` on. It is a function of the
    epoch alone, so that training can resume exactly.

    Args:
        initial_probability, final_probability: in [0, 1].
        epochs: number of epochs over which the probability changes.

    Raises:
        ValueError: an argument is out of range.

    Example:

    >>> from keras_seq.callbacks import ScheduledSampling
    >>> from keras_seq.models import FramePredictor
    >>> model = FramePredictor((8, 8, 1), horizon=2, filters=4, num_layers=1)
    >>> schedule = ScheduledSampling(initial_probability=0.0, final_probability=1.0, epochs=4)
    >>> schedule.set_model(model)
    >>> schedule.on_epoch_begin(1)
    >>> float(model.sampling_probability)
    0.25

    Reference: Bengio et al., Scheduled Sampling for Sequence Prediction with Recurrent Neural
    Networks, NeurIPS 2015.
    """

    def __init__(self, initial_probability: float, final_probability: float, epochs: int):
        super().__init__()
        checks.closed_unit_interval(
            "ScheduledSampling",
            initial_probability=initial_probability,
            final_probability=final_probability,
        )
        checks.positive_int("ScheduledSampling", epochs=epochs)
        self.initial_probability = initial_probability
        self.final_probability = final_probability
        self.epochs = epochs

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        progress = min(1.0, epoch / self.epochs)
        change = self.final_probability - self.initial_probability
        self.model.sampling_probability.assign(self.initial_probability + change * progress)
