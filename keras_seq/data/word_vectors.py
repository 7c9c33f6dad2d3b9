"""Pretrained word vectors from text files in the formats of word2vec and GloVe."""

import re
import warnings
from collections.abc import Collection
from pathlib import Path

import numpy as np

from keras_seq import checks
from keras_seq.data.lines import Lines, ParseErrors
from keras_seq.errors import InputError


def read_word_vectors(
    path: str | Path, needed: Collection[str] = (), max_words: int = 400_000
) -> tuple[list[str], np.ndarray]:
    """Word vectors from a text file with a word and its numbers on each line, separated by spaces.

    The first line may be the header of word2vec: the number of words and the number of dimensions.
    A word that occurs twice has its first vector.

    Args:
        path: the file, in UTF-8; `.gz` is decompressed.
        needed: lower-case words that are read from all of the file, in upper and lower case.
        max_words: the largest number of other words; the first ones are read, because files are
            sorted by frequency. A warning gives the number of skipped words.

    Returns:
        `(words, vectors)`: a list of str and a float32 array (V, D).

    Raises:
        InputError: there is no such file, it is empty, a line is malformed (with its number), or
            there are not as many words as the first line says.

    Example:

    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "vectors.txt"
    >>> _ = path.write_text("2 3\\nking 0.5 0 1\\nqueen 0.5 1 0\\n")
    >>> keras_seq.data.read_word_vectors(path)
    (['king', 'queen'], array([[0.5, 0. , 1. ],
           [0.5, 1. , 0. ]], dtype=float32))
    """
    owner = "read_word_vectors"
    checks.non_negative_int(owner, max_words=max_words)
    checks.list_of_strings(owner, needed=needed)
    errors, announced, count = ParseErrors(path), None, 0
    lines = Lines(path, errors)
    needed, words, vectors, width, left = set(needed), {}, [], None, 0
    for line in lines:
        line = line.rstrip(" ")
        if lines.number == 1 and re.fullmatch(r"\d+ \d+", line):
            announced, width = map(int, line.split(" "))
            continue
        count += 1
        width = line.count(" ") if width is None else width
        # In some files words contain spaces, so the numbers are counted from the end.
        word, *cells = line.rsplit(" ", width)
        if len(words) >= max_words and word.lower() not in needed:
            left += 1
            continue
        try:
            vector = np.array(cells, "float32")
        except ValueError:
            vector = np.array([np.nan])
        if not word or not cells or len(cells) != width or not np.isfinite(vector).all():
            errors.add(lines.number, f"a word and {width} numbers expected")
        elif word not in words:
            words[word] = len(words)
            vectors.append(vector)
    errors.check()
    if words and announced not in (None, count):
        raise InputError(f"{path}:1: {announced} words announced, {count} lines follow")
    if left:
        warnings.warn(
            f"{path}: {len(words)} vectors are read, {left} after the first {max_words} are not: "
            "their words are not in the training text",
            stacklevel=2,
        )
    if not words:
        raise InputError(f"{path}: no word vector in the file")
    return list(words), np.stack(vectors)
