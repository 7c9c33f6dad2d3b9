"""Batches of pairs of sequences of similar length, with about the same number of tokens."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from keras_seq import checks
from keras_seq.data.buckets import bucket_boundaries, check_integers
from keras_seq.data.epoch_batches import EpochBatches, padded, vary_first_lengths


class PairBatches(EpochBatches):
    """Batches of pairs that are padded to one of a few lengths, with one batch size per length.

    The length of a pair is the length of its longer side. A batch of length n has `tokens // n`
    pairs; the last batch of a length is filled with rows of padding, which do not affect the loss.
    The order of an epoch depends only on `(seed, epoch)`.

    Args:
        sources, targets: lists of N integer arrays (T,); the targets end with the end token.
        tokens: number of tokens of a batch on each side, padding included.
        seed: seed of the order.
        shuffle: False keeps the same order in every epoch.
        max_batch_size: largest number of pairs of a batch; None: only `tokens` limits it.
        multiple: the number of rows of every batch is a multiple of it, such as the number of
            devices that share the batch.

    Returns:
        A batch is `({"source": (B, T), "target": (B, T)},)`, int32, padded with 0.

    Raises:
        InputError: there are no pairs, or the numbers of sources and targets differ.

    Example:

    >>> from keras_seq.tasks.translation.batches import PairBatches
    >>> one, two = [np.array([5, 6]), np.array([7])], [np.array([8, 2]), np.array([9, 2])]
    >>> (batch,) = PairBatches(one, two, tokens=6, seed=0, shuffle=False)[0]
    >>> batch["source"].shape, sorted(batch["source"][:, 1].tolist())
    ((3, 2), [0, 0, 6])
    """

    def __init__(
        self,
        sources: Sequence[Any],
        targets: Sequence[Any],
        tokens: int,
        seed: int,
        shuffle: bool = True,
        max_batch_size: int | None = None,
        multiple: int = 1,
    ) -> None:
        max_batch_size = tokens if max_batch_size is None else max_batch_size
        checks.positive_int(
            "PairBatches", tokens=tokens, max_batch_size=max_batch_size, multiple=multiple
        )
        if not sources or len(sources) != len(targets):
            both = (len(sources), len(targets))
            checks.refuse("PairBatches", "sources, targets", "as many and at least one", both)
        self._sides = {
            side: [check_integers("PairBatches", f"{side}s[{i}]", r, 1) for i, r in enumerate(rows)]
            for side, rows in (("source", sources), ("target", targets))
        }
        lengths = np.array([max(map(len, pair)) for pair in zip(sources, targets, strict=True)])
        self.boundaries = bucket_boundaries("PairBatches", None, lengths)
        self._bucket = np.searchsorted(self.boundaries, np.maximum(lengths, 1))
        self._tokens, self._multiple = tokens, multiple
        self._max_batch_size = max_batch_size
        super().__init__(seed, shuffle)

    def batch_size(self, length: int) -> int:
        """The number of rows of a batch of this length."""
        rows = min(self._tokens // length, self._max_batch_size) // self._multiple
        return max(1, rows) * self._multiple

    def order(self, random: np.random.Generator | None) -> list[np.ndarray]:
        order = np.arange(len(self._bucket))
        if random is not None:
            order = random.permutation(order)
        batches = []
        for bucket, length in enumerate(self.boundaries):
            rows = order[self._bucket[order] == bucket]
            cuts = np.arange(self.batch_size(length), len(rows), self.batch_size(length))
            batches += [part for part in np.split(rows, cuts) if len(part)]
        if random is not None:
            batches = [batches[n] for n in random.permutation(len(batches))]
        return vary_first_lengths(batches, self._length)

    def batch(self, rows: np.ndarray, index: int) -> tuple[Any, ...]:
        length = self._length(rows)
        return (
            {
                name: padded([side[row] for row in rows], length, self.batch_size(length))
                for name, side in self._sides.items()
            },
        )

    def _length(self, rows):
        return self.boundaries[self._bucket[rows[0]]]
