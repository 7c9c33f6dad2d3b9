"""A file that one process holds at a time."""

import fcntl
import os
from pathlib import Path
from typing import IO


def take_lock(path: Path) -> IO | None:
    """Create and lock a file until `release_lock`, or until this process ends or is killed.

    Returns:
        The open file, or None where another process holds it.

    Example:

    >>> import tempfile
    >>> from keras_seq.file_lock import release_lock, take_lock
    >>> from pathlib import Path
    >>> path = Path(tempfile.mkdtemp(), "lock")
    >>> held = take_lock(path)
    >>> take_lock(path) is None
    True
    >>> release_lock(held)
    >>> path.exists()
    False
    """
    while True:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            file = open(path, "a")  # noqa: SIM115 (it stays open)
        except FileNotFoundError:  # the process that released it has removed the folder
            continue
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.path.samestat(os.fstat(file.fileno()), os.stat(path)):
                return file
        except BlockingIOError:
            file.close()
            return None
        except FileNotFoundError:  # it was released, and with that removed, before it was taken
            pass
        file.close()


def release_lock(file: IO) -> None:
    """Remove the file that `take_lock` returned, and release the lock."""
    os.unlink(file.name)
    file.close()
