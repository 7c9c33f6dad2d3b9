"""Word segmentation: lines of words divided by blanks, as characters with BMES tags."""

from keras_seq.crf.tag_schemes import tags_of
from keras_seq.data.lines import Lines, ParseErrors
from keras_seq.tasks.tagging.data import TaggedText


def read_segmented_text(path):
    """Segmented sentences from a file with a sentence a line and blanks between its words.

    Blanks are what Unicode calls white space, the ideographic one too; empty lines are passed over.

    Args:
        path: the file; UTF-8; `.gz` is unpacked.

    Returns:
        `TaggedText` whose tokens are characters, with the tags B, M, E and S.

    Raises:
        ValueError: nothing there, nothing in it, a damaged line, or not one blank in all of it.

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
        raise ValueError(f"{path}: no sentence in the file")
    if all(len(words) == 1 for words in sentences):
        raise ValueError(f"{path}: no blanks between words in any of {len(sentences)} lines")
    return of_words(sentences, str(path), places)


def of_words(sentences, source, places=None):
    """`TaggedText` of characters from sentences as lists of words.

    Example:

    >>> of_words([["ab", "c"]], "made here").tokens
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


def words_of(tokens, spans):
    """The words that spans make of characters; what lies outside is a word by itself.

    Example:

    >>> words_of(list("abc"), [(0, 2, "")])
    ['ab', 'c']
    """
    words, position = [], 0
    for start, end, _ in [*spans, (len(tokens), len(tokens), "")]:
        words += tokens[position:start]
        if end > start:
            words.append("".join(tokens[start:end]))
        position = end
    return words
