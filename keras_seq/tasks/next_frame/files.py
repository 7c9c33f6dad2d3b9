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
from keras_seq.tasks.next_frame.frame_size import spelled_size
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
    """A video with its stored values, before the scale of all videos is known."""

    values: Any
    name: str
    mask: Any = None
    frames: list | None = None  # the file of each frame
    left_out: tuple = ()


def read_videos(
    path: str | Path, pool: int = 1, like: Video | None = None, scale: float | None = None
) -> tuple[list[Video], str]:
    """Read the videos of a file or a folder.

    - `.npy` or `.npz`: (T, H, W) or (T, H, W, C) is one video; (N, T, H, W), (N, T, H, W, C) and
      the published file of Moving MNIST, (20, 10000, 64, 64), are several videos. Four axes are one
      video with channels if the last axis is 1 to 4. In an `.npz` the array is `frames`, or the
      only one; `mask` (H, W), or (T, H, W) for one video, is True where a pixel is observed.
    - a video or a GIF, read by imageio.
    - a folder of images: one video, in natural order of the names (frame2 before frame10), with all
      pages of each image. A folder of such folders, of videos or of arrays: all of them.

    Arrays are read directly from the file; movies, images and `.npz` through a temporary file. So a
    video may be larger than the memory.

    Args:
        path: the file or folder.
        pool: see `Video`.
        like: a `Video` of the training data, which has the same scale; None: the scale is inferred
            from all videos together, see `infer_scale`.
        scale: divisor of the values; None: it is inferred as above.

    Returns:
        `(videos, source)`: a list of `Video`, and a description of their origin.

    Raises:
        InputError: there is no such file, it cannot be read or is damaged, frames have
            different sizes, or values are NaN, in no known range or in another range than `like`.
        DataUnavailable: imageio is not installed.

    Example:

    >>> import tempfile
    >>> from keras_seq.tasks.next_frame.files import read_videos
    >>> path = tempfile.mkdtemp() + "/film.npy"
    >>> np.save(path, np.zeros((30, 8, 8), "uint8"))
    >>> (video,), source = read_videos(path)
    >>> len(video), video.frame_shape, source.removeprefix(path)
    (30, (8, 8, 1), ': 1 video, 30 frames of height 8 and width 8, bytes, divided by 255')
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
                f"{video.name}: its frames are of {spelled_size(*video.frame_shape)}, those of "
                f"{first.name} are of {spelled_size(*first.frame_shape)}: videos of one size are "
                "needed"
            )
    total = sum(map(len, videos))
    videos_read = f"{len(videos)} video{'s' if len(videos) > 1 else ''}"
    count = f"{videos_read}, {total} frames of {spelled_size(*first.frame_shape)}"
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
            f"{path}: a folder must contain images or videos, it has {images[0].name} and "
            f"{videos[0].name}"
        )
    if images:
        names = []
        found = [_RawVideo(_buffered(path, _images(images, names)), str(path), None, names)]
    elif videos:
        found = [video for each in videos for video in _read(each)]
    else:
        raise InputError(f"{path}: a folder must contain images, videos or folders of images")
    found[0].left_out += tuple(p for p in entries if p not in images and p not in videos)
    return found


def _in_order(path):
    """The sort key of natural order: frame2 before frame10."""
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
    return [_RawVideo(video, f"{path}, video {n}", mask) for n, video in enumerate(values)]


def _unpacked(path):
    """The arrays `frames`, in a temporary file, and `mask` of an .npz."""
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
            values = np.load(file.name, mmap_mode="r", allow_pickle=False)  # outlives the file name
        if "mask" not in names or name == "mask":
            return values, None
        with archive.open("mask.npy") as packed:
            mask = np.lib.format.read_array(packed, allow_pickle=False)
    if not np.isin(mask, (0, 1)).all():  # also rejects NaN
        raise InputError("`mask` must be of True and False, or of 1 and 0")
    return values, mask.astype(bool)


def _buffered(path, frames):
    """One array from pairs of a frame and its name."""
    buffer = DiskBuffer(path)
    for frame, which in frames:
        buffer.add(frame if frame.ndim == 3 else frame[..., None], which)
    return buffer.frames()


def _images(paths, names):
    """The pages of images; the name of each page is appended to `names`."""
    imageio = imageio_for(paths[0])
    for path in paths:
        try:
            for page, frame in enumerate(imageio.imiter(path, plugin="pillow")):
                names.append(f"{path}, page {page}" if page else str(path))
                yield frame, names[-1].removeprefix(f"{path.parent}/")
        except Exception as error:  # each format raises other errors
            raise InputError(f"{path}: cannot be read as an image: {first_line(error)}") from error
