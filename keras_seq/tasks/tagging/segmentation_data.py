"""Word segmentation: lines of words separated by spaces, as characters with BMES tags."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from keras_seq.crf.tag_schemes import Span, tags_of
from keras_seq.data.lines import Lines, ParseErrors
from keras_seq.errors import InputError
from keras_seq.tasks.tagging.data import TaggedText


def read_segmented_text(path: str | Path) -> TaggedText:
    """Segmented sentences from a file with one sentence per line and spaces between words.

    Words are separated by Unicode white space, also ideographic spaces. Empty lines are skipped.

    Args:
        path: the file, in UTF-8; `.gz` is decompressed.

    Returns:
        `TaggedText` whose tokens are characters, with the tags B, M, E and S.

    Raises:
        InputError: there is no such file, it is empty, a line is damaged, or there is no blank in
            any line.

    Example:

    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "one.txt"
    >>> _ = path.write_text("我 喜欢 火车站\\n", encoding="utf-8")
    >>> keras_seq.tasks.tagging.read_segmented_text(path).tags
    [['S', 'B', 'E', 'B', 'M', 'E']]
    """
    problems = ParseErrors(path)
    lines = Lines(path, problems)
    found = [(words, f"{path}:{lines.number}") for line in lines if (words := line.split())]
    problems.check()
    sentences, places = ([each[i] for each in found] for i in (0, 1))
    if not sentences:
        raise InputError(f"{path}: no sentence in the file")
    if all(len(words) == 1 for words in sentences):
        raise InputError(f"{path}: no blanks between words in any of {len(sentences)} lines")
    return words_to_tagged_text(sentences, str(path), places)


def words_to_tagged_text(
    sentences: Iterable[Sequence[str]], source: str, places: list[str] | None = None
) -> TaggedText:
    """`TaggedText` of characters from sentences that are lists of words.

    Example:

    >>> words_to_tagged_text([["ab", "c"]], "made here").tokens
    [['a', 'b', 'c']]
    """
    tokens, tags = [], []
    for words in sentences:
        spans, start = [], 0
        for word in words:
            spans.append((start, start + len(word), ""))
            start += len(word)
        tokens.append(list("".join(words)))
        tags.append(tags_of(spans, start, "BMES"))
    return TaggedText(tokens, tags, "BMES", source, places)


def spans_to_words(tokens: Sequence[str], spans: Iterable[Span]) -> list[str]:
    """The words of spans of characters; a character outside all spans is a word.

    Example:

    >>> spans_to_words(list("abc"), [(0, 2, "")])
    ['ab', 'c']
    """
    words, position = [], 0
    for start, end, _ in [*spans, (len(tokens), len(tokens), "")]:
        words += tokens[position:start]
        if end > start:
            words.append("".join(tokens[start:end]))
        position = end
    return words


def words_of_sentences(tokens: Sequence[Sequence[str]], spans: Sequence[list]) -> list[list[str]]:
    """The words of each sentence, from its characters and spans."""
    return [spans_to_words(*row) for row in zip(tokens, spans, strict=True)]
