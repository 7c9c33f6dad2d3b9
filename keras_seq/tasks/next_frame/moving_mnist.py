"""The embedded videos, like Moving MNIST: digits that drift, bounce off the edges and overlap."""

from pathlib import Path

import numpy as np

from keras_seq import checks
from keras_seq.errors import InputError
from keras_seq.tasks.next_frame.frame_size import spelled_size
from keras_seq.tasks.next_frame.mnist_idx import read_idx_images

SIZES = {"train": 1000, "validation": 100, "test": 200}
_SPLITS = tuple(SIZES)
_STEP = 0.1  # fraction of the way from edge to edge per frame, as in Moving MNIST
_FIELD = 64  # pixels
_HELD_OUT = 0.1  # fraction of the digit images, for validation and for test
_LEAST = 10  # so that a tenth is at least one image

# fmt: off
_FONT = [
    ("01110", "10001", "10011", "10101", "11001", "10001", "01110"),
    ("00100", "01100", "00100", "00100", "00100", "00100", "01110"),
    ("01110", "10001", "00001", "00110", "01000", "10000", "11111"),
    ("11111", "00010", "00100", "00110", "00001", "10001", "01110"),
    ("00010", "00110", "01010", "10010", "11111", "00010", "00010"),
    ("11111", "10000", "11110", "00001", "00001", "10001", "01110"),
    ("00110", "01000", "10000", "11110", "10001", "10001", "01110"),
    ("11111", "00001", "00010", "00100", "01000", "01000", "01000"),
    ("01110", "10001", "10001", "01110", "10001", "10001", "01110"),
    ("01110", "10001", "10001", "01111", "00001", "00010", "01100"),
]
# fmt: on


def digit_images() -> np.ndarray:
    """Ten digits with soft edges, of the size of MNIST.

    Returns:
        uint8 array (10, 28, 28).

    Example:

    >>> digit_images().shape
    (10, 28, 28)
    """
    dots = np.array([[[int(dot) for dot in row] for row in rows] for rows in _FONT], float)
    images = np.pad(np.kron(dots, np.ones((1, 3, 3))), [(0, 0), (4, 3), (7, 6)])
    for axis in (1, 2):  # soft edges, like ink
        images = (2 * images + np.roll(images, 1, axis) + np.roll(images, -1, axis)) / 4
    return np.round(255 * images).astype("uint8")


class MovingDigits:
    """Clips of digits that move in straight lines, bounce off the edges and pass over each other.

    As in Moving MNIST, each digit starts at a random position and moves in a random direction by a
    tenth of the way from edge to edge per frame. Where digits overlap, the brighter pixel is shown.
    Clip `index` depends only on `(seed, split, index)`; no clip is kept in memory.

    Args:
        images: uint8 array (N, h, w), the digits; None: the digits of the package.
        length: T, number of frames of a clip.
        split: "train", "validation" or "test", which have different clips.
        seed: integer.
        count: the number of clips; None: 1,000, 100 or 200, depending on the split.
        digits: the number of digits in a clip.
        source: a description of the origin of the images.

    Attributes:
        frame_shape: (64, 64, 1).

    Raises:
        InputError: an argument is out of range, or the images are too large.

    Example:

    >>> clips = keras_seq.tasks.next_frame.MovingDigits(length=20, seed=1)
    >>> frames, mask = clips[7]
    >>> frames.shape, frames.dtype, float(frames.min()), float(frames.max()), mask
    ((20, 64, 64, 1), dtype('float32'), 0.0, 1.0, None)

    Reference: Srivastava, Mansimov and Salakhutdinov, Unsupervised Learning of Video
    Representations using LSTMs, ICML 2015.
    """

    frame_shape = (_FIELD, _FIELD, 1)

    def __init__(
        self,
        images: np.ndarray | None = None,
        length: int = 20,
        split: str = "train",
        seed: int = 0,
        count: int | None = None,
        digits: int = 2,
        source: str = "embedded digits",
    ) -> None:
        checks.positive_int("MovingDigits", length=length, digits=digits)
        checks.one_of("MovingDigits", _SPLITS, split=split)
        if count is not None:
            checks.positive_int("MovingDigits", count=count)
        images = digit_images() if images is None else np.asarray(images)
        if images.ndim != 3 or not len(images) or max(images.shape[1:]) > _FIELD:
            wanted = f"images (N, h, w) of at most {_FIELD} x {_FIELD} pixels"
            checks.refuse("MovingDigits", "images.shape", wanted, images.shape)
        self._images = images
        self._seed = (seed, _SPLITS.index(split))
        self._count = count or SIZES[split]
        self._digits = digits
        self.length = length
        self.source = f"{source}, {digits} moving, seed {seed}: {split}"

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: int) -> tuple[np.ndarray, None]:
        if not 0 <= index < self._count:
            raise IndexError(index)
        random = np.random.default_rng([*self._seed, index])
        field = np.zeros((self.length, _FIELD, _FIELD), "uint8")
        for image in self._images[random.integers(len(self._images), size=self._digits)]:
            room = _FIELD - np.array(image.shape)
            angle = random.uniform(0, 2 * np.pi)
            step = _STEP * np.array([np.sin(angle), np.cos(angle)])
            way = random.uniform(size=2) + step * np.arange(self.length)[:, None]
            # A path that bounces off the edges is a straight path that is folded at each edge.
            corners = np.round(room * np.abs((way + 1) % 2 - 1)).astype(int)
            for frame, (y, x) in zip(field, corners, strict=True):
                place = frame[y : y + image.shape[0], x : x + image.shape[1]]
                np.maximum(place, image, out=place)
        return (field[..., None] / np.float32(255)).astype("float32"), None


def read_digits(path: str | Path) -> np.ndarray:
    """The images of an IDX file, if their number and size are suitable for `MovingDigits`.

    Returns:
        uint8 array (N, H, W).

    Raises:
        InputError: the file cannot be read, or there are too few images, or they are too large.
    """
    images = read_idx_images(path)
    N, H, W = images.shape
    if N < _LEAST or max(H, W) > _FIELD:
        raise InputError(
            f"{path}: at least {_LEAST} images of at most {_FIELD} x {_FIELD} pixels are needed, "
            f"it holds {N} of {spelled_size(H, W)}"
        )
    return images


def split_digits(images: np.ndarray) -> dict[str, np.ndarray]:
    """Distribute images to the splits, so that no image is in two splits.

    Args:
        images: array (N, h, w), N at least 10.

    Returns:
        Dictionary of "train", "validation" and "test" -> array; a tenth for each of the last two.

    Example:

    >>> {name: len(part) for name, part in split_digits(np.zeros((50, 28, 28))).items()}
    {'train': 40, 'validation': 5, 'test': 5}
    """
    if len(images) < _LEAST:
        checks.refuse("split_digits", "images", f"at least {_LEAST} images", len(images))
    held_out = int(_HELD_OUT * len(images))
    ends = [len(images) - 2 * held_out, len(images) - held_out]
    return dict(zip(_SPLITS, np.split(images, ends), strict=True))
