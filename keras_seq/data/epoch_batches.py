"""Batches in an order that is known for every epoch."""

import keras
import numpy as np

from keras_seq import checks


class EpochBatches(keras.utils.PyDataset):
    """Batches whose order depends on `(seed, epoch)` alone.

    It is the same whatever ran before, so training can resume exactly. `fit` goes on to the next
    epoch after each full pass; `set_epoch` says which one it is. What extends this says in
    `order(random)` what the rows of each batch are and in `batch(rows, index)` what a batch of them
    is, and calls `super().__init__` when it can.

    Args:
        seed: of the order.
        shuffle: False keeps the same order in every epoch.

    Example:

    >>> from keras_seq.data.epoch_batches import EpochBatches
    >>> class Numbers(EpochBatches):
    ...     def order(self, random):
    ...         return [[0, 1], [2]] if random is None else random.permutation([[0, 1], [2, 3]])
    ...
    ...     def batch(self, rows, index):
    ...         return (np.array(rows),)
    >>> Numbers(seed=0, shuffle=False)[1]
    (array([2]),)
    """

    def __init__(self, seed, shuffle=True):
        super().__init__()
        checks.boolean(type(self).__name__, shuffle=shuffle)
        self._seed = seed
        self._shuffle = shuffle
        self.set_epoch(0)

    def set_epoch(self, epoch):
        """Take the order of an epoch, counted from 0."""
        self._epoch = epoch
        self._drawn = False
        self._batches = self.order(
            np.random.default_rng([self._seed, epoch]) if self._shuffle else None
        )

    def on_epoch_begin(self):
        # Not `on_epoch_end`: Keras calls that before the first epoch too, and a prediction is put
        # back in order after it.
        if self._drawn:
            self.set_epoch(self._epoch + 1)

    @property
    def num_batches(self):
        return len(self._batches)

    def __len__(self):
        return len(self._batches)

    def __getitem__(self, index):
        return self.batch(self._rows(index), index)

    def _rows(self, index):
        """The rows of a batch; with those of the last one the epoch is drawn."""
        self._drawn = self._drawn or index == len(self._batches) - 1
        return self._batches[index]


def unlike_first(batches, length_of):
    """The batches, so that the second has another length than the first, if any has.

    On TensorFlow, Keras takes the length for fixed if the first two batches have the same.

    Example:

    >>> from keras_seq.data.epoch_batches import unlike_first
    >>> unlike_first(["ab", "cd", "e"], len)
    ['ab', 'e', 'cd']
    """
    first = length_of(batches[0])
    other = next((n for n, rows in enumerate(batches) if length_of(rows) != first), 1)
    batches = list(batches)
    batches[1:2], batches[other : other + 1] = batches[other : other + 1], batches[1:2]
    return batches


def padded(rows, length=None, count=None):
    """Rows of ids as one array, padded with 0 at the end.

    Args:
        rows: list of integer arrays (T,) or (T, N).
        length: T of the result; None: that of the longest row, at least 1.
        count: rows of the result, of which the last are padding; None: as many as there are.

    Returns:
        int32 array (count, length) or (count, length, N).

    Example:

    >>> from keras_seq.data.epoch_batches import padded
    >>> padded([[3], [4, 5]]).tolist()
    [[3, 0], [4, 5]]
    """
    length = max([1, *map(len, rows)]) if length is None else length
    array = np.zeros((count or len(rows), length, *np.shape(rows[0])[1:]), "int32")
    for n, row in enumerate(rows):
        array[n, : len(row)] = row
    return array
