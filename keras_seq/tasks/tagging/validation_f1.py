"""The F1 of the validation data after each epoch, for the choice of the epoch."""

import keras


class ValidationF1(keras.callbacks.Callback):
    """Adds `val_f1` to the logs of each epoch. Put it before the callbacks that read it.

    Args:
        batches: `keras_seq.tasks.tagging.TagBatches` of the validation data, without a shuffle.
        score: function of the predicted tags, a list of integer arrays (T,), to a float.

    Example:

    >>> from keras_seq.tasks.tagging.batches import TagBatches
    >>> from keras_seq.models import Tagger
    >>> from keras_seq.tasks.tagging.validation_f1 import ValidationF1
    >>> words, tags = {"words": [np.array([2, 3])]}, [np.array([0, 1])]
    >>> model = Tagger({"words": 4}, ["O", "S-X"], units=2, embedding=2)
    >>> model.compile("sgd")
    >>> watch = ValidationF1(TagBatches(words, None, 1, seed=0), lambda found: float(len(found)))
    >>> train = TagBatches(words, tags, 1, seed=0)
    >>> model.fit(train, callbacks=[watch], verbose=0).history["val_f1"]
    [1.0]
    """

    def __init__(self, batches, score):
        super().__init__()
        self._batches = batches
        self._score = score

    def on_epoch_end(self, epoch, logs=None):
        # On JAX SwapEMAWeights leaves weights and averages in the same memory in the last epoch,
        # which `predict` gives away: the averages would be gone.
        for weight in self.model.trainable_variables:
            weight.assign(keras.ops.copy(weight))
        logs["val_f1"] = self._score(self.model.predict(self._batches, verbose=0))
