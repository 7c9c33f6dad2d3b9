"""Frames that arrive one by one, kept on disk instead of in memory."""

import tempfile

import numpy as np


class Spool:
    """Collects frames in a temporary file, which is gone with the process.

    Args:
        name: of what the frames come from, for messages.

    Example:

    >>> from keras_seq.tasks.next_frame.disk_buffer import Spool
    >>> spool = Spool("film.gif")
    >>> for value in range(3):
    ...     spool.add(np.full((2, 4, 1), value, "uint8"), f"frame {value}")
    >>> spool.frames().shape
    (3, 2, 4, 1)
    """

    def __init__(self, name):
        self.name = name
        self._file = tempfile.TemporaryFile()  # noqa: SIM115  (lives as long as the spool)
        self._first = None
        self._count = 0

    def add(self, frame, which):
        """Append a frame; `which` one it is, in words.

        Raises:
            ValueError: it is not of the size or type of the first.
        """
        kind = frame.dtype, frame.shape
        self._first = self._first or kind
        if kind != self._first:
            raise ValueError(
                f"{self.name}: {which} is of {_size(kind)}, those before it are of "
                f"{_size(self._first)}"
            )
        self._file.write(np.ascontiguousarray(frame).data)
        self._count += 1

    def frames(self):
        """All frames as one array that is read from the file.

        Raises:
            ValueError: there is none.
        """
        if not self._count:
            raise ValueError(f"{self.name}: it holds no frame")
        self._file.flush()
        dtype, shape = self._first
        return np.memmap(self._file, dtype, "r", shape=(self._count, *shape))


def _size(kind):
    dtype, (H, W, *rest) = kind
    colours = f" in {rest[-1]} channels" if rest and rest[-1] > 1 else ""
    return f"{W} x {H} pixels{colours}" + ("" if dtype == np.uint8 else f", {dtype}")
