"""Batches of texts of similar length, in an order that depends only on seed and epoch."""

from collections.abc import Sequence
from typing import Any

from keras_seq import checks
from keras_seq.data.buckets import Buckets, check_integers
from keras_seq.data.epoch_batches import padded
from keras_seq.errors import InputError


class TextBatches(Buckets):
    """Batches of texts that are padded to one of a few lengths.

    The order of an epoch depends only on `(seed, epoch)`, so training can resume exactly. Texts are
    shuffled, sorted by bucket and cut into batches, of which one may be smaller; then the batches
    are shuffled. The epoch advances after each full pass, or is set by `set_epoch`. Pass
    `shuffle=False` to `fit`, because Keras would shuffle the batches again in a different order.

    Args:
        ids: list of integer arrays (T,), with ids of at least 1.
        labels: integer array (B,), or None to predict.
        batch_size: number of texts in a batch.
        seed: seed of the order.
        shuffle: False keeps the same order in every epoch.
        boundaries: ascending lengths that batches are padded to; the length of the longest text is
            added if it is larger. None chooses at most 6 with the least padding.
        max_length: texts are truncated to `max_length` ids (`truncated` counts them).
        vocabulary_size: upper bound of the ids, exclusive; None: not checked.
        classes: upper bound of the labels, exclusive; None: not checked.

    Returns:
        A batch is `(ids, labels)`: int32 (B, T) padded with 0 at the end, and int32 (B,); without
        labels it is `(ids,)`.

    Raises:
        InputError: there are no texts, or ids or labels are not integers or out of range.

    Example:

    >>> ids = [np.array([2, 3, 4]), np.array([5]), np.array([6, 2])]
    >>> batches = keras_seq.tasks.classification.TextBatches(ids, [0, 1, 1], 2, 0, shuffle=False)
    >>> batches[0]
    (array([[2, 3, 4],
           [5, 0, 0]], dtype=int32), array([0, 1], dtype=int32))
    """

    def __init__(
        self,
        ids: Sequence[Any],
        labels: Any,
        batch_size: int,
        seed: int,
        shuffle: bool = True,
        boundaries: Sequence[int] | None = None,
        max_length: int | None = None,
        vocabulary_size: int | None = None,
        classes: int | None = None,
    ) -> None:
        owner = "TextBatches"
        for name, value in (
            ("max_length", max_length),
            ("vocabulary_size", vocabulary_size),
            ("classes", classes),
        ):
            if value is not None:
                checks.positive_int(owner, **{name: value})
        limit = (vocabulary_size, "vocabulary_size")
        self._ids = [
            check_integers(owner, f"ids[{i}]", array, 1, *limit) for i, array in enumerate(ids)
        ]
        if not self._ids:
            raise InputError("TextBatches: `ids` must hold at least one text. Received: none")
        self._labels = None
        if labels is not None:
            self._labels = check_integers(owner, "labels", labels, 0, classes, "classes")
            checks.sizes(owner, "labels", self._labels.shape, "B", B=len(self._ids))
        self.truncated = 0
        if max_length is not None:
            self.truncated = sum(len(array) > max_length for array in self._ids)
            self._ids = [array[:max_length] for array in self._ids]
        lengths = [len(array) for array in self._ids]
        super().__init__(lengths, batch_size, seed, shuffle, boundaries)

    def batch_of(self, rows: Any, length: int) -> tuple[Any, ...]:
        ids = padded([self._ids[row] for row in rows], length)
        return (ids,) if self._labels is None else (ids, self._labels[rows])
