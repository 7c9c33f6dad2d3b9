"""Videos from files: NumPy arrays, movies, GIFs, and folders of them or of images."""

import dataclasses
import shutil
import tempfile
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from keras_seq import checks
from keras_seq.errors import InputError
from keras_seq.tasks.next_frame.decode import VIDEOS, first_line, imageio_for, video_frames
from keras_seq.tasks.next_frame.disk_buffer import DiskBuffer
from keras_seq.tasks.next_frame.value_range import (
    describe_given_scale,
    describe_shared_scale,
    infer_scale,
    measure_range,
    number_type,
)
from keras_seq.tasks.next_frame.video import Video

ARRAYS = (".npy", ".npz")
IMAGES = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp", ".pgm", ".ppm")
_CHANNELS = (1, 2, 3, 4)
_MOVING_MNIST = (20, 10000, 64, 64)  # as published: time first


@dataclasses.dataclass
class _RawVideo:
    """A video as it is stored, before the scale of all videos is known."""

    values: Any
    name: str
    mask: Any = None
    frames: list | None = None  # the file of each
    left_out: tuple = ()


def read_videos(
    path: str | Path, pool: int = 1, like: Video | None = None, scale: float | None = None
) -> tuple[list[Video], str]:
    """The videos of a file or a folder, and a description of them.

    - `.npy` or `.npz`: (T, H, W) or (T, H, W, C) is one video, (N, T, H, W) or (N, T, H, W, C) are
      many; so is the published file of Moving MNIST, (20, 10000, 64, 64). Four axes are one
      video in channels if the last is 1 to 4. In an `.npz` the array is `frames`, or the only one;
      `mask` (H, W), or (T, H, W) for one video, is True where a pixel is observed.
    - a video or a GIF, by imageio.
    - a folder: of images, one video, in the order of the names, numbers by their value, and of the
      pages of each; of such folders, of videos or of arrays: all of them.

    Arrays are read from where they are stored; movies, images and `.npz` through a temporary file:
    a video may be larger than the memory.

    Args:
        path: of the file or folder.
        pool: see `Video`.
        like: a `Video` of the training data, whose scale these videos share; None: the scale is
            inferred from all of them together, see `infer_scale`.
        scale: what the values are divided by, whatever they are; None: as above.

    Returns:
        `(videos, source)`, a list of `Video` and str.

    Raises:
        InputError: there is no such file, it cannot be read or is damaged, frames change their
            size, or values are NaN, in no known range or not in that of `like`.
        DataUnavailable: imageio is not installed.

    Example:

    >>> import tempfile
    >>> from keras_seq.tasks.next_frame.files import read_videos
    >>> path = tempfile.mkdtemp() + "/film.npy"
    >>> np.save(path, np.zeros((30, 8, 8), "uint8"))
    >>> (video,), source = read_videos(path)
    >>> len(video), video.frame_shape, source.removeprefix(path)
    (30, (8, 8, 1), ': 1 film, 30 frames of 8 x 8, bytes, divided by 255')
    """
    checks.positive_int("read_videos", pool=pool)
    if scale is not None:
        checks.positive("read_videos", scale=scale)
    path = Path(path)
    if not path.exists():
        raise InputError(f"{path}: no such file or folder")
    found = _read(path)
    ranges = [measure_range(each.values, each.name, each.mask, each.frames) for each in found]
    if scale is not None:
        words = describe_given_scale(ranges, scale)
    elif like is None:
        scale, words = infer_scale(ranges)
    else:
        scale = like.scale
        words = describe_shared_scale(ranges, scale, number_type(like.values))
    videos = [Video(each.values, scale, each.mask, pool, each.name) for each in found]
    first = videos[0]
    for video in videos:
        if video.frame_shape != first.frame_shape:
            raise InputError(
                f"{video.name}: its frames are {_size(video)}, those of {first.name} are "
                f"{_size(first)}: films of one size are needed"
            )
    total = sum(map(len, videos))
    count = f"{len(videos)} film{'s' if len(videos) > 1 else ''}, {total} frames of {_size(first)}"
    left_out = [str(name) for each in found for name in each.left_out]
    if left_out:
        more = f" and {len(left_out) - 3} more" if len(left_out) > 3 else ""
        words += f", left out: {', '.join(left_out[:3])}{more}"
    return videos, f"{path}: {count}, {words}"


def _read(path):
    if path.is_dir():
        return _read_folder(path)
    if not path.stat().st_size:
        raise InputError(f"{path}: the file is empty")
    if path.suffix.lower() in ARRAYS:
        return _read_array(path)
    if path.suffix.lower() in VIDEOS:
        return [_RawVideo(_buffered(path, video_frames(path)), str(path))]
    known = ", ".join((*ARRAYS, *VIDEOS))
    raise InputError(f"{path}: must end in {known}, or be a folder or images in MNIST's format")


