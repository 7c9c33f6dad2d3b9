"""Batches in an order that depends only on seed and epoch."""

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np

from keras_seq import checks


class EpochBatches(keras.utils.PyDataset):
    """Batches whose order depends only on `(seed, epoch)`.

    It does not depend on earlier epochs, so training can resume exactly. The epoch advances after
    each full pass, or is set by `set_epoch`. A subclass defines `order(random)`, which returns the
    rows of each batch, and `batch(rows, index)`, which makes a batch. It calls `super().__init__`
    after everything that `order` needs is set.

    Args:
        seed: seed of the order.
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

    def __init__(self, seed: int, shuffle: bool = True) -> None:
        super().__init__()
        checks.boolean(type(self).__name__, shuffle=shuffle)
        checks.non_negative_int(type(self).__name__, seed=seed)
        self._seed = seed
        self._shuffle = shuffle
        self.set_epoch(0)

    def set_epoch(self, epoch: int) -> None:
        """Set the epoch, counted from 0, that determines the order of the batches."""
        self._epoch = epoch
        self._drawn = False
        self._batches = self.order(
            np.random.default_rng([self._seed, epoch]) if self._shuffle else None
        )

    def on_epoch_begin(self) -> None:
        # `on_epoch_end` cannot do this: Keras calls it before the first epoch too, and `restore`
        # needs the order of a pass after its end.
        if self._drawn:
            self.set_epoch(self._epoch + 1)

    @property
    def num_batches(self) -> int:
        return len(self._batches)

    def __len__(self) -> int:
        return len(self._batches)

    def __getitem__(self, index: int) -> Any:
        return self.batch(self._rows(index), index)

    def _rows(self, index):
        """The rows of a batch; the last batch completes the epoch."""
        self._drawn = self._drawn or index == len(self._batches) - 1
        return self._batches[index]


def vary_first_lengths(batches: Sequence[Any], length_of: Callable[[Any], int]) -> list[Any]:
    """Reorder batches so that the second has another length than the first, if one exists.

    Keras assumes a fixed length on TensorFlow if the first two batches have the same length.

    Example:

    >>> from keras_seq.data.epoch_batches import vary_first_lengths
    >>> vary_first_lengths(["ab", "cd", "e"], len)
    ['ab', 'e', 'cd']
    """
    first = length_of(batches[0])
    other = next((n for n, rows in enumerate(batches) if length_of(rows) != first), 1)
    batches = list(batches)
    batches[1:2], batches[other : other + 1] = batches[other : other + 1], batches[1:2]
    return batches


def padded(rows: Sequence[Any], length: int | None = None, count: int | None = None) -> np.ndarray:
    """Rows of ids as one array, padded with 0 at the end.

    Args:
        rows: list of integer arrays (T,) or (T, N).
        length: T of the result; None: the length of the longest row, at least 1.
        count: the number of rows of the result; rows of padding are added. None: as many as
            `rows`.

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
