"""Frames that arrive one by one, stored on disk instead of in memory."""

import tempfile
from typing import Any

import numpy as np

from keras_seq.errors import InputError
from keras_seq.tasks.next_frame.frame_size import spelled_size


class DiskBuffer:
    """Collects frames in a temporary file, which is deleted when the process ends.

    Args:
        name: the origin of the frames, for error messages.

    Example:

    >>> from keras_seq.tasks.next_frame.disk_buffer import DiskBuffer
    >>> buffer = DiskBuffer("film.gif")
    >>> for value in range(3):
    ...     buffer.add(np.full((2, 4, 1), value, "uint8"), f"frame {value}")
    >>> buffer.frames().shape
    (3, 2, 4, 1)
    """

    def __init__(self, name: Any) -> None:
        self.name = name
        self._file = tempfile.TemporaryFile()  # noqa: SIM115  (lives as long as the buffer)
        self._format = None
        self._count = 0

    def add(self, frame: np.ndarray, which: str) -> None:
        """Append a frame; error messages call it `which`, such as "frame 3".

        Raises:
            InputError: the frame has another size or type than the first one.
        """
        frame_format = frame.dtype, frame.shape
        self._format = self._format or frame_format
        if frame_format != self._format:
            raise InputError(
                f"{self.name}: {which} is of {_describe(frame_format)}, those before it are of "
                f"{_describe(self._format)}"
            )
        self._file.write(np.ascontiguousarray(frame).data)
        self._count += 1

    def frames(self) -> np.ndarray:
        """All frames as one array, which is read from the file.

        Raises:
            InputError: there is no frame.
        """
        if not self._count:
            raise InputError(f"{self.name}: it holds no frame")
        self._file.flush()
        dtype, shape = self._format
        return np.memmap(self._file, dtype, "r", shape=(self._count, *shape))


def _describe(frame_format):
    dtype, (H, W, *rest) = frame_format
    return spelled_size(H, W, *rest[-1:]) + ("" if dtype == np.uint8 else f", {dtype}")
