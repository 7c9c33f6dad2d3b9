"""Which tags may follow which: from a tag scheme, or as given."""

import numpy as np
from keras import ops

from keras_seq import checks

FORBIDDEN = -1e4  # added to the score of what is not allowed; finite, and exp of it is 0
PREFIXES = {"BIO": "BIO", "IOB1": "BIO", "BIOES": "BIOES", "BMES": "BMESO"}


def scheme_constraints(tags, scheme):
    """Which tags may follow which, begin and end a sequence under a tag scheme.

    A tag is "O" or a prefix with a type, "B-LOC"; without types, "B" alone.

    - "BIO" (IOB2): an entity is B I I ...; I follows B or I of its type.
    - "IOB1": an entity is I I ...; B only begins one right after another of its type.
    - "BIOES": B I ... E, or S alone.
    - "BMES": B M ... E, or S alone; Chinese word segmentation has no O.

    Args:
        tags: the K tag names, in the order of their numbers.
        scheme: "BIO", "IOB1", "BIOES" or "BMES".

    Returns:
        allowed: (K, K), True where tag j may follow tag i.
        start, end: (K,), True where a tag may be the first, the last.

    Raises:
        ValueError: `scheme` is not one of these, a name is not of the scheme, or comes twice.

    Example:

    >>> from keras_seq.crf import scheme_constraints
    >>> allowed, start, end = scheme_constraints(["O", "B-X", "I-X"], "BIO")
    >>> print(allowed.astype(int), start.astype(int), end.astype(int))
    [[1 1 0]
     [1 1 1]
     [1 1 1]] [1 1 0] [1 1 1]
    """
    owner = "scheme_constraints"
    checks.one_of(owner, tuple(PREFIXES), scheme=scheme)
    tags = list(tags)
    if not tags or len(set(tags)) != len(tags):
        checks.refuse(owner, "tags", "names that are not empty and differ", tags)
    parts = [_parts(owner, tag, scheme) for tag in tags]
    follows = {"BIO": _bio, "IOB1": _iob1}.get(scheme, _closed)
    outside = ("O", "")
    allowed = np.array([[follows(before, after) for after in parts] for before in parts])
    start = np.array([follows(outside, after) for after in parts])
    end = np.array([follows(before, outside) for before in parts])
    return allowed, start, end


def _parts(owner, tag, scheme):
    """The prefix and the type of a tag."""
    prefix, dash, kind = tag.partition("-") if isinstance(tag, str) else ("", "", "")
    good = prefix in PREFIXES[scheme] and len(prefix) == 1 and bool(dash) == bool(kind)
    if not good or (prefix == "O" and dash):
        prefixes = [p for p in PREFIXES[scheme] if p != "O"]
        names = ["O", *(f"{p}-X" for p in prefixes), *prefixes]
        checks.refuse(owner, "tags", f"names of {scheme}, {', '.join(names)}", tag)
    return prefix, kind


def _bio(before, after):
    return after[0] != "I" or (before[0] in "BI" and before[1] == after[1])


def _iob1(before, after):
    return after[0] != "B" or (before[0] in "BI" and before[1] == after[1])


def _closed(before, after):
    """Entities that say where they end: inside one only M, I and E may come, of its type."""
    inside = before[0] in "BIM"
    goes_on = after[0] in "IME"
    return inside == goes_on and (not inside or before[1] == after[1])


def constrained(scores, allowed):
    """Scores with -10,000 added where `allowed` is False.

    Added while training too, it takes all probability from what is forbidden, and no gradient
    comes from there.

    Args:
        scores: tensor of any shape, such as transitions (K, K).
        allowed: array of the same shape, True where allowed.

    Returns:
        `scores` in float32, -10,000 added where not allowed.

    Raises:
        ValueError: shapes differ.

    Example:

    >>> from keras_seq.crf import constrained
    >>> keras.ops.convert_to_numpy(constrained(np.ones(2), [True, False])).tolist()
    [1.0, -9999.0]
    """
    allowed = np.asarray(allowed, bool)
    scores = ops.convert_to_tensor(scores)
    if tuple(scores.shape) != allowed.shape:
        raise ValueError(
            f"constrained: `allowed` must be of the shape of `scores`, {tuple(scores.shape)}. "
            f"Received: allowed.shape={allowed.shape}"
        )
    less = np.where(allowed, 0.0, FORBIDDEN).astype("float32")
    return ops.cast(scores, "float32") + ops.convert_to_tensor(less)
