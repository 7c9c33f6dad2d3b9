"""Batches of sequences of similar length, in an order that is known for every epoch."""

import numpy as np

from keras_seq import checks
from keras_seq.data.epoch_batches import EpochBatches, unlike_first

# Every length of batch is compiled once by XLA, so there are few.
_MOST_LENGTHS = 6
_MOST_CANDIDATES = 256
_INT32_LIMIT = 2**31


class Buckets(EpochBatches):
    """The order of batches whose sequences are padded to one of a few lengths.

    Sequences are shuffled, sorted by bucket, cut into batches, of which one may be short, and the
    batches shuffled. What extends this says in `batch_of(rows, length)` what a batch of some rows
    is.

    Args:
        lengths: integer array (B,), of the sequences.
        batch_size: sequences in a batch.
        seed: of the order.
        shuffle: False keeps the same order in every epoch.
        boundaries: ascending lengths that batches are padded to; the longest one is added if it
            is longer. None finds at most 6 with the least padding.

    Example:

    >>> from keras_seq.data.buckets import Buckets
    >>> buckets = Buckets([30, 10, 20], 2, seed=0, shuffle=False)
    >>> buckets.boundaries, len(buckets)
    (array([16, 24, 30]), 2)
    """

    def __init__(self, lengths, batch_size, seed, shuffle=True, boundaries=None):
        owner = type(self).__name__
        checks.positive_int(owner, batch_size=batch_size)
        self._lengths = np.asarray(lengths)
        self.boundaries = padded_lengths(owner, boundaries, self._lengths)
        self._bucket = np.searchsorted(self.boundaries, self._lengths)
        self._batch_size = batch_size
        super().__init__(seed, shuffle)

    def order(self, random):
        order = np.arange(len(self._lengths))
        if random is not None:
            order = random.permutation(order)
        order = order[np.argsort(self._bucket[order], kind="stable")]
        batches = np.split(order, np.arange(self._batch_size, len(order), self._batch_size))
        if random is not None:
            batches = [batches[i] for i in random.permutation(len(batches))]
        return unlike_first(batches, self._length)

    def batch(self, rows, index):
        return self.batch_of(rows, self._length(rows))

    def _length(self, rows):
        return self.boundaries[self._bucket[rows].max()]

    def restore(self, outputs):
        """What came out of the last pass over all batches, row by row, in the order of the data.

        Example:

        >>> ids = [np.array([2] * 20), np.array([3])]
        >>> batches = keras_seq.tasks.classification.TextBatches(ids, None, 1, 0, shuffle=False)
        >>> [batch[0, 0].item() for (batch,) in batches]
        [3, 2]
        >>> batches.restore([3, 2])
        array([2, 3])
        """
        return np.asarray(outputs)[self._places()]

    def _places(self):
        """Where each sequence of the data stood in the last pass."""
        return np.argsort(np.concatenate(self._batches))


def integers(owner, name, values, low, limit=None, limit_name=None):
    """`values` as a whole-number array (T,) within [low, limit), or a refusal."""
    array = np.asarray(values)
    if array.ndim != 1 or (array.size and array.dtype.kind not in "iu"):
        received = f"dtype={array.dtype}, shape={array.shape}"
        raise ValueError(f"{owner}: `{name}` must be one row of integers. Received: {received}")
    wrong = np.flatnonzero((array < low) | (array >= (limit or _INT32_LIMIT)))
    if wrong.size:
        below = f" and less than {limit_name}={limit}" if limit else ""
        raise ValueError(
            f"{owner}: `{name}` must be at least {low}{below}. "
            f"Received: {array[wrong[0]]} at position {wrong[0]}"
        )
    return array.astype("int32", copy=False)


def padded_lengths(owner, boundaries, lengths):
    """The lengths to pad to: the last one reaches the longest text."""
    longest = max(1, lengths.max())
    if boundaries is None:
        return _least_padding(np.maximum(lengths, 1), longest)
    ends = np.asarray(boundaries)
    if ends.ndim != 1 or ends.dtype.kind != "i" or not np.all(np.diff(ends, prepend=0) > 0):
        checks.refuse(owner, "boundaries", "ascending positive integers", boundaries)
    return ends if ends[-1] >= longest else np.append(ends, longest)


def _least_padding(lengths, longest):
    """At most `_MOST_LENGTHS` ends with the fewest padded cells in all, by dynamic programming."""
    step = 8 * -(-longest // (8 * _MOST_CANDIDATES))
    rounded = np.minimum(-(-lengths // step) * step, longest)
    ends, counts = np.unique(rounded, return_counts=True)
    before = np.concatenate([[0], np.cumsum(counts)])
    # cells[i, j]: the texts of ends i to j, all padded to end j.
    cells = np.triu((before[1:] - before[:-1, None]) * ends).astype("float64")
    cells[np.tril_indices(len(ends), -1)] = np.inf
    fewest, first_of_last = cells[0], []
    for _ in range(min(_MOST_LENGTHS, len(ends)) - 1):
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
