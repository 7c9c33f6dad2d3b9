"""Batches of pairs of sequences of similar length, each of about as many tokens."""

import keras
import numpy as np

from keras_seq import checks
from keras_seq.data.batches import padded_lengths


class PairBatches(keras.utils.PyDataset):
    """Pads pairs of similar length to one of a few lengths; every batch of a length is as large.

    The length of a pair is that of its longer side. A batch of length n has `tokens // n` pairs;
    what is missing in the last one of a length are rows of padding, which count in no loss. The
    order of an epoch depends on `(seed, epoch)` alone, as that of `keras_seq.data.TextBatches`.

    Args:
        sources, targets: lists of N integer arrays (T,); the targets end with the end token.
        tokens: of a batch, padding included, on each side.
        seed: of the order.
        shuffle: False keeps the same order in every epoch.

    Returns:
        A batch is `({"source": (B, T), "target": (B, T)},)`, int32, padded with 0.

    Raises:
        ValueError: there are no pairs, or not as many targets as sources.

    Example:

    >>> from keras_seq.data import PairBatches
    >>> one, two = [np.array([5, 6]), np.array([7])], [np.array([8, 2]), np.array([9, 2])]
    >>> (batch,) = PairBatches(one, two, tokens=6, seed=0, shuffle=False)[0]
    >>> batch["source"].shape, sorted(batch["source"][:, 1].tolist())
    ((3, 2), [0, 0, 6])
    """

    def __init__(self, sources, targets, tokens, seed, shuffle=True):
        super().__init__()
        checks.positive_int("PairBatches", tokens=tokens)
        if not sources or len(sources) != len(targets):
            both = (len(sources), len(targets))
            checks.refuse("PairBatches", "sources, targets", "as many and at least one", both)
        self._sides = {"source": sources, "target": targets}
        lengths = np.array([max(map(len, pair)) for pair in zip(sources, targets, strict=True)])
        self.boundaries = padded_lengths(None, lengths)
        self._bucket = np.searchsorted(self.boundaries, np.maximum(lengths, 1))
        self._tokens, self._seed, self._shuffle = tokens, seed, shuffle
        self.set_epoch(0)

    def rows_of(self, length):
        """B of a batch of this length."""
        return max(1, self._tokens // length)

    def set_epoch(self, epoch):
        """Take the order of an epoch, counted from 0."""
        self._epoch, self._drawn = epoch, False
        random = np.random.default_rng([self._seed, epoch])
        order = np.arange(len(self._bucket))
        if self._shuffle:
            order = random.permutation(order)
        self._batches = []
        for bucket, length in enumerate(self.boundaries):
            rows = order[self._bucket[order] == bucket]
            cuts = np.arange(self.rows_of(length), len(rows), self.rows_of(length))
            self._batches += [part for part in np.split(rows, cuts) if len(part)]
        if self._shuffle:
            self._batches = [self._batches[n] for n in random.permutation(len(self._batches))]
        # On TensorFlow, Keras takes the shape for fixed if the first two batches have the same.
        buckets = [self._bucket[rows[0]] for rows in self._batches]
        other = next((n for n, bucket in enumerate(buckets) if bucket != buckets[0]), 1)
        self._batches[1:2], self._batches[other : other + 1] = (
            self._batches[other : other + 1],
            self._batches[1:2],
        )

    def on_epoch_begin(self):
        if self._drawn:
            self.set_epoch(self._epoch + 1)

    def __len__(self):
        return len(self._batches)

    def __getitem__(self, index):
        rows = self._batches[index]
        self._drawn = self._drawn or index == len(self._batches) - 1
        length = self.boundaries[self._bucket[rows[0]]]
        batch = {}
        for name, side in self._sides.items():
            batch[name] = np.zeros((self.rows_of(length), length), "int32")
            for n, row in enumerate(rows):
                batch[name][n, : len(side[row])] = side[row]
        return (batch,)
