"""Pretrained word vectors from text files, as word2vec and GloVe write them."""

import numpy as np

from keras_seq.data.lines import Lines, Problems


def read_word_vectors(path, most=400_000):
    """The vectors of a text file: a word and its numbers a line, divided by blanks.

    The first line may be that of word2vec, with two numbers: how many words, how many dimensions.
    A word that stands twice keeps its first vector.

    Args:
        path: the file; UTF-8; `.gz` is unpacked.
        most: at most so many words, the first ones: files are sorted by frequency.

    Returns:
        `(words, vectors)`: a list of str and a float32 array (V, D).

    Raises:
        ValueError: nothing there, nothing in it, or a malformed line, with its number.

    Example:

    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "vectors.txt"
    >>> _ = path.write_text("2 3\\nking 0.5 0 1\\nqueen 0.5 1 0\\n")
    >>> keras_seq.data.read_word_vectors(path)
    (['king', 'queen'], array([[0.5, 0. , 1. ],
           [0.5, 1. , 0. ]], dtype=float32))
    """
    problems = Problems(path)
    lines = Lines(path, problems)
    words, vectors, width = {}, [], None
    for line in lines:
        cells = line.rstrip(" ").split(" ")
        if lines.number == 1 and len(cells) == 2 and all(cell.isdecimal() for cell in cells):
            width = int(cells[1])
            continue
        if len(words) == most:
            break
        width = width or len(cells) - 1
        # Words of some files hold blanks themselves: the numbers are counted from the end.
        word = " ".join(cells[:-width])
        try:
            vector = np.array(cells[-width:], "float32")
        except ValueError:
            vector = np.array([np.nan])
        if not word or len(vector) != width or not np.isfinite(vector).all():
            problems.add(lines.number, f"a word and {width} numbers expected")
        elif word not in words:
            words[word] = len(words)
            vectors.append(vector)
    problems.check()
    if not words:
        raise ValueError(f"{path}: no word vector in the file")
    return list(words), np.stack(vectors)
