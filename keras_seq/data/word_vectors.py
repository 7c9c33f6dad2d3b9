"""Pretrained word vectors from text files, as word2vec and GloVe write them."""

import re
import warnings

import numpy as np

from keras_seq.data.lines import Lines, ParseErrors


def read_word_vectors(path, needed=(), most=400_000):
    """The vectors of a text file: a word and its numbers a line, divided by blanks.

    The first line may be that of word2vec, with two numbers: how many words, how many dimensions.
    A word that stands twice keeps its first vector.

    Args:
        path: the file; UTF-8; `.gz` is unpacked.
        needed: words, in lower case, to read wherever they stand and however they are written.
        most: how many others to read, the first ones: files are sorted by frequency. A warning
            says how many are left out.

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
    problems = ParseErrors(path)
    lines = Lines(path, problems)
    needed, words, vectors, width, left = set(needed), {}, [], None, 0
    for line in lines:
        line = line.rstrip(" ")
        if lines.number == 1 and re.fullmatch(r"\d+ \d+", line):
            width = int(line.split(" ")[1])
            continue
        width = line.count(" ") if width is None else width
        # Words of some files hold blanks themselves: the numbers are counted from the end.
        word, *cells = line.rsplit(" ", width)
        if len(words) >= most and word.lower() not in needed:
            left += 1
            continue
        try:
            vector = np.array(cells, "float32")
        except ValueError:
            vector = np.array([np.nan])
        if not word or not cells or len(cells) != width or not np.isfinite(vector).all():
            problems.add(lines.number, f"a word and {width} numbers expected")
        elif word not in words:
            words[word] = len(words)
            vectors.append(vector)
    problems.check()
    if left:
        warnings.warn(
            f"{path}: {len(words)} vectors are read, {left} after the first {most} are not: "
            "their words are not in the training text",
            stacklevel=2,
        )
    if not words:
        raise ValueError(f"{path}: no word vector in the file")
    return list(words), np.stack(vectors)
