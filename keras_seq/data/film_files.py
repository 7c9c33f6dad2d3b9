"""Films from files: NumPy arrays, videos, GIFs, and folders of them or of images."""

import shutil
import tempfile
import zipfile
import zlib
from pathlib import Path

import numpy as np

from keras_seq import checks
from keras_seq.data.errors import DataUnavailable
from keras_seq.data.film import Film, scale_of
from keras_seq.data.spool import Spool

ARRAYS = (".npy", ".npz")
VIDEOS = (".gif", ".mp4", ".avi", ".mov", ".mkv", ".webm", ".mpg", ".mpeg", ".m4v")
IMAGES = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp", ".pgm", ".ppm")
_CHANNELS = (1, 3, 4)
_MOVING_MNIST = (20, 10000, 64, 64)  # as published: time first


def read_films(path, pool=1):
    """The films of a file or a folder, and in words what they are.

    - `.npy` or `.npz`: (T, H, W) or (T, H, W, C) is one film, (N, T, H, W) or (N, T, H, W, C) are
      many; the published file of Moving MNIST, (20, 10000, 64, 64), is known. Four axes are one
      film in colour if the last is 1, 3 or 4. In an `.npz` the array is `frames`, or the only one;
      `mask` (H, W), or (T, H, W) for one film, is True where there is something to see.
    - a video or a GIF, by imageio.
    - a folder: of images, one film, in the order of the names, numbers by their value; of such
      folders, of videos or of arrays: all of them.

    Arrays are read from where they lie and videos, images and `.npz` through a temporary file:
    a film may be larger than the memory.

    Args:
        path: of the file or folder.
        pool: see `Film`.

    Returns:
        `(films, source)`, a list of `Film` and str.

    Raises:
        ValueError: nothing there, a file that cannot be read, frames of changing size, NaN, or
            values in no known range.
        DataUnavailable: imageio is not installed.

    Example:

    >>> import tempfile
    >>> from keras_seq.data.film_files import read_films
    >>> path = tempfile.mkdtemp() + "/film.npy"
    >>> np.save(path, np.zeros((30, 8, 8), "uint8"))
    >>> (film,), source = read_films(path)
    >>> len(film), film.frame_shape, source.removeprefix(path)
    (30, (8, 8, 1), ': 1 film, 30 frames of 8 x 8, bytes, divided by 255')
    """
    checks.positive_int("read_films", pool=pool)
    path = Path(path)
    if not path.exists():
        raise ValueError(f"{path}: no such file or folder")
    films, words = _read(path, pool)
    first = films[0]
    if min(first.frame_shape) < 1:
        raise ValueError(f"{path}: its frames have fewer than {pool} x {pool} pixels to pool")
    for film in films:
        if film.frame_shape != first.frame_shape:
            raise ValueError(
                f"{film.name}: its frames are {_size(film)}, those of {first.name} are "
                f"{_size(first)}: films of one size are needed"
            )
    total = sum(map(len, films))
    count = f"{len(films)} film{'s' if len(films) > 1 else ''}, {total} frames of {_size(first)}"
    return films, f"{path}: {count}, {words}"


def _read(path, pool):
    if path.is_dir():
        return _read_folder(path, pool)
    if not path.stat().st_size:
        raise ValueError(f"{path}: the file is empty")
    if path.suffix.lower() in ARRAYS:
        return _read_array(path, pool)
    if path.suffix.lower() in VIDEOS:
        return _read_frames(path, _video(path), pool)
    known = ", ".join((*ARRAYS, *VIDEOS))
    raise ValueError(f"{path}: must end in {known}, or be a folder or images in MNIST's format")


def _read_folder(path, pool):
    entries = sorted((p for p in path.iterdir() if not p.name.startswith(".")), key=_in_order)
    images = [p for p in entries if p.suffix.lower() in IMAGES]
    if images:
        return _read_frames(path, _images(images), pool)
    films = [p for p in entries if p.is_dir() or p.suffix.lower() in (*ARRAYS, *VIDEOS)]
    if not films:
        raise ValueError(f"{path}: a folder must hold images, films or folders of images")
    found = [_read(each, pool) for each in films]
    words = sorted({words for _, words in found})
    return [film for films, _ in found for film in films], "; ".join(words)


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


