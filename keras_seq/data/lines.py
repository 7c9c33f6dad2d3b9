"""The lines of a text file, checked byte by byte, and the errors in them with line numbers."""

import gzip
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from keras_seq.errors import InputError

# A longer line means that the file is damaged or has another format; it could fill the memory.
MAXIMUM_LINE_BYTES = 1_000_000

_BOM = b"\xef\xbb\xbf"


class ParseErrors:
    """The errors in a file: the message of the first one, and the lines and number of the others.

    Args:
        path: the file name in error messages.

    Example:

    >>> errors = ParseErrors("reviews.tsv")
    >>> errors.add(3, "2 columns are expected, 1 found")
    >>> errors.add(7, "empty label")
    >>> errors.check()
    Traceback (most recent call last):
    keras_seq.errors.InputError: reviews.tsv:3: 2 columns are expected, 1 found (1 more line is
    wrong: 7)
    """

    def __init__(self, path: str | Path) -> None:
        self.path = path
        self._first = None
        self._last = None
        self._more = []
        self._count = 0

    def add(self, line: int, what: str, byte: int | None = None) -> None:
        """Record an error in a line, unless the line has one; `byte` is the position."""
        if line == self._last:
            return
        self._last = line
        if self._first is None:
            place = f"{line}" if byte is None else f"{line}:{byte}"
            self._first = f"{self.path}:{place}: {what}"
            return
        self._count += 1
        if len(self._more) < 3:
            self._more.append(str(line))

    def check(self) -> None:
        """Raise InputError if any line is wrong."""
        if self._first is None:
            return
        more = ""
        if self._count:
            lines = "line is" if self._count == 1 else "lines are"
            rest = ", ..." if self._count > len(self._more) else ""
            more = f" ({self._count} more {lines} wrong: {', '.join(self._more)}{rest})"
        raise InputError(self._first + more)


class Lines:
    """The valid lines of a UTF-8 file (gzip if its name ends in .gz), without line endings.

    A byte order mark and carriage returns are stripped. A line that is not UTF-8, contains a
    NUL byte or is longer than `MAXIMUM_LINE_BYTES` is recorded in `errors` and skipped.

    Args:
        path: the file.
        errors: a `ParseErrors`.

    Raises:
        InputError: the file cannot be read.

    Example:

    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "two.txt"
    >>> _ = path.write_bytes(b"one\\r\\ntwo")
    >>> list(Lines(path, ParseErrors(path)))
    ['one', 'two']
    """

    def __init__(self, path: str | Path, errors: ParseErrors) -> None:
        self.path = path
        self.errors = errors
        self.number = 0

    def __iter__(self) -> Iterator[str]:
        opener = gzip.open if str(self.path).lower().endswith(".gz") else open
        try:
            with opener(self.path, "rb") as file:
                yield from self._good(file)
        except FileNotFoundError:
            raise InputError(f"{self.path}: no such file") from None
        except (OSError, EOFError, zlib.error) as error:
            what = error.strerror if isinstance(error, OSError) and error.strerror else error
            raise InputError(f"{self.path}: cannot be read: {what}") from error

    def _good(self, file):
        while raw := file.readline(MAXIMUM_LINE_BYTES + 1):
            self.number += 1
            if len(raw) > MAXIMUM_LINE_BYTES and not raw.endswith(b"\n"):
                while raw and not raw.endswith(b"\n"):
                    raw = file.readline(MAXIMUM_LINE_BYTES + 1)
                self.errors.add(self.number, f"a line of over {MAXIMUM_LINE_BYTES} bytes")
                continue
            skipped = len(_BOM) if self.number == 1 and raw.startswith(_BOM) else 0
            text = self._decoded(raw, skipped)
            if text is not None:
                yield text.removesuffix("\n").removesuffix("\r")

    def _decoded(self, raw, skipped):
        try:
            text = raw[skipped:].decode("utf-8")
        except UnicodeDecodeError as error:
            byte = error.start + skipped
            what = f"the byte 0x{raw[byte]:02x} is not valid UTF-8"
            if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
                what += "; the file is UTF-16"
            self.errors.add(self.number, what, byte + 1)
            return None
        if "\0" in text:
            self.errors.add(self.number, "a NUL byte", raw.index(b"\0") + 1)
            return None
        return text


def json_record(line: str) -> Any:
    """The value of a line of JSON, in which no object has a field twice.

    Raises:
        ValueError: the line is not valid JSON, or a field comes twice.

    Example:

    >>> json_record('{"text": "a", "label": 1, "text": "b"}')
    Traceback (most recent call last):
    ValueError: the field 'text' comes twice
    """
    return json.loads(line, object_pairs_hook=_fields)


def _fields(pairs):
    fields = dict(pairs)
    if len(fields) < len(pairs):
        double = next(name for i, (name, _) in enumerate(pairs) if name in dict(pairs[:i]))
        raise ValueError(f"the field {double!r} comes twice")
    return fields


def is_text(value: str) -> bool:
    """Whether a string can be written as a line: escapes in JSON can produce others.

    Example:

    >>> is_text("ab"), is_text("a\\0b"), is_text("a\\ud800")
    (True, False, False)
    """
    return not any(c == "\0" or "\ud800" <= c <= "\udfff" for c in value)
