"""Pairs of sentences and their translations, from two parallel files or two columns of one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from keras_seq.data.lines import Lines, ParseErrors
from keras_seq.errors import InputError


@dataclass(frozen=True)
class ParallelText:
    """Sentences and their translations.

    Args:
        sources, targets: lists of N str.
        source: a description of the origin of the pairs.
        left_out: the number of skipped pairs for each reason, {reason: count}.

    Raises:
        InputError: the numbers of sources and targets differ, or there are none.

    Example:

    >>> from keras_seq.tasks.translation.data import ParallelText
    >>> len(ParallelText(["one", "two"], ["1", "2"], "by hand"))
    2
    """

    sources: list[str]
    targets: list[str]
    source: str
    left_out: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(self.sources) != len(self.targets):
            raise InputError(
                f"{self.source}: the two sides must have as many sentences. "
                f"Received: {len(self.sources)} and {len(self.targets)}"
            )
        if not self.sources:
            raise InputError(f"{self.source}: there is no pair of sentences")

    def __len__(self) -> int:
        return len(self.sources)

    def select(self, rows: Sequence[int]) -> Self:
        """The pairs at some positions."""
        sides = ([side[row] for row in rows] for side in (self.sources, self.targets))
        name = f"{self.source}, {len(rows)} of {len(self)}"
        return ParallelText(*sides, name, self.left_out)


def read_parallel_text(
    path: str | Path, target_path: str | Path | None = None, strict: bool = False
) -> ParallelText:
    """The pairs of two files that correspond line by line, or of one file with two columns.

    Files are UTF-8, also .gz. In a single file a tab separates the columns; further columns are
    ignored.

    Args:
        path: the file of the sources, or of both sides.
        target_path: the file of the targets, or None.
        strict: reject pairs with an empty side, which are otherwise skipped and counted.

    Returns:
        `ParallelText`.

    Raises:
        InputError: a file cannot be read, a line is malformed, or the files have different numbers
            of lines.

    Example:

    >>> import pathlib, tempfile
    >>> from keras_seq.tasks.translation.data import read_parallel_text
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> _ = (folder / "en").write_text("one\\n\\nthree\\n")
    >>> _ = (folder / "de").write_text("eins\\nzwei\\ndrei\\n")
    >>> pairs = read_parallel_text(folder / "en", folder / "de")
    >>> pairs.targets, pairs.left_out
    (['eins', 'drei'], {'an empty side': 1})
    """
    if target_path is None:
        name, found = str(path), _columns(path)
        paths = [path, path]
    else:
        name, paths = f"{path} and {target_path}", [path, target_path]
        sides = [_lines(p) for p in paths]
        if len(sides[0]) != len(sides[1]):
            raise InputError(
                f"{name}: the files must have as many lines. "
                f"Received: {len(sides[0])} and {len(sides[1])}"
            )
        found = list(zip(*sides, strict=True))
    return make_parallel_text(found, name, strict, [f"{p}:" for p in paths])


def make_parallel_text(
    found: Iterable[Sequence[str]], name: str, strict: bool, where: Sequence[str]
) -> ParallelText:
    """`ParallelText` of pairs of str, with single spaces between words.

    Args:
        found: pairs of a source and a target.
        name: a description of the origin of the pairs.
        strict: reject pairs with an empty side, which are otherwise skipped and counted.
        where: for each side the beginning of error messages, before the number of a pair.
    """
    pairs = [(" ".join(s.split()), " ".join(t.split())) for s, t in found]
    empty = [(number, pair.index("")) for number, pair in enumerate(pairs, 1) if "" in pair]
    if empty and strict:
        number, side = empty[0]
        raise InputError(
            f"{where[side]}{number}: a side is empty ({len(empty)} in all; without --strict such "
            "pairs are left out)"
        )
    pairs = [(s, t) for s, t in pairs if s and t]
    left_out = {"an empty side": len(empty)} if empty else {}
    return ParallelText([s for s, _ in pairs], [t for _, t in pairs], name, left_out)


def _lines(path):
    errors = ParseErrors(path)
    lines = list(Lines(path, errors))
    errors.check()
    return lines


def _columns(path):
    errors, found = ParseErrors(path), []
    lines = Lines(path, errors)
    for line in lines:
        columns = line.split("\t")
        if len(columns) >= 2:
            found.append(columns[:2])
        elif line.strip():
            errors.add(lines.number, "2 columns are expected, 1 found")
        else:
            found.append(("", ""))
    errors.check()
    return found
