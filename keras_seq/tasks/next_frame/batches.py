"""Batches of clips, in an order that is known for every epoch."""

import numpy as np

from keras_seq import checks
from keras_seq.data.epoch_batches import EpochBatches

_OWNER = "FrameBatches"


class FrameBatches(EpochBatches):
    """Parts clips into the frames that are given and those to predict, and yields batches of them.

    Every epoch is a permutation that depends on `(seed, epoch)` alone: it is the same whatever
    ran before, so training can resume exactly. Clips are read when their batch is asked for. `fit`
    goes on to the next epoch after each full pass; `set_epoch` says which one it is. Pass
    `shuffle=False` to `fit`, for Keras would shuffle the batches a second time.

    Args:
        clips: `Clips`, `MovingDigits` or any sequence of `(frames, mask)`: float32 (T, H, W, C),
            and bool (T, H, W), True where there is something to see, or None.
        given: how many frames of a clip are given; the others, at least one, are to be predicted.
        batch_size: clips in a batch.
        seed: of the order.
        shuffle: False keeps the order of `clips` in every epoch.
        targets_from: the first frame that is a target; None: the first that is not given. A model
            that predicts the next frame after each one it reads takes 1.
        at_least: clips of an epoch: fewer come again and again, in another order each time.
        flip: turn each clip at random, left to right and upside down, and square frames by their
            diagonal too: for films that might have been taken that way, as those of the sky.
        lead_time_weights: (K,), what each frame to predict counts, as `lead_time_weights` finds
            it; targets that are given count as the first. None: all count alike.

    Returns:
        A batch is `({"frames": (B, given, H, W, C), "future": (B, K, H, W, C)}, targets)`, where
        `future` are the frames to predict, for a model to learn from and not to see, and `targets`
        those from `targets_from` on. Clips with a mask, or weights of lead times, also have
        weights, (B, T - targets_from, H, W), 0 where there is nothing to see, frames there being 0,
        and in frames to predict also where none of those given shows anything.

    Raises:
        ValueError: no clips, or a number out of range.

    Example:

    >>> clips = keras_seq.tasks.next_frame.MovingDigits(length=6, count=5)
    >>> batches = keras_seq.tasks.next_frame.FrameBatches(clips, given=4, batch_size=2, seed=0)
    >>> inputs, targets = batches[0]
    >>> len(batches), inputs["frames"].shape, inputs["future"].shape, targets.shape
    (3, (2, 4, 64, 64, 1), (2, 2, 64, 64, 1), (2, 2, 64, 64, 1))
    """

    def __init__(
        self,
        clips,
        given,
        batch_size,
        seed,
        shuffle=True,
        targets_from=None,
        at_least=1,
        flip=False,
        lead_time_weights=None,
    ):
        checks.positive_int(_OWNER, given=given, batch_size=batch_size, at_least=at_least)
        checks.boolean(_OWNER, flip=flip)
        if targets_from is not None:
            checks.positive_int(_OWNER, targets_from=targets_from)
        if not len(clips):
            raise ValueError(f"{_OWNER}: `clips` must hold at least one clip. Received: none")
        if not given < clips.length or (targets_from or given) > given:
            checks.refuse(_OWNER, "given", f"less than the {clips.length} frames of a clip", given)
        self.clips = clips
        self.given = given
        self._first = targets_from or given
        self._batch_size = batch_size
        self._times = -(-at_least // len(clips))
        self._count = max(at_least, len(clips))
        self._flip = flip
        self._weights = None
        if lead_time_weights is not None:
            K = clips.length - given
            checks.sizes(_OWNER, "lead_time_weights", np.shape(lead_time_weights), "K", K=K)
            before = np.full(given - self._first, lead_time_weights[0])
            self._weights = np.concatenate([before, lead_time_weights])[:, None, None]
        super().__init__(seed, shuffle)

    def order(self, random):
        order = np.tile(np.arange(len(self.clips)), (self._times, 1))
        if random is not None:
            order = random.permuted(order, axis=1)
        order = order.ravel()[: self._count]
        return np.split(order, np.arange(self._batch_size, len(order), self._batch_size))

    def whole(self, index):
        """The clips of a batch: frames (B, T, H, W, C), and their mask (B, T, H, W) or None."""
        return self._stacked(self._rows(index), index)

    def _stacked(self, rows, index):
        clips = [self.clips[int(row)] for row in rows]
        if self._flip:
            random = np.random.default_rng([self._seed, self._epoch, index])
            clips = [_flipped(*clip, *random.integers(2, size=3)) for clip in clips]
        frames, masks = zip(*clips, strict=True)
        return np.stack(frames), None if masks[0] is None else np.stack(masks)

    def batch(self, rows, index):
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


def persistence_forecast(frames, given, mask=None):
    """What is predicted if nothing moves, and what of the frames to predict can be judged.

    Where the last frame given shows nothing, the copy has what was seen there last. Where none of
    them shows anything, nothing is known to go on from: such pixels count for no prediction.

    Args:
        frames: clips (B, T, H, W, C).
        given: how many of their frames are given.
        mask: bool (B, T, H, W), True where there is something to see; None: everywhere.

    Returns:
        The copies (B, K, H, W, C), and bool (B, K, H, W), the pixels that count.

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


def lead_time_weights(clips, given, count=100):
    """What each frame to predict should count, so that all lead times matter alike.

    A copy of the last frame given is a little wrong soon and very wrong later, and a loss that adds
    up what is wrong is all about later. One over the error of the copy makes up for that.

    Args:
        clips, given: as in `FrameBatches`.
        count: look at so many clips at most, from all over them.

    Returns:
        NumPy array (K,), 1 on the mean.

    Example:

    >>> from keras_seq.tasks.next_frame.batches import lead_time_weights
    >>> clips = keras_seq.tasks.next_frame.MovingDigits(length=4)
    >>> lead_time_weights(clips, given=1).round(1)
    array([1.2, 0.9, 0.9])
    """
    wrong = shown = 0.0
    for row in np.unique(np.linspace(0, len(clips) - 1, count).round().astype(int)):
        frames, mask = clips[int(row)]
        copies, counts = persistence_forecast(
            frames[None], given, None if mask is None else mask[None]
        )
        error = np.square(frames[given:] - copies[0]).mean(axis=-1)
        wrong = wrong + np.where(counts[0], error, 0).sum(axis=(1, 2))
        shown = shown + counts[0].sum(axis=(1, 2))
    error = wrong / np.maximum(shown, 1)
    weights = 1 / np.maximum(error, max(1e-3 * error.mean(), 1e-12))
    return weights / weights.mean()


def _flipped(frames, mask, rows, columns, diagonal):
    """A clip (T, H, W, C) and its mask turned as the three bits say, each of them alike."""

    def turned(x):
        if diagonal and x.shape[1] == x.shape[2]:
            x = x.swapaxes(1, 2)
        return x[:, :: -1 if rows else 1, :: -1 if columns else 1]

    return turned(frames), None if mask is None else turned(mask)
