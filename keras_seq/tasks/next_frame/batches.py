"""Batches of clips, in an order that depends only on seed and epoch."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from keras_seq import checks
from keras_seq.data.epoch_batches import EpochBatches
from keras_seq.errors import InputError

_OWNER = "FrameBatches"


class FrameBatches(EpochBatches):
    """Batches of clips, divided into input frames and frames to predict.

    The order of an epoch depends only on `(seed, epoch)`, so training can resume exactly. Clips are
    read when their batch is needed. The epoch advances after each full pass, or is set by
    `set_epoch`. Pass `shuffle=False` to `fit`, because Keras would shuffle the batches again.

    Args:
        clips: `Clips`, `MovingDigits` or any sequence of `(frames, mask)`: float32 (T, H, W, C),
            and bool (T, H, W), True where a pixel is observed, or None.
        given: the number of input frames of a clip; the other frames, at least one, are to be
            predicted.
        batch_size: number of clips in a batch.
        seed: seed of the order.
        shuffle: False keeps the order of `clips` in every epoch.
        targets_from: the first frame that is a target; None: the first frame after the inputs. Use
            1 for a model that predicts the next frame after each frame that it reads.
        min_clips: the smallest number of clips of an epoch; if there are fewer, they are repeated
            in different orders.
        flip: flip each clip at random, horizontally, vertically and, if frames are square, along
            the diagonal: for videos without an orientation, such as radar images.
        lead_time_weights: (K,), the weight of each frame to predict, from `lead_time_weights`;
            targets among the input frames have the first weight. None: all weights are equal.

    Returns:
        A batch is `({"frames": (B, given, H, W, C), "future": (B, K, H, W, C)}, targets)`, where
        `future` are the frames to predict, which a model reads in training only, and `targets` the
        frames from `targets_from` on. With a mask, or with weights of lead times, there are also
        weights, (B, T - targets_from, H, W). They are 0 where a pixel is masked (the frames are 0
        there too), and in frames to predict also where the pixel is masked in all input frames.

    Raises:
        InputError: there are no clips, or a number is out of range.

    Example:

    >>> clips = keras_seq.tasks.next_frame.MovingDigits(length=6, count=5)
    >>> batches = keras_seq.tasks.next_frame.FrameBatches(clips, given=4, batch_size=2, seed=0)
    >>> inputs, targets = batches[0]
    >>> len(batches), inputs["frames"].shape, inputs["future"].shape, targets.shape
    (3, (2, 4, 64, 64, 1), (2, 2, 64, 64, 1), (2, 2, 64, 64, 1))
    """

    def __init__(
        self,
        clips: Sequence[tuple[np.ndarray, np.ndarray | None]],
        given: int,
        batch_size: int,
        seed: int,
        shuffle: bool = True,
        targets_from: int | None = None,
        min_clips: int = 1,
        flip: bool = False,
        lead_time_weights: Any = None,
    ) -> None:
        checks.positive_int(_OWNER, given=given, batch_size=batch_size, min_clips=min_clips)
        checks.boolean(_OWNER, flip=flip)
        if targets_from is not None:
            checks.positive_int(_OWNER, targets_from=targets_from)
        if not len(clips):
            raise InputError(f"{_OWNER}: `clips` must hold at least one clip. Received: none")
        if not given < clips.length or (targets_from or given) > given:
            checks.refuse(_OWNER, "given", f"less than the {clips.length} frames of a clip", given)
        self.clips = clips
        self.given = given
        self._first = targets_from or given
        self._batch_size = batch_size
        self._times = -(-min_clips // len(clips))
        self._count = max(min_clips, len(clips))
        self._flip = flip
        self._weights = None
        if lead_time_weights is not None:
            K = clips.length - given
            checks.sizes(_OWNER, "lead_time_weights", np.shape(lead_time_weights), "K", K=K)
            before = np.full(given - self._first, lead_time_weights[0])
            self._weights = np.concatenate([before, lead_time_weights])[:, None, None]
        super().__init__(seed, shuffle)

    def order(self, random: np.random.Generator | None) -> list[np.ndarray]:
        order = np.tile(np.arange(len(self.clips)), (self._times, 1))
        if random is not None:
            order = random.permuted(order, axis=1)
        order = order.ravel()[: self._count]
        return np.split(order, np.arange(self._batch_size, len(order), self._batch_size))

    def full_clips(self, index: int) -> tuple[np.ndarray, np.ndarray | None]:
        """The clips of a batch: frames (B, T, H, W, C), and their mask (B, T, H, W) or None."""
        return self._stacked(self._rows(index), index)

    def _stacked(self, rows, index):
        clips = [self.clips[int(row)] for row in rows]
        if self._flip:
            random = np.random.default_rng([self._seed, self._epoch, index])
            clips = [_flipped(*clip, *random.integers(2, size=3)) for clip in clips]
        frames, masks = zip(*clips, strict=True)
        return np.stack(frames), None if masks[0] is None else np.stack(masks)

    def batch(self, rows: np.ndarray, index: int) -> tuple[Any, ...]:
        frames, mask = self._stacked(rows, index)
        inputs = {"frames": frames[:, : self.given], "future": frames[:, self.given :]}
        targets = frames[:, self._first :]
        if mask is None and self._weights is None:
            return inputs, targets
        counts = persistence_forecast(frames, self.given, mask)[1]
        if self._first < self.given:
            before = np.ones(frames.shape[:4], bool) if mask is None else mask
            counts = np.concatenate([before[:, self._first : self.given], counts], axis=1)
        weights = counts * (1.0 if self._weights is None else self._weights)
        return inputs, targets, weights.astype("float32")


def persistence_forecast(
    frames: np.ndarray, given: int, mask: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """The persistence forecast (the last input frame repeated), and the pixels that are scored.

    Where a pixel of the last input frame is masked, the forecast has its latest observed value.
    Pixels that are masked in all input frames are not scored, because they cannot be predicted.

    Args:
        frames: clips (B, T, H, W, C).
        given: the number of input frames.
        mask: bool (B, T, H, W), True where a pixel is observed; None: all are.

    Returns:
        The forecast (B, K, H, W, C), and bool (B, K, H, W), True for the pixels that are scored.

    Example:

    >>> from keras_seq.tasks.next_frame.batches import persistence_forecast
    >>> frames = np.array([3.0, 4, 0, 6]).reshape(1, 4, 1, 1, 1)
    >>> mask = np.array([True, True, False, True]).reshape(1, 4, 1, 1)
    >>> copy, counts = persistence_forecast(frames, given=3, mask=mask)
    >>> copy.ravel(), counts.ravel()
    (array([4.]), array([ True]))
    """
    if mask is None:
        mask = np.ones(frames.shape[:4], bool)
    past = np.asarray(mask[:, :given], bool)
    latest = given - 1 - past[:, ::-1].argmax(axis=1)
    last = np.take_along_axis(frames, latest[:, None, :, :, None], axis=1)
    copies = np.broadcast_to(last, frames[:, given:].shape)
    return copies, np.asarray(mask[:, given:], bool) & past.any(axis=1)[:, None]


def lead_time_weights(
    clips: Sequence[tuple[np.ndarray, np.ndarray | None]], given: int, count: int = 100
) -> np.ndarray:
    """Weights of the frames to predict that give all lead times the same influence on the loss.

    The error of a forecast grows with the lead time, so that the late frames dominate a sum of
    errors. The weights are one over the error of the persistence forecast.

    Args:
        clips, given: as in `FrameBatches`.
        count: the error is measured on at most this number of clips, evenly spaced.

    Returns:
        NumPy array (K,), whose mean is 1.

    Example:

    >>> from keras_seq.tasks.next_frame.batches import lead_time_weights
    >>> clips = keras_seq.tasks.next_frame.MovingDigits(length=4)
    >>> lead_time_weights(clips, given=1).round(1)
    array([1.2, 0.9, 0.9])
    """
    errors = scored = 0.0
    for row in np.unique(np.linspace(0, len(clips) - 1, count).round().astype(int)):
        frames, mask = clips[int(row)]
        copies, counts = persistence_forecast(
            frames[None], given, None if mask is None else mask[None]
        )
        error = np.square(frames[given:] - copies[0]).mean(axis=-1)
        errors = errors + np.where(counts[0], error, 0).sum(axis=(1, 2))
        scored = scored + counts[0].sum(axis=(1, 2))
    error = errors / np.maximum(scored, 1)
    weights = 1 / np.maximum(error, max(1e-3 * error.mean(), 1e-12))
    return weights / weights.mean()


def _flipped(frames, mask, rows, columns, diagonal):
    """A clip (T, H, W, C) and its mask, flipped along the axes whose bit is set."""

    def flip(x):
        if diagonal and x.shape[1] == x.shape[2]:
            x = x.swapaxes(1, 2)
        return x[:, :: -1 if rows else 1, :: -1 if columns else 1]

    return flip(frames), None if mask is None else flip(mask)