def _read_array(path, pool):
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
        raise ValueError(f"{path}: cannot be read: {why.removeprefix(f'{path}: ')}") from error
    if values.size == 0:
        raise ValueError(f"{path}: it holds no frame, its shape is {values.shape}")
    if values.shape == _MOVING_MNIST:
        values = values.swapaxes(0, 1)
    if values.ndim == 3 or (values.ndim == 4 and values.shape[-1] not in _CHANNELS):
        values = values[..., None]
    if values.ndim not in (4, 5):
        raise ValueError(
            f"{path}: frames must be of shape (T, H, W), (T, H, W, C), (N, T, H, W) or "
            f"(N, T, H, W, C), they are of {values.shape}"
        )
    shapes = [values.shape[-3:-1], values.shape[:3] if values.ndim == 4 else None]
    if mask is not None and mask.shape not in shapes:
        raise ValueError(f"{path}: `mask` {mask.shape} does not fit `frames` {values.shape}")
    scale, words = scale_of(values, path, mask)
    if values.ndim == 4:
        return [Film(values, scale, mask, pool, str(path))], words
    each = enumerate(values)
    return [Film(film, scale, mask, pool, f"{path}, film {n}") for n, film in each], words


def _unpacked(path):
    """`frames`, from a temporary file, and `mask` of an .npz."""
    with zipfile.ZipFile(path) as archive:
        names = [name.removesuffix(".npy") for name in archive.namelist()]
        name = names[0] if len(names) == 1 else "frames"
        if name not in names:
            raise ValueError(f"there is no array `frames` in it, only {', '.join(names)}")
        with tempfile.NamedTemporaryFile(suffix=".npy") as file:
            with archive.open(f"{name}.npy") as packed:
                shutil.copyfileobj(packed, file)
            file.flush()
            values = np.load(file.name, mmap_mode="r", allow_pickle=False)  # outlives the name
        if "mask" not in names or name == "mask":
            return values, None
        with archive.open("mask.npy") as packed:
            return values, np.lib.format.read_array(packed, allow_pickle=False).astype(bool)


def _read_frames(path, frames, pool):
    """One film of pairs of a frame and which one it is."""
    spool = Spool(path)
    for frame, which in frames:
        if frame.dtype != np.uint8:
            frame = frame.astype("uint16" if frame.dtype.kind in "iu" else "float32")
        spool.add(frame if frame.ndim == 3 else frame[..., None], which)
    values = spool.frames()
    scale, words = scale_of(values, path)
    return [Film(values, scale, None, pool, str(path))], words


def _images(paths):
    imageio = _imageio(paths[0])
    for path in paths:
        try:
            yield imageio.imread(path), path.name
        except Exception as error:  # each format fails in a way of its own
            raise ValueError(f"{path}: cannot be read as an image: {_first_line(error)}") from error


def _video(path):
    imageio = _imageio(path)
    plugin = "pillow" if path.suffix.lower() == ".gif" else "FFMPEG"
    try:
        for number, frame in enumerate(imageio.imiter(path, plugin=plugin)):
            yield frame, f"frame {number}"
    except Exception as error:  # each codec fails in a way of its own
        raise ValueError(f"{path}: cannot be read as a video: {_first_line(error)}") from error


def _imageio(path):
    try:
        import imageio.v3
    except ImportError as error:
        raise DataUnavailable(
            f"{path}: imageio cannot be imported ({error}): pip install 'keras_seq[recipes]', or "
            "give an .npy file"
        ) from error
    return imageio.v3


def _first_line(error):
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0][:200] if lines else type(error).__name__


def _size(film):
    H, W, C = film.frame_shape
    return f"{W} x {H}" + (f" in {C} channels" if C > 1 else "")
