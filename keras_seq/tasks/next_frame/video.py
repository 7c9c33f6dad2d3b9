"""Videos: sequences of frames that are read from the disk when they are needed."""

import dataclasses
from typing import Any

import numpy as np

from keras_seq import checks
from keras_seq.errors import InputError
from keras_seq.tasks.next_frame.value_range import ROUNDING, infer_scale, measure_range


@dataclasses.dataclass(frozen=True)
class Video:
    """Frames of one size, whose values are in [0, 1] after reading.

    Args:
        values: array (T, H, W, C) of numbers, such as a `numpy.memmap`, of which only the frames
            that are needed are read.
        scale: divisor of the values; None: 255 for bytes and for values up to 255, 1 for values
            in [0, 1]; all values are read once to determine it.
        mask: bool (H, W) or (T, H, W), True where a pixel is observed; None: all are.
        pool: frames are averaged over the observed pixels of squares of `pool` x `pool` pixels;
            incomplete squares at the right and at the bottom are dropped.
        name: the name in error messages.

    Raises:
        InputError: an argument is out of range, or, when a frame is read, its values are.

    Example:

    >>> from keras_seq.tasks.next_frame.video import Video
    >>> video = Video(np.full((5, 4, 4, 1), 51, "uint8"), pool=2)
    >>> frames, mask = video.read(1, 3)
    >>> len(video), video.frame_shape, frames.shape, round(float(frames.max()), 3)
    (5, (2, 2, 1), (2, 2, 2, 1), 0.2)
    """

    values: Any
    scale: float | None = None
    mask: Any = None
    pool: int = 1
    name: str = "video"

    def __post_init__(self) -> None:
        if getattr(getattr(self.values, "dtype", None), "kind", "") not in tuple("biuf"):
            checks.refuse("Video", "values", "an array of numbers", type(self.values).__name__)
        shape = self.values.shape
        checks.rank("Video", "T H W C", values=shape)
        checks.positive_int("Video", pool=self.pool)
        if min(shape) < 1:
            raise InputError(f"{self.name}: it holds no frame, its shape is {shape}")
        if min(self.frame_shape) < 1:
            raise InputError(
                f"{self.name}: its frames have fewer than {self.pool} x {self.pool} pixels to pool"
            )
        mask = self.mask
        if mask is not None and (mask.dtype != bool or mask.shape not in (shape[1:3], shape[:3])):
            wanted = f"bool of shape {shape[1:3]} or {shape[:3]}"
            checks.refuse("Video", "mask", wanted, f"{mask.dtype} {mask.shape}")
        if self.scale is None:
            value_range = measure_range(self.values, self.name, self.mask)
            object.__setattr__(self, "scale", infer_scale([value_range])[0])
        checks.positive("Video", scale=self.scale)

    def __len__(self) -> int:
        return len(self.values)

    @property
    def frame_shape(self) -> tuple[int, int, int]:
        """(H, W, C) of the frames after pooling."""
        H, W, C = self.values.shape[1:]
        return H // self.pool, W // self.pool, C

    def read(self, start: int, stop: int) -> tuple[np.ndarray, np.ndarray | None]:
        """Frames `start` to `stop`, float32 (T, H, W, C) in [0, 1], and their mask or None.

        Frames are 0 where they are masked.
        """
        frames = np.asarray(self.values[start:stop]).astype("float32") / np.float32(self.scale)
        mask = self.mask
        if mask is not None:
            mask = np.asarray(mask if mask.ndim == 2 else mask[start:stop], bool)
            mask = np.broadcast_to(mask, frames.shape[:3])
            frames = np.where(mask[..., None], frames, np.float32(0))
        low, high = frames.min(initial=0), frames.max(initial=0)
        if not (low >= -ROUNDING and high <= 1 + ROUNDING):  # also rejects NaN
            raise InputError(
                f"{self.name}: in frames {start} to {stop - 1} values must be in "
                f"[0, {self.scale:g}], they are from {low * self.scale:g} to {high * self.scale:g}"
            )
        frames = np.clip(frames, 0, 1, out=frames)
        if self.pool > 1:
            seen = np.ones(frames.shape[:3], bool) if mask is None else mask
            count = _pooled(seen[..., None].astype("float32"), self.pool)
            frames = _pooled(frames, self.pool) / np.maximum(count, np.float32(1e-6))
            mask = None if mask is None else count[..., 0] > 0
        return frames, mask


def _pooled(frames, side):
    """Means of squares of pixels, (T, H / side, W / side, C)."""
    H, W = (size // side * side for size in frames.shape[1:3])
    # Sums of strided slices are five times as fast as a mean over two axes of size `side`.
    rows = sum(frames[:, i:H:side] for i in range(side))
    return sum(rows[:, :, j:W:side] for j in range(side)) / np.float32(side**2)
