"""Pairs of sentences that say the same: two files line by line, or the columns of one."""

from dataclasses import dataclass, field

from keras_seq.data.lines import Lines, ParseErrors


@dataclass(frozen=True)
class ParallelText:
    """Sentences and what they become.

    Args:
        sources, targets: lists of N str.
        source: where they come from, in a few words.
        left_out: what was left out and why, {reason: count}.

    Raises:
        ValueError: there are not as many targets as sources, or none.

    Example:

    >>> from keras_seq.tasks.translation.data import ParallelText
    >>> len(ParallelText(["one", "two"], ["1", "2"], "by hand"))
    2
    """

    sources: list
    targets: list
    source: str
    left_out: dict = field(default_factory=dict)

    def __post_init__(self):
        if len(self.sources) != len(self.targets):
            raise ValueError(
                f"{self.source}: the two sides must have as many sentences. "
                f"Received: {len(self.sources)} and {len(self.targets)}"
            )
        if not self.sources:
            raise ValueError(f"{self.source}: there is no pair of sentences")

    def __len__(self):
        return len(self.sources)

    def only(self, rows):
        """Some of the pairs, by their numbers."""
        sides = ([side[row] for row in rows] for side in (self.sources, self.targets))
        name = f"{self.source}, {len(rows)} of {len(self)}"
        return ParallelText(*sides, name, self.left_out)


def read_parallel_text(path, target_path=None, strict=False):
    """The pairs of two files that go line by line, or of a file with two columns.

    UTF-8, also .gz. In one file the columns are divided by a tab; what follows the second column is
    not read.

    Args:
        path: the source's file, or the file of both.
        target_path: the target's file, or None.
        strict: refuse a pair with an empty side, which else is left out and counted.

    Returns:
        `ParallelText`.

    Raises:
        ValueError: a file cannot be read, a line is not as it must be, or the files have different
            numbers of lines.

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
            raise ValueError(
                f"{name}: the files must have as many lines. "
                f"Received: {len(sides[0])} and {len(sides[1])}"
            )
        found = list(zip(*sides, strict=True))
    return paired(found, name, strict, [f"{p}:" for p in paths])


def paired(found, name, strict, where):
    """`ParallelText` of pairs of str, their spaces made single.

    `where` says for each side what stands before the number of a pair.
    """
    pairs = [(" ".join(s.split()), " ".join(t.split())) for s, t in found]
    empty = [(number, pair.index("")) for number, pair in enumerate(pairs, 1) if "" in pair]
    if empty and strict:
        number, side = empty[0]
        raise ValueError(
            f"{where[side]}{number}: a side is empty ({len(empty)} in all; without --strict such "
            "pairs are left out)"
        )
    pairs = [(s, t) for s, t in pairs if s and t]
    left_out = {"an empty side": len(empty)} if empty else {}
    return ParallelText([s for s, _ in pairs], [t for _, t in pairs], name, left_out)


def _lines(path):
    problems = ParseErrors(path)
    lines = list(Lines(path, problems))
    problems.check()
    return lines


def _columns(path):
    problems, found = ParseErrors(path), []
    lines = Lines(path, problems)
    for line in lines:
        columns = line.split("\t")
        if len(columns) >= 2:
            found.append(columns[:2])
        elif line.strip():
            problems.add(lines.number, "2 columns are expected, 1 found")
        else:
            found.append(("", ""))
    problems.check()
    return found
