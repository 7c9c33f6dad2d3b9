"""The probability of a span of tags: the sum over all paths that contain it."""

from typing import Any

from keras import ops

from keras_seq.crf.constraints import FORBIDDEN
from keras_seq.crf.layer import CRF
from keras_seq.crf.tag_schemes import continuation_matrix


def span_marginals(
    crf: CRF, emissions: Any, mask: Any, tags: Any, rows: Any, starts: Any, ends: Any
) -> Any:
    """The marginal probability of spans in the best paths of a CRF.

        p(span) = sum of p(path) over the paths with the span's tags at start..end-1, where the
                  tag at `end` does not continue the span, nor the span the tag before `start`

    It is computed as the ratio of two sums: over these paths, and over all paths.

    Args:
        crf: `keras_seq.CRF` with named tags.
        emissions: (B, T, K).
        mask: (B, T), True where a step is real.
        tags: (B, T), the best paths.
        rows, starts, ends: integers (N,), the sequence, first step and step after the last of
            each span.

    Returns:
        (N,), float32.

    Example:

    >>> from keras_seq.crf.span_probability import span_marginals
    >>> crf = keras_seq.CRF(["O", "S-X"])
    >>> emissions = np.array([[[0.0, 0.0], [0.0, np.log(3)]]], "float32")
    >>> where = [np.array([0]), np.array([1]), np.array([2])]
    >>> p = span_marginals(crf, emissions, np.ones((1, 2), bool), np.array([[0, 1]]), *where)
    >>> round(float(p[0]), 4)
    0.75
    """
    emissions, mask, tags = (ops.take(x, rows, axis=0) for x in (emissions, mask, tags))
    starts, ends = (ops.expand_dims(ops.cast(x, "int32"), 1) for x in (starts, ends))
    steps = ops.expand_dims(ops.arange(ops.shape(tags)[1], dtype="int32"), 0)
    inside = ops.logical_and(steps >= starts, steps < ends)
    others = ops.logical_not(ops.cast(ops.one_hot(tags, crf.num_tags), "bool"))
    last = ops.take_along_axis(tags, ops.cast(ends - 1, "int32"), axis=1)[:, 0]
    continues = continuation_matrix(crf.tags)
    longer = ops.take(ops.convert_to_tensor(continues), last, axis=0)
    after = ops.logical_and(ops.expand_dims(steps == ends, -1), ops.expand_dims(longer, 1))
    first = ops.take_along_axis(tags, starts, axis=1)[:, 0]
    earlier = ops.take(ops.convert_to_tensor(continues.T), first, axis=0)
    before = ops.logical_and(ops.expand_dims(steps == starts - 1, -1), ops.expand_dims(earlier, 1))
    out = ops.logical_and(ops.expand_dims(inside, -1), others)
    out = ops.logical_or(out, ops.logical_or(before, after))
    # The score of a long row can be in the thousands, but float32 has only seven digits. So the
    # score of the best tag of a step is subtracted from the scores of all its tags.
    best = ops.take_along_axis(emissions, ops.expand_dims(ops.cast(tags, "int32"), -1), axis=-1)
    emissions = emissions - best
    within = ops.where(out, ops.full_like(emissions, FORBIDDEN), emissions)
    # Both sums contain the best path, so its score cancels.
    ratio = crf.log_likelihood(emissions, tags, mask=mask)
    ratio = ratio - crf.log_likelihood(within, tags, mask=mask)
    return ops.exp(ops.minimum(ratio, 0.0))
