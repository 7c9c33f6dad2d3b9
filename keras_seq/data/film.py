"""Films: frames one after the other, read from where they lie."""

import dataclasses
from typing import Any

import numpy as np

_CHUNK_BYTES = 2**24
_ROUNDING = 1e-3  # so far out of [0, 1] is rounding, not another scale


@dataclasses.dataclass(frozen=True)
class Film:
    """Frames of one size, with values in [0, 1] once they are read.

    Args:
        values: array (T, H, W, C) of numbers, such as a `numpy.memmap`: only what is asked for is
            read.
        scale: what the numbers are divided by.
        mask: bool (H, W) or (T, H, W), True where there is something to see; None: everywhere.
        pool: read means of `pool` by `pool` pixels, of those to be seen; what is over at the
            right and at the bottom is left out.
        name: what messages call it.

    Example:

    >>> from keras_seq.data.film import Film
    >>> film = Film(np.full((5, 4, 4, 1), 51, "uint8"), scale=255, pool=2)
    >>> frames, mask = film.read(1, 3)
    >>> len(film), film.frame_shape, frames.shape, round(float(frames.max()), 3)
    (5, (2, 2, 1), (2, 2, 2, 1), 0.2)
    """

    values: Any
    scale: float = 1.0
    mask: Any = None
    pool: int = 1
    name: str = "film"

    def __len__(self):
        return len(self.values)

    @property
    def frame_shape(self):
        H, W, C = self.values.shape[1:]
        return H // self.pool, W // self.pool, C

    def read(self, start, stop):
        """Frames `start` to `stop`, float32 (T, H, W, C) in [0, 1], and their mask or None.

        Frames are 0 where there is nothing to see.
        """
        frames = np.asarray(self.values[start:stop]).astype("float32") / np.float32(self.scale)
        frames = np.clip(frames, 0, 1)
        mask = self.mask
        if mask is not None:
            mask = np.asarray(mask if mask.ndim == 2 else mask[start:stop], bool)
            mask = np.broadcast_to(mask, frames.shape[:3])
            frames = np.where(mask[..., None], frames, np.float32(0))
        if self.pool > 1:
            seen = np.ones(frames.shape[:3], bool) if mask is None else mask
            count = _pooled(seen[..., None].astype("float32"), self.pool)
            frames = _pooled(frames, self.pool) / np.maximum(count, np.float32(1e-6))
            mask = None if mask is None else count[..., 0] > 0
        return frames, mask


def scale_of(values, name, mask=None):
    """What the numbers of a film have to be divided by to be in [0, 1], and that in words.

    Reads all numbers that are not bytes once, in pieces.

    Args:
        values: array of numbers, (T, H, W, C) or (N, T, H, W, C).
        name: of the file, for messages.
        mask: as in `Film`.

    Returns:
        `(scale, words)`.

    Raises:
        ValueError: a NaN or an infinity where there is something to see, or numbers that are
            neither in [0, 1] nor in [0, 255].

    Example:

    >>> from keras_seq.data.film import scale_of
    >>> scale_of(np.zeros((9, 4, 4, 1), "uint8"), "film.npy")
    (255.0, 'bytes, divided by 255')
    """
    if values.dtype == bool:
        return 1.0, "0 or 1"
    if values.dtype == np.uint8:
        return 255.0, "bytes, divided by 255"
    if values.dtype.kind not in "iuf":
        raise ValueError(f"{name}: frames must be numbers, they are of dtype {values.dtype}")
    many = values.ndim == 5
    ranges = [
        _range(film, f"{name}: film {number}, frame" if many else f"{name}: frame", mask)
        for number, film in enumerate(values if many else [values])
    ]
    low, high = min(low for low, _ in ranges), max(high for _, high in ranges)
    if low < -_ROUNDING or high > 255:
        raise ValueError(
            f"{name}: frames must have values in [0, 1] or [0, 255], these are from {low:g} to "
            f"{high:g}"
        )
    if high > 1 + _ROUNDING:
        return 255.0, f"values up to {high:g}, divided by 255"
    return 1.0, "values in [0, 1]"


def _range(values, which, mask):
    """The least and the greatest of the numbers of a film, read in pieces."""
    low, high = np.inf, -np.inf
    step = max(1, _CHUNK_BYTES // max(1, values[0].nbytes))
    for start in range(0, len(values), step):
        seen = np.asarray(values[start : start + step])
        if mask is not None:
            here = np.asarray(mask if mask.ndim == 2 else mask[start : start + step], bool)
            seen = np.where(here[..., None], seen, np.zeros((), seen.dtype))
        wrong = ~np.isfinite(seen)
        if wrong.any():
            frame, y, x, _ = np.argwhere(wrong)[0]
            what = "a NaN" if np.isnan(seen[wrong][0]) else "an infinity"
            raise ValueError(f"{which} {start + frame}: there is {what} in row {y}, column {x}")
        low, high = min(low, float(seen.min())), max(high, float(seen.max()))
    return low, high


def _pooled(frames, side):
    """Means of squares of pixels, (T, H / side, W / side, C)."""
    H, W = (size // side * side for size in frames.shape[1:3])
    # Sums of strided slices: five times as fast as a mean over axes of `side` each.
    rows = sum(frames[:, i:H:side] for i in range(side))
    return sum(rows[:, :, j:W:side] for j in range(side)) / np.float32(side**2)
