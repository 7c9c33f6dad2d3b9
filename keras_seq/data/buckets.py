"""Batches of sequences of similar length, in an order that depends only on seed and epoch."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from keras_seq import checks
from keras_seq.data.epoch_batches import EpochBatches, vary_first_lengths
from keras_seq.errors import InputError

# XLA compiles a program for every length of batches, so only a few lengths are used.
_MAX_LENGTHS = 6
_MAX_CANDIDATES = 256
_INT32_LIMIT = 2**31


class Buckets(EpochBatches):
    """Batches of sequences that are padded to one of a few lengths.

    Sequences are shuffled, sorted by bucket and cut into batches, of which one may be smaller; then
    the batches are shuffled. A subclass defines `batch_of(rows, length)`, which makes a batch.

    Args:
        lengths: integer array (B,), the lengths of the sequences.
        batch_size: number of sequences in a batch.
        seed: seed of the order.
        shuffle: False keeps the same order in every epoch.
        boundaries: ascending lengths that batches are padded to; the length of the longest
            sequence is added if it is larger. None chooses at most 6 with the least padding.

    Example:

    >>> from keras_seq.data.buckets import Buckets
    >>> buckets = Buckets([30, 10, 20], 2, seed=0, shuffle=False)
    >>> buckets.boundaries, len(buckets)
    (array([16, 24, 30]), 2)
    """

    def __init__(
        self,
        lengths: Any,
        batch_size: int,
        seed: int,
        shuffle: bool = True,
        boundaries: Sequence[int] | None = None,
    ) -> None:
        owner = type(self).__name__
        checks.positive_int(owner, batch_size=batch_size)
        self._lengths = np.asarray(lengths)
        self.boundaries = bucket_boundaries(owner, boundaries, self._lengths)
        self._bucket = np.searchsorted(self.boundaries, self._lengths)
        self._batch_size = batch_size
        super().__init__(seed, shuffle)

    def order(self, random: np.random.Generator | None) -> list[np.ndarray]:
        order = np.arange(len(self._lengths))
        if random is not None:
            order = random.permutation(order)
        order = order[np.argsort(self._bucket[order], kind="stable")]
        batches = np.split(order, np.arange(self._batch_size, len(order), self._batch_size))
        if random is not None:
            batches = [batches[i] for i in random.permutation(len(batches))]
        return vary_first_lengths(batches, self._length)

    def batch(self, rows: np.ndarray, index: int) -> tuple[Any, ...]:
        return self.batch_of(rows, self._length(rows))

    def _length(self, rows):
        return self.boundaries[self._bucket[rows].max()]

    def restore(self, outputs: Any) -> np.ndarray:
        """The outputs of the last pass over all batches, in the order of the data.

        Example:

        >>> from keras_seq.data.buckets import Buckets
        >>> class Rows(Buckets):
        ...     def batch_of(self, rows, length):
        ...         return (rows,)
        >>> batches = Rows([20, 1], 1, seed=0, shuffle=False)
        >>> outputs = np.concatenate([10 * rows for (rows,) in batches])
        >>> outputs, batches.restore(outputs)
        (array([10,  0]), array([ 0, 10]))
        """
        return np.asarray(outputs)[self._places()]

    def _places(self):
        """The position of each sequence of the data in the last pass."""
        return np.argsort(np.concatenate(self._batches))


def check_integers(
    owner: str,
    name: str,
    values: Any,
    low: int,
    limit: int | None = None,
    limit_name: str | None = None,
) -> np.ndarray:
    """`values` as an int32 array (T,) within [low, limit), or an error.

    Example:

    >>> check_integers("Buckets", "lengths", [3, 1], low=1)
    array([3, 1], dtype=int32)
    """
    array = np.asarray(values)
    if array.ndim != 1 or (array.size and array.dtype.kind not in "iu"):
        received = f"dtype={array.dtype}, shape={array.shape}"
        raise InputError(f"{owner}: `{name}` must be one row of integers. Received: {received}")
    wrong = np.flatnonzero((array < low) | (array >= (limit or _INT32_LIMIT)))
    if wrong.size:
        below = f" and less than {limit_name}={limit}" if limit else ""
        raise InputError(
            f"{owner}: `{name}` must be at least {low}{below}. "
            f"Received: {array[wrong[0]]} at position {wrong[0]}"
        )
    return array.astype("int32", copy=False)


def bucket_boundaries(
    owner: str, boundaries: Sequence[int] | None, lengths: np.ndarray
) -> np.ndarray:
    """The lengths to pad to; the last one is at least the length of the longest sequence.

    Example:

    >>> bucket_boundaries("Buckets", [8, 16], np.array([3, 20]))
    array([ 8, 16, 20])
    """
    longest = max(1, lengths.max())
    if boundaries is None:
        return _least_padding(np.maximum(lengths, 1), longest)
    ends = np.asarray(boundaries)
    if ends.ndim != 1 or ends.dtype.kind != "i" or not np.all(np.diff(ends, prepend=0) > 0):
        checks.refuse(owner, "boundaries", "ascending positive integers", boundaries)
    return ends if ends[-1] >= longest else np.append(ends, longest)


def _least_padding(lengths, longest):
    """At most `_MAX_LENGTHS` boundaries with the least padding, by dynamic programming."""
    step = 8 * -(-longest // (8 * _MAX_CANDIDATES))
    rounded = np.minimum(-(-lengths // step) * step, longest)
    ends, counts = np.unique(rounded, return_counts=True)
    before = np.concatenate([[0], np.cumsum(counts)])
    # cells[i, j]: the sequences of ends i to j, all padded to end j.
    cells = np.triu((before[1:] - before[:-1, None]) * ends).astype("float64")
    cells[np.tril_indices(len(ends), -1)] = np.inf
    fewest, first_of_last = cells[0], []
    for _ in range(min(_MAX_LENGTHS, len(ends)) - 1):
        options = np.concatenate([[0.0], fewest[:-1]])[:, None] + cells
        first_of_last.append(options.argmin(axis=0))
        fewest = options.min(axis=0)
    last = len(ends) - 1
    chosen = [ends[last]]
    for first in reversed(first_of_last):
        last = first[last] - 1
        if last < 0:
            break
        chosen.insert(0, ends[last])
    return np.array(chosen)
