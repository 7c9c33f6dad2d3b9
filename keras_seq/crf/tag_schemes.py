"""Tag schemes: conversion between the tags of single tokens and spans of tokens.

    scheme   one token   more tokens         use
    IOB1     I           I I ... I           CoNLL-2003; a span begins with B only directly after
                                             a span of the same type
    BIO      B           B I ... I           also called IOB2
    BIOES    S           B I ... I E
    BMES     S           B M ... M E         Chinese names and word segmentation

Tokens outside of all spans have the tag `O`. Other tags are `<letter>-<type>`, or a letter alone if
there is only one type.
"""

import collections
import re
from collections.abc import Iterable, Sequence

import numpy as np

Span = tuple[int, int, str]  # first token, the token after the last one, type

SCHEMES = ("IOB1", "BIO", "BIOES", "BMES")
CLOSED = ("BIOES", "BMES")  # schemes that mark the last token of a span
LETTERS = {"BIO": "BI", "IOB1": "BI", "BIOES": "BIES", "BMES": "BMES"}
SEQEVAL_NAMES = {"IOB1": "IOB1", "BIO": "IOB2", "BIOES": "IOBES"}  # classes of seqeval.scheme

_TAG = re.compile(r"O|([BIMES])(?:-(.+))?")
_OPEN = "BIM"  # the span may continue after these letters
_CONTINUING = "IME"  # these letters continue a span


def split_tag(tag: str) -> tuple[str, str]:
    """The letter and the type of a tag; the type is "" if there is none.

    Example:

    >>> split_tag("B-PER"), split_tag("O")
    (('B', 'PER'), ('O', ''))
    """
    letter, _, kind = tag.partition("-")
    return letter, kind


def continues(before: str, after: str) -> bool:
    """Whether the second of two adjacent tags continues the span of the first, in any scheme.

    Example:

    >>> continues("B-PER", "I-PER"), continues("B-PER", "I-LOC"), continues("E-PER", "I-PER")
    (True, False, False)
    """
    (letter, kind), (next_letter, next_kind) = split_tag(before), split_tag(after)
    return letter in _OPEN and next_letter in _CONTINUING and kind == next_kind


def may_follow(before: str, after: str, scheme: str) -> bool:
    """Whether a scheme allows the tag `after` directly after the tag `before`.

    Use "O" for the position before the first tag and after the last tag of a sentence.

    - "BIO": I follows only B or I of the same type.
    - "IOB1": B follows only B or I of the same type, because it separates two adjacent spans.
    - "BIOES", "BMES": after B, I or M, only I, M or E of the same type follow, and these follow
      nowhere else.

    Example:

    >>> may_follow("O", "I-PER", "BIO"), may_follow("O", "I-PER", "IOB1")
    (False, True)
    """
    (letter, kind), (next_letter, next_kind) = split_tag(before), split_tag(after)
    if scheme == "BIO":
        return next_letter != "I" or continues(before, after)
    if scheme == "IOB1":
        return next_letter != "B" or (letter != "O" and kind == next_kind)
    return continues(before, after) or (letter not in _OPEN and next_letter not in _CONTINUING)


def continuation_matrix(tags: Sequence[str]) -> np.ndarray:
    """(K, K), True where tag j continues the span of tag i: `continues` of all pairs of tags.

    Example:

    >>> continuation_matrix(["O", "B", "I"]).astype(int)
    array([[0, 0, 0],
           [0, 0, 1],
           [0, 0, 1]])
    """
    return np.array([[continues(before, after) for after in tags] for before in tags], bool)


def is_tag(tag: str, scheme: str | None = None) -> bool:
    """Whether a string is a tag of a scheme, or of any scheme if `scheme` is None.

    Example:

    >>> is_tag("B-PER"), is_tag("M-PER", "BIO"), is_tag("NNP")
    (True, False, False)
    """
    found = _TAG.fullmatch(tag)
    return bool(found) and (scheme is None or tag == "O" or found[1] in LETTERS[scheme])


def tag_names(types: Iterable[str], scheme: str) -> list[str]:
    """All tags of a scheme for the given types, with O first unless every token is in a span.

    The single type "" with BMES is word segmentation, where every token is in a span.

    Example:

    >>> tag_names(["LOC", "PER"], "BIO")
    ['O', 'B-LOC', 'I-LOC', 'B-PER', 'I-PER']
    >>> tag_names([""], "BMES"), tag_names([""], "BIO")
    (['B', 'M', 'E', 'S'], ['O', 'B', 'I'])
    """
    types = list(types)
    tags = [_tag(letter, kind) for kind in types for letter in LETTERS[scheme]]
    return tags if types == [""] and scheme == "BMES" else ["O", *tags]