def _read_folder(path):
    entries = sorted((p for p in path.iterdir() if not p.name.startswith(".")), key=_in_order)
    images = [p for p in entries if p.suffix.lower() in IMAGES and not p.is_dir()]
    videos = [p for p in entries if p.is_dir() or p.suffix.lower() in (*ARRAYS, *VIDEOS)]
    if images and videos:
        raise InputError(
            f"{path}: a folder must hold images or films, it holds {images[0].name} and "
            f"{videos[0].name}"
        )
    if images:
        names = []
        found = [_RawVideo(_buffered(path, _images(images, names)), str(path), None, names)]
    elif videos:
        found = [video for each in videos for video in _read(each)]
    else:
        raise InputError(f"{path}: a folder must hold images, films or folders of images")
    found[0].left_out += tuple(p for p in entries if p not in images and p not in videos)
    return found


def _in_order(path):
    """frame2 before frame10."""
    parts, digits = [], False
    for letter in path.name:
        if letter.isdecimal() and digits:
            parts[-1] = (0, parts[-1][1] * 10 + int(letter), "")
        else:
            digits = letter.isdecimal()
            parts.append((0, int(letter), "") if digits else (1, 0, letter))
    return parts


def _read_array(path):
    mask = None
    try:
        if path.suffix.lower() == ".npy":
            values = np.load(path, mmap_mode="r", allow_pickle=False)
        else:
            values, mask = _unpacked(path)
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        why = " ".join(str(error).split())
        if "allow_pickle" in why or "Python objects" in why:
            why = "it holds Python objects, as NumPy writes frames of different sizes"
        raise InputError(f"{path}: cannot be read: {why.removeprefix(f'{path}: ')}") from error
    if values.size == 0:
        raise InputError(f"{path}: it holds no frame, its shape is {values.shape}")
    if values.shape == _MOVING_MNIST:
        values = values.swapaxes(0, 1)
    if values.ndim == 3 or (values.ndim == 4 and values.shape[-1] not in _CHANNELS):
        values = values[..., None]
    if values.ndim not in (4, 5):
        raise InputError(
            f"{path}: frames must be of shape (T, H, W), (T, H, W, C), (N, T, H, W) or "
            f"(N, T, H, W, C), they are of {values.shape}"
        )
    if values.shape[-1] not in _CHANNELS:
        raise InputError(f"{path}: frames must have 1 to 4 channels, they are of {values.shape}")
    shapes = [values.shape[-3:-1], values.shape[:3] if values.ndim == 4 else None]
    if mask is not None and mask.shape not in shapes:
        raise InputError(f"{path}: `mask` {mask.shape} does not fit `frames` {values.shape}")
    if values.ndim == 4:
        return [_RawVideo(values, str(path), mask)]
    return [_RawVideo(video, f"{path}, film {n}", mask) for n, video in enumerate(values)]


def _unpacked(path):
    """`frames`, from a temporary file, and `mask` of an .npz."""
    with zipfile.ZipFile(path) as archive:
        members = archive.namelist()
        names = [name.removesuffix(".npy") for name in members if name.endswith(".npy")]
        name = names[0] if len(names) == 1 else "frames"
        if name not in names:
            raise InputError(
                "there is no array `frames` in it, only "
                f"{', '.join(member.removesuffix('.npy') for member in members) or 'nothing'}"
            )
        with tempfile.NamedTemporaryFile(suffix=".npy") as file:
            with archive.open(f"{name}.npy") as packed:
                shutil.copyfileobj(packed, file)
            file.flush()
            values = np.load(file.name, mmap_mode="r", allow_pickle=False)  # outlives the name
        if "mask" not in names or name == "mask":
            return values, None
        with archive.open("mask.npy") as packed:
            mask = np.lib.format.read_array(packed, allow_pickle=False)
    if not np.isin(mask, (0, 1)).all():  # a NaN is neither
        raise InputError("`mask` must be of True and False, or of 1 and 0")
    return values, mask.astype(bool)


def _buffered(path, frames):
    """One array of pairs of a frame and its name."""
    buffer = DiskBuffer(path)
    for frame, which in frames:
        buffer.add(frame if frame.ndim == 3 else frame[..., None], which)
    return buffer.frames()


def _images(paths, names):
    """The pages of images; `names` grows by that of each."""
    imageio = imageio_for(paths[0])
    for path in paths:
        try:
            for page, frame in enumerate(imageio.imiter(path, plugin="pillow")):
                names.append(f"{path}, page {page}" if page else str(path))
                yield frame, names[-1].removeprefix(f"{path.parent}/")
        except Exception as error:  # each format fails in a way of its own
            raise InputError(f"{path}: cannot be read as an image: {first_line(error)}") from error


def _size(video):
    H, W, C = video.frame_shape
    return f"{W} x {H}" + (f" in {C} channels" if C > 1 else "")
