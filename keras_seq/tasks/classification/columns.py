"""Finds the columns of a table that contain the text and the label."""

import collections
import dataclasses
import re
from collections.abc import Sequence
from pathlib import Path

from keras_seq.errors import InputError

# Headers of public data sets. The first name has priority; of the others only one may occur.
TEXT_NAMES = ("text", "text_a", "sentence", "review", "content", "comment", "document", "tweet")
LABEL_NAMES = ("label", "labels", "sentiment", "class", "category", "target", "polarity")

# A header cell consists of a few plain words; sentences rarely do.
_HEADER_CELL = re.compile(r"[^\W\d][\w-]*( [\w-]+){0,2}")


@dataclasses.dataclass(frozen=True)
class Columns:
    """The columns of the text and the label, and how they were found.

    `text` and `label` are positions, or field names where rows are dictionaries.

    Example:

    >>> Columns(0, 1, header=False, how="as given")
    Columns(text=0, label=1, header=False, how='as given')
    """

    text: int | str
    label: int | str
    header: bool
    how: str


def choose_columns(
    path: str | Path,
    names: Sequence[str],
    text_column: str | int | None,
    label_column: str | int | None,
) -> Columns | None:
    """The columns of a table, from its first row and the arguments.

    Args:
        path: the file, as error messages name it.
        names: the cells of the first row, which may be a header.
        text_column, label_column: a name, a position from 0 (also as digits), or None.

    Returns:
        `Columns`, or None for two columns without a header, where `guess_columns` must look at
        the whole file.

    Raises:
        InputError: there is no such column, one column is both, or the choice is ambiguous.

    Example:

    >>> choose_columns("reviews.tsv", ["label", "text_a"], None, None)
    Columns(text=1, label=0, header=True, how='by the header')
    """
    names = [name.strip() for name in names]
    named = any(
        column is not None and _position(column) is None for column in (text_column, label_column)
    )
    header = named or bool(_matches(names, TEXT_NAMES) and _matches(names, LABEL_NAMES))
    text = _find(path, "text", names, text_column, TEXT_NAMES if header else ())
    label = _find(path, "label", names, label_column, LABEL_NAMES if header else ())
    if text is None and label is None and len(names) == 2:
        return None
    if len(names) == 2:
        text = 1 - label if text is None else text
        label = 1 - text if label is None else label
    for what, column in (("text", text), ("label", label)):
        if column is None:
            raise InputError(
                f"{path}:1: cannot tell which of {len(names)} columns is the {what} "
                f"({_listed(names)}): give `{what}_column`, a name or a position from 0"
            )
    if text == label:
        raise InputError(f"{path}:1: column {text} cannot be both the text and the label")
    given = text_column is not None and label_column is not None
    return Columns(text, label, header, "as given" if given else "by the header")


def choose_fields(
    path: str | Path,
    names: Sequence[str],
    text_column: str | None,
    label_column: str | None,
) -> Columns:
    """The fields of records, by the names in the first record.

    Example:

    >>> choose_fields("reviews.jsonl", ["id", "text", "label"], None, None)
    Columns(text='text', label='label', header=False, how='by their names')
    """
    chosen = []
    for what, column, known in (
        ("text", text_column, TEXT_NAMES),
        ("label", label_column, LABEL_NAMES),
    ):
        if column is None:
            found = _find(path, what, names, None, known)
            if found is None:
                raise InputError(
                    f"{path}:1: no field `{what}` ({_listed(names)}): give `{what}_column`"
                )
            column = names[found]
        elif not isinstance(column, str):
            raise InputError(f"{path}: `{what}_column` must name a field. Received: {column!r}")
        chosen.append(column)
    return Columns(*chosen, header=False, how="by their names")


def guess_columns(path: str | Path, rows: Sequence[tuple[str, str]]) -> Columns:
    """The columns of two-column rows: the label has fewer distinct values, or else is shorter.

    Args:
        path: the file, as error messages name it.
        rows: pairs of strings.

    Returns:
        `Columns`.

    Raises:
        InputError: neither column repeats as labels do, or both look the same.

    Example:

    >>> rows = [("1", "a fine film"), ("0", "no"), ("1", "yes"), ("0", "dull")]
    >>> guess_columns("reviews.tsv", rows)
    Columns(text=1, label=0, header=False, how='guessed: the label repeats more')
    """
    looks = []
    for column in zip(*rows, strict=True):
        looks.append((len(set(column)), sum(map(len, column))))
    text, label = (0, 1) if looks[0] > looks[1] else (1, 0)
    repeats = looks[label][0] < looks[text][0]
    # A header would be one more value and one more row.
    allowed = len(rows) + 2 if repeats else len(rows)
    if looks[0] == looks[1] or 2 * looks[label][0] > allowed:
        raise InputError(
            f"{path}: cannot tell the text from the label, for {len(rows)} lines hold "
            f"{looks[0][0]} and {looks[1][0]} distinct values: "
            "give `text_column` and `label_column`, a name or a position from 0"
        )
    how = "guessed: the label " + ("repeats more" if repeats else "is shorter")
    return Columns(text, label, False, how)


def refuse_unread_header(path: str | Path, rows: Sequence[tuple[str, str]]) -> None:
    """Raise InputError if the first of (text, label) rows must be a header.

    It must be a header if its label occurs once and both its cells are plain names.

    Example:

    >>> refuse_unread_header("r.csv", [("Title", "Stars"), ("good", "5"), ("bad", "1")])
    Traceback (most recent call last):
    keras_seq.errors.InputError: r.csv:1: looks like a header (Title, Stars): give `text_column`
    and `label_column` by these names
    """
    counts = collections.Counter(label for _, label in rows)
    if counts[rows[0][1]] == 1 < len(counts) and all(map(_HEADER_CELL.fullmatch, rows[0])):
        raise InputError(
            f"{path}:1: looks like a header ({_listed(rows[0])}): give `text_column` and "
            "`label_column` by these names"
        )


def _find(path, what, names, column, known):
    """The position of a column given by name or position, or known by name; None if neither."""
    if column is None:
        found = _matches(names, known)
        best = sum(names[i].lower() == known[0] for i in found)
        if len(found) > 1 and best != 1:
            several = _listed([names[i] for i in found])
            raise InputError(
                f"{path}:1: several columns could be the {what} ({several}): give `{what}_column`"
            )
        return found[0] if found else None
    position = _position(column)
    if position is None and names.count(column) == 1:
        return names.index(column)
    if position is None or position >= len(names):
        raise InputError(
            f"{path}:1: there is no one column {column!r} for the {what} among "
            f"{len(names)} ({_listed(names)})"
        )
    return position


def _matches(names, known):
    """The positions of known names, the best known first."""
    lowered = [name.lower() for name in names]
    return [i for name in known for i, other in enumerate(lowered) if other == name]


def _position(column):
    if isinstance(column, int) and column >= 0:
        return column
    return int(column) if isinstance(column, str) and column.isdecimal() else None


def _listed(names):
    cut = [name if len(name) <= 20 else name[:17] + "..." for name in names]
    return ", ".join(cut[:6]) + (", ..." if len(cut) > 6 else "")
