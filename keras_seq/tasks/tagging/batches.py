"""Batches of sentences with one tag for each token."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from keras_seq import checks
from keras_seq.data.buckets import Buckets, check_integers
from keras_seq.data.epoch_batches import padded
from keras_seq.errors import InputError


class TagBatches(Buckets):
    """Batches of sentences that are padded to one of a few lengths.

    The order is the one of `keras_seq.data.buckets.Buckets`.

    Args:
        features: dictionary of name -> list of integer arrays (T,) or (T, N), as
            `TokenFeatures.encode` gives them.
        tags: list of integer arrays (T,), or None to predict.
        batch_size: number of sentences in a batch.
        seed: seed of the order.
        shuffle: False keeps the same order in every epoch.
        boundaries: ascending lengths that batches are padded to; None chooses at most 6.
        classes: upper bound of the tags, exclusive; None: not checked.

    Returns:
        A batch is `(inputs, tags)`: a dictionary of int32 (B, T) or (B, T, N) padded with 0 at the
        end, and int32 (B, T), also padded with 0; without tags it is `(inputs,)`.

    Raises:
        InputError: there are no sentences, the lists have different lengths, or the tags are out of
            range or not as many as the tokens.

    Example:

    >>> words = [np.array([2, 3, 4]), np.array([5])]
    >>> batches = keras_seq.tasks.tagging.TagBatches({"words": words}, [[1, 0, 0], [2]], 2, seed=0)
    >>> inputs, tags = batches[0]
    >>> inputs["words"].shape, sorted(tags[:, 0].tolist())
    ((2, 3), [1, 2])
    """

    def __init__(
        self,
        features: Mapping[str, Sequence[Any]],
        tags: Sequence[Any] | None,
        batch_size: int,
        seed: int,
        shuffle: bool = True,
        boundaries: Sequence[int] | None = None,
        classes: int | None = None,
    ) -> None:
        owner = "TagBatches"
        rows = {
            name: [_ids(owner, f"features[{name!r}][{i}]", row) for i, row in enumerate(ids)]
            for name, ids in features.items()
        }
        first = next(iter(rows))
        lengths = [len(row) for row in rows[first]]
        if not lengths:
            raise InputError(f"{owner}: `features` must hold at least one sentence. Received: none")
        for name, ids in rows.items():
            if [len(row) for row in ids] != lengths:
                raise InputError(
                    f"{owner}: `features[{name!r}]` must hold as many sentences of as many tokens "
                    f"as `features[{first!r}]`"
                )
        self._features = rows
        self._tags = None
        if tags is not None:
            checks.sizes(owner, "tags", (len(tags),), "B", B=len(lengths))
            self._tags = [
                check_integers(owner, f"tags[{i}]", row, 0, classes, "classes")
                for i, row in enumerate(tags)
            ]
            for i, (row, length) in enumerate(zip(self._tags, lengths, strict=True)):
                checks.sizes(owner, f"tags[{i}]", row.shape, "T", T=length)
        super().__init__(lengths, batch_size, seed, shuffle, boundaries)

    def batch_of(self, rows: Any, length: int) -> tuple[Any, ...]:
        inputs = {
            name: padded([ids[row] for row in rows], length) for name, ids in self._features.items()
        }
        if self._tags is None:
            return (inputs,)
        return inputs, padded([self._tags[row] for row in rows], length)

    def restore(self, outputs: Sequence[np.ndarray]) -> list[np.ndarray]:
        """The outputs of the last pass in the order of the data, without padding.

        Args:
            outputs: list of arrays (T or more, ...), one for each sentence of the pass.

        Example:

        >>> words = [np.array([2] * 20), np.array([3])]
        >>> batches = keras_seq.tasks.tagging.TagBatches({"words": words}, None, 1, 0, False)
        >>> [row.shape for row in batches.restore([np.zeros(8), np.ones(20)])]
        [(20,), (1,)]
        """
        ordered = [outputs[place] for place in self._places()]
        return [row[:length] for row, length in zip(ordered, self._lengths, strict=True)]


def _ids(owner, name, row):
    """Ids (T,) or (T, N) as an int32 array, or a refusal."""
    row = np.asarray(row)
    flat = check_integers(owner, name, row.ravel(), 0)
    return flat.reshape(row.shape)
