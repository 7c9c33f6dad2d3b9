"""The allowed transitions between tags, given by a tag scheme or by a matrix."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from keras import ops

from keras_seq import checks
from keras_seq.crf.tag_schemes import LETTERS, may_follow, split_tag
from keras_seq.errors import InputError

FORBIDDEN = -1e4  # added to forbidden scores: finite, but its exponential is 0


def scheme_constraints(
    tags: Sequence[str], scheme: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The transitions, first tags and last tags that a tag scheme allows.

    A tag is "O", a prefix with a type such as "B-LOC", or a prefix alone such as "B".

    - "BIO" (IOB2): an entity is B I I ...; I follows B or I of the same type.
    - "IOB1": an entity is I I ...; it begins with B only directly after an entity of its type.
    - "BIOES": an entity is B I ... E, or a single S.
    - "BMES": an entity is B M ... E, or a single S; Chinese word segmentation has no O.

    Args:
        tags: the K tag names, in the order of their numbers.
        scheme: "BIO", "IOB1", "BIOES" or "BMES".

    Returns:
        allowed: (K, K), True where tag j may follow tag i.
        start, end: (K,), True where a tag may be the first or the last one.

    Raises:
        ValueError: `scheme` is unknown, a name is not a tag of the scheme, or a name occurs twice.

    Example:

    >>> from keras_seq.crf import scheme_constraints
    >>> allowed, start, end = scheme_constraints(["O", "B-X", "I-X"], "BIO")
    >>> print(allowed.astype(int), start.astype(int), end.astype(int))
    [[1 1 0]
     [1 1 1]
     [1 1 1]] [1 1 0] [1 1 1]
    """
    owner = "scheme_constraints"
    checks.one_of(owner, tuple(LETTERS), scheme=scheme)
    checks.list_of_strings(owner, tags=tags)
    tags = list(tags)
    if not tags or len(set(tags)) != len(tags):
        checks.refuse(owner, "tags", "distinct names, and at least one", tags)
    for tag in tags:
        _check_tag(owner, tag, scheme)
    allowed = np.array([[may_follow(a, b, scheme) for b in tags] for a in tags])
    start = np.array([may_follow("O", tag, scheme) for tag in tags])
    end = np.array([may_follow(tag, "O", scheme) for tag in tags])
    return allowed, start, end


def _check_tag(owner, tag, scheme):
    letter, kind = split_tag(tag) if isinstance(tag, str) else ("", "")
    known = letter == "O" or letter in list(LETTERS[scheme])
    if not known or "-" in tag and (not kind or letter == "O"):
        letters = LETTERS[scheme]
        names = ["O", *(f"{letter}-X" for letter in letters), *letters]
        checks.refuse(owner, "tags", f"names of {scheme}, {', '.join(names)}", tag)


def constrained(scores: Any, allowed: Any) -> Any:
    """Scores with -10,000 added where `allowed` is False.

    If it is used in training too, forbidden transitions have probability 0 and get no gradient.

    Args:
        scores: tensor of any shape, such as transitions (K, K).
        allowed: array of the same shape, True where allowed.

    Returns:
        `scores` in float32, lower by 10,000 where `allowed` is False.

    Raises:
        ValueError: shapes differ.

    Example:

    >>> from keras_seq.crf import constrained
    >>> keras.ops.convert_to_numpy(constrained(np.ones(2), [True, False])).tolist()
    [1.0, -9999.0]
    """
    allowed = np.asarray(allowed)
    if allowed.dtype != bool:
        if allowed.dtype.kind not in "iuf" or not np.isin(allowed, (0, 1)).all():
            wanted = "an array of True and False, or of 1 and 0"
            checks.refuse("constrained", "allowed", wanted, allowed.tolist())
        allowed = allowed.astype(bool)
    scores = ops.convert_to_tensor(scores)
    if tuple(scores.shape) != allowed.shape:
        raise InputError(
            f"constrained: `allowed` must be of the shape of `scores`, {tuple(scores.shape)}. "
            f"Received: allowed.shape={allowed.shape}"
        )
    less = np.where(allowed, 0.0, FORBIDDEN).astype("float32")
    return ops.cast(scores, "float32") + ops.convert_to_tensor(less)
