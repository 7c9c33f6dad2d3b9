"""Images in the file format of MNIST."""

import gzip
import struct
import zlib
from pathlib import Path

import numpy as np

from keras_seq.errors import InputError
from keras_seq.tasks.next_frame.frame_size import spelled_size

_MAGIC = bytes([0, 0, 8, 3])  # unsigned bytes, three axes


def is_idx_images(path: str | Path) -> bool:
    """Whether a file, plain or .gz, has the header of an IDX file of images.

    Example:

    >>> from keras_seq.tasks.next_frame.mnist_idx import is_idx_images
    >>> is_idx_images(__file__)
    False
    """
    try:
        with _open(path) as file:
            return file.read(4) == _MAGIC
    except (OSError, EOFError, zlib.error):
        return False


def read_idx_images(path: str | Path) -> np.ndarray:
    """The images of an IDX file, the format of MNIST, Fashion-MNIST and EMNIST.

    Args:
        path: the file, plain or .gz, such as `train-images-idx3-ubyte.gz`.

    Returns:
        uint8 array (N, H, W).

    Raises:
        InputError: the file does not exist, has another format, or is truncated.

    Example:

    >>> import pathlib, struct, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "images-idx3-ubyte"
    >>> _ = path.write_bytes(bytes([0, 0, 8, 3]) + struct.pack(">3I", 2, 1, 3) + bytes(range(6)))
    >>> read_idx_images(path)[1]
    array([[3, 4, 5]], dtype=uint8)
    """
    try:
        with _open(path) as file:
            content = file.read()
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{path}: cannot be read: {error}") from error
    if content[:4] != _MAGIC or len(content) < 16:
        raise InputError(f"{path}: not an IDX file of images: it begins with {content[:4].hex()}")
    N, H, W = struct.unpack(">3I", content[4:16])
    if len(content) - 16 != N * H * W or not N * H * W:
        raise InputError(
            f"{path}: {N} images of {spelled_size(H, W)} are {N * H * W} bytes, "
            f"it holds {len(content) - 16}"
        )
    return np.frombuffer(content, "uint8", offset=16).reshape(N, H, W)


def _open(path):
    return gzip.open(path) if str(path).endswith(".gz") else open(Path(path), "rb")