def spans_of(tags: Sequence[str]) -> list[Span]:
    """The spans of a row of tags, `(start, end, type)` with the end exclusive.

    The rule works for all schemes and for every row of tags, also an invalid one, as in the scorer
    of CoNLL. A span begins at B or S, or at any other letter if no span of its type is open. It
    ends with E or S, or before the next span, another type or O.

    Example:

    >>> spans_of(["I-PER", "I-PER", "O", "B-LOC", "I-ORG"])
    [(0, 2, 'PER'), (3, 4, 'LOC'), (4, 5, 'ORG')]
    """
    spans, start, before = [], None, "O"
    for position, tag in enumerate([*tags, "O"]):
        if start is not None and not continues(before, tag):
            spans.append((start, position, split_tag(before)[1]))
            start = None
        if tag != "O" and start is None:
            start = position
        before = tag
    return spans


def tags_of(spans: Iterable[Span], length: int, scheme: str) -> list[str]:
    """The tags of `length` tokens with the given spans, which are sorted and do not overlap.

    Example:

    >>> tags_of([(0, 2, "PER"), (2, 3, "PER")], 4, "BIOES")
    ['B-PER', 'E-PER', 'S-PER', 'O']
    >>> tags_of([(0, 2, "PER"), (2, 3, "PER")], 4, "IOB1")
    ['I-PER', 'I-PER', 'B-PER', 'O']
    """
    tags, touched = ["O"] * length, None
    inside = "M" if scheme == "BMES" else "I"
    closed = scheme in CLOSED
    for start, end, kind in spans:
        letters = [inside] * (end - start)
        if scheme != "IOB1" or touched == (start, kind):
            letters[0] = "B"
        if closed:
            letters[-1] = "E" if end - start > 1 else "S"
        tags[start:end] = [_tag(letter, kind) for letter in letters]
        touched = (end, kind)
    return tags


def detect_scheme(rows: Iterable[Sequence[str]]) -> str:
    """The tag scheme of some rows of tags.

    It is BMES if M is more frequent than I, else BIOES if most spans end with E or S. Otherwise it
    is BIO or IOB1, the one in which fewer tags are invalid: in IOB1 a B must follow a span of its
    type, and in BIO an I must. If only B, E and S occur, BMES and BIOES are the same: see
    `has_inside`.

    Args:
        rows: list of lists of tags.

    Returns:
        One of `SCHEMES`.

    Example:

    >>> detect_scheme([["I-PER", "I-PER", "O"], ["I-LOC", "B-LOC"]])
    'IOB1'
    """
    letters, firsts, spans = collections.Counter(), collections.Counter(), 0
    for row in rows:
        spans += len(spans_of(row))
        before = "O", ""
        for tag in row:
            letter, kind = split_tag(tag)
            letters[letter] += 1
            if before[0] == "O" or before[1] != kind:
                firsts[letter] += 1
            before = letter, kind
    if letters["M"] > letters["I"]:
        return "BMES"
    if spans and 2 * (letters["E"] + letters["S"]) >= spans:
        return "BIOES" if letters["I"] or letters["O"] else "BMES"
    return "IOB1" if firsts["I"] > firsts["B"] else "BIO"


def has_inside(rows: Iterable[Sequence[str]]) -> bool:
    """Whether any tag is I or M, inside a span; without them BMES and BIOES are the same.

    Example:

    >>> has_inside([["B-PER", "M-PER", "E-PER"]]), has_inside([["B-PER", "E-PER", "O", "S-PER"]])
    (True, False)
    """
    return any(split_tag(tag)[0] in "IM" for row in rows for tag in row)


def repaired(tags: Sequence[str], scheme: str) -> list[str]:
    """Valid tags of the scheme for the spans that `spans_of` finds in the given tags.

    For example, an I- without a B- before it becomes B-, and a span without an E- gets one.

    Example:

    >>> repaired(["O", "I-PER", "I-PER"], "BIO")
    ['O', 'B-PER', 'I-PER']
    """
    return tags_of(spans_of(tags), len(tags), scheme)


def _tag(letter, kind):
    return f"{letter}-{kind}" if kind else letter
