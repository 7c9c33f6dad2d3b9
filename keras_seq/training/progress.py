"""Lines on the progress of an epoch, for output without a progress bar."""

import time

import keras


class ProgressLines(keras.callbacks.Callback):
    """Prints the step, the steps of the epoch and the loss, at most once in `seconds`.

    With `verbose=2`, as in a file or a pipe, Keras prints nothing before an epoch has ended.

    Args:
        seconds: the shortest time between two lines.

    Example:

    >>> from keras_seq.training.progress import ProgressLines
    >>> lines = ProgressLines(seconds=0)
    >>> lines.set_params({"steps": 20})
    >>> lines.on_epoch_begin(0)
    >>> lines.on_train_batch_end(9, {"loss": 0.5})
      step 10 of 20, loss 0.5000
    """

    def __init__(self, seconds: float = 30.0) -> None:
        super().__init__()
        self._seconds = seconds

    def on_epoch_begin(self, epoch, logs=None):
        self._last = time.monotonic()

    def on_train_batch_end(self, batch, logs=None):
        if time.monotonic() - self._last >= self._seconds:
            self._last = time.monotonic()
            loss = float(logs["loss"])
            print(f"  step {batch + 1} of {self.params['steps']}, loss {loss:.4f}", flush=True)
