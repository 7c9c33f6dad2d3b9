"""The folder of a servable model: `<name>/1`, `<name>/2`, ... as TensorFlow Serving reads it."""

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from keras_seq.export.process import ExportError
from keras_seq.file_lock import release_lock, take_lock


class Draft:
    """A version being written: fill `folder`, then `publish()`.

    Attributes:
        folder: a temporary folder beside the versions; servers ignore its name. While this process
            lives it holds the lock of that name and `.lock`.
    """

    def __init__(self, out: str | Path) -> None:
        self.folder = Path(out) / f".writing-{uuid.uuid4().hex}"
        self._lock = take_lock(_lock_of(self.folder))
        self.folder.mkdir()

    def close(self) -> None:
        """Delete what has not been published."""
        shutil.rmtree(self.folder, ignore_errors=True)
        release_lock(self._lock)

    def publish(self) -> Path:
        """Rename the folder to the next free version number, and return its new path."""
        out = self.folder.parent
        while True:
            target = out / str(max(version_numbers(out), default=0) + 1)
            try:
                return self.folder.rename(target)
            except OSError:
                # Another process took the number in the meantime: try the next one.
                if not target.exists():
                    raise


@contextmanager
def new_version(out: str | Path) -> Iterator[Draft]:
    """A `Draft` in `out`, which is created if it is missing. It is deleted unless published.

    Drafts that other processes left because they were killed are deleted too.

    Raises:
        ExportError: `out` cannot be written.
    """
    try:
        new = Draft(out)
        _delete_abandoned(Path(out))
    except OSError as error:
        raise ExportError(f"{out}: cannot be written: {error.strerror}") from error
    try:
        yield new
    finally:
        new.close()


def _lock_of(draft):
    return draft.with_name(f"{draft.name}.lock")


def _delete_abandoned(out):
    """Delete the drafts whose processes do not live any more."""
    for path in out.glob(".writing-*"):
        draft = path.with_suffix("")
        if lock := take_lock(_lock_of(draft)):
            shutil.rmtree(draft, ignore_errors=True)
            release_lock(lock)


def version_numbers(out: str | Path) -> list[int]:
    """The version numbers in use under `out`: the names that are numbers."""
    return [int(name) for name in os.listdir(out) if name.isascii() and name.isdecimal()]


def latest_version(folder: str | Path) -> Path:
    """`folder` if it is a SavedModel, else the newest version in it, as a server would choose.

    Raises:
        ExportError: there is none.
    """
    folder = Path(folder)
    if (folder / "saved_model.pb").is_file():
        return folder
    numbers = version_numbers(folder) if folder.is_dir() else []
    if not numbers:
        raise ExportError(f"{folder}: there is no SavedModel here, nor a version of one")
    newest = folder / str(max(numbers))
    if not (newest / "saved_model.pb").is_file():
        raise ExportError(f"{newest}: the newest version is not a SavedModel")
    return newest


def tree(folder: str | Path) -> str:
    """The files in a folder, with sizes, as the command `tree` prints them.

    Args:
        folder: path of a folder.

    Returns:
        str, without a newline at its end.
    """
    return "\n".join([str(folder), *_branches(Path(folder), "")])


def _branches(folder, indent):
    entries = sorted(folder.iterdir())
    for entry in entries:
        last = entry == entries[-1]
        size = "" if entry.is_dir() else f"  {_size(entry.stat().st_size)}"
        yield f"{indent}{'└── ' if last else '├── '}{entry.name}{size}"
        if entry.is_dir():
            yield from _branches(entry, indent + ("    " if last else "│   "))


def _size(count):
    if count < 1000:
        return f"{count} B"
    return f"{count / 1e3:.1f} kB" if count < 1e6 else f"{count / 1e6:.1f} MB"
