"""Computes the F1 of the validation data after each epoch, which determines the best epoch."""

from collections.abc import Callable

import keras
import numpy as np

from keras_seq.tasks.tagging.batches import TagBatches


class ValidationF1(keras.callbacks.Callback):
    """Adds `val_f1` to the logs of each epoch. Put it before the callbacks that read it.

    Args:
        batches: `keras_seq.tasks.tagging.TagBatches` of the validation data with `shuffle=False`.
        score: function from the predicted tags, a list of integer arrays (T,), to a float.

    Example:

    >>> from keras_seq.tasks.tagging.batches import TagBatches
    >>> from keras_seq.models import Tagger
    >>> from keras_seq.tasks.tagging.validation_f1 import ValidationF1
    >>> words, tags = {"words": [np.array([2, 3])]}, [np.array([0, 1])]
    >>> model = Tagger({"words": 4}, ["O", "S-X"], units=2, embedding_dim=2)
    >>> model.compile("sgd")
    >>> f1 = ValidationF1(TagBatches(words, None, 1, seed=0), lambda found: float(len(found)))
    >>> train = TagBatches(words, tags, 1, seed=0)
    >>> model.fit(train, callbacks=[f1], verbose=0).history["val_f1"]
    [1.0]
    """

    def __init__(self, batches: TagBatches, score: Callable[[list[np.ndarray]], float]):
        super().__init__()
        self._batches = batches
        self._score = score

    def on_epoch_end(self, epoch, logs=None):
        # On JAX, SwapEMAWeights leaves weights and averages in the same memory after the last
        # epoch. `predict` donates that memory, so the averages would be lost.
        for weight in self.model.trainable_variables:
            weight.assign(keras.ops.copy(weight))
        logs["val_f1"] = self._score(self.model.predict(self._batches, verbose=0))
