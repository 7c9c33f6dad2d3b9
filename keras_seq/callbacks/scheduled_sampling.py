"""From teacher forcing to a model's own predictions, epoch by epoch."""

import keras

from keras_seq import checks


class ScheduledSampling(keras.callbacks.Callback):
    """Raises the probability with which a model is fed its own predictions in training.

    `model.sampling` is `first` in epoch 0, rises by the same amount from epoch to epoch and is
    `last` from epoch `over` on: a function of the epoch alone, so training can resume exactly.

    Args:
        first, last: in [0, 1].
        over: epochs.

    Raises:
        ValueError: an argument is out of range.

    Example:

    >>> from keras_seq.callbacks import ScheduledSampling
    >>> from keras_seq.models import FramePredictor
    >>> model = FramePredictor((8, 8, 1), horizon=2, filters=4, layers=1)
    >>> schedule = ScheduledSampling(first=0.0, last=1.0, over=4)
    >>> schedule.set_model(model)
    >>> schedule.on_epoch_begin(1)
    >>> float(model.sampling)
    0.25

    Reference: Bengio et al., Scheduled Sampling for Sequence Prediction with Recurrent Neural
    Networks, NeurIPS 2015.
    """

    def __init__(self, first, last, over):
        super().__init__()
        checks.share("ScheduledSampling", first=first, last=last)
        checks.positive_int("ScheduledSampling", over=over)
        self.first, self.last, self.over = first, last, over

    def on_epoch_begin(self, epoch, logs=None):
        way = min(1.0, epoch / self.over)
        self.model.sampling.assign(self.first + (self.last - self.first) * way)
