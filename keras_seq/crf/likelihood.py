"""Probabilities of tags: the log-likelihood of given tags and the marginals of all tags."""

import math
from typing import Any

import numpy as np
from keras import ops

from keras_seq import backend, checks
from keras_seq.backend import chain
from keras_seq.backend.chain import only
from keras_seq.crf.scores import batch_major, prepare_scores


def log_likelihood(
    emissions: Any, tags: Any, transitions: Any, start: Any, end: Any, *, mask: Any = None
) -> Any:
    """The log of the probability of the given tags.

        score(y) = start[y_1] + sum_t emissions[t, y_t] + sum_t transitions[y_t-1, y_t] + end[y_T]
        log p(y) = score(y) - log sum_y' exp(score(y'))

    where t runs over the real steps of a row and t-1 is the real step before. The gradient is that
    of the forward-backward algorithm: observed counts minus expected counts.

    Args:
        emissions: scores of the tags at each step, (B, T, K), of any float type. They are computed
            in float32, or in float64 if they are float64.
        tags: (B, T), integers in [0, K); values at masked steps are ignored.
        transitions: (K, K), `transitions[i, j]` from tag i to tag j.
        start: (K,), scores of the first tag.
        end: (K,), scores of the last tag.
        mask: (B, T), True where a step is real; with None all steps are real.

    Returns:
        (B,), at most 0 except for rounding; 0 for a row without a real step.

    Masking: any step may be masked. The result is as if masked steps were not there; their values,
    NaN included, are ignored.

    Raises:
        ValueError: shapes do not agree, or a tag is out of range; where the values are not known,
            as in a compiled program, such a row is NaN.

    Example:

    >>> from keras_seq.crf import log_likelihood
    >>> emissions, zeros = np.zeros((1, 2, 3)), np.zeros(3)
    >>> log_p = log_likelihood(emissions, [[0, 2]], np.zeros((3, 3)), zeros, zeros)
    >>> bool(abs(log_p[0] - np.log(1 / 9)) < 1e-6)
    True

    Reference: Lafferty, McCallum and Pereira, Conditional Random Fields: Probabilistic Models for
    Segmenting and Labeling Sequence Data, ICML 2001.
    """
    scores = prepare_scores("log_likelihood", emissions, mask, transitions, start, end)
    tags = _checked_tags("log_likelihood", tags, scores)
    if scores.empty:
        return ops.sum(scores.emissions, axis=(0, 2))
    log_normalizer = backend.native("log_normalizer").run
    return path_score(scores, tags) - log_normalizer(*scores)


def _checked_tags(owner, tags, scores):
    length, batch, num_tags = scores.emissions.shape
    checks.sizes(owner, "tags", np.shape(tags), "B T", B=batch, T=length)
    real = scores.steps.real
    known = None if real is None else backend.static_value(batch_major(real))
    limit = num_tags if real is None or known is not None else None
    return checks.integers(owner, "tags", tags, 0, limit, "K", where=known, at=" at real steps")


def path_score(scores, tags):
    """(B,): the score of the tags (B, T)."""
    steps, K = scores.steps, scores.num_tags
    tags = only(steps.real, ops.cast(ops.transpose(tags), "int32"))  # (T, B)
    # Where values were not known, backends differ: an error, NaN, zeros or another tag.
    wrong = ops.any(ops.logical_or(tags < 0, tags >= K), axis=0)
    tags = ops.clip(tags, 0, K - 1)
    emitted = ops.take_along_axis(scores.emissions, ops.expand_dims(tags, -1), axis=-1)
    total = ops.sum(only(steps.real, ops.squeeze(emitted, -1)), axis=0)

    path, has_previous = tags, None
    if steps.real is not None:  # moves the real steps to the front
        t = ops.expand_dims(ops.arange(ops.shape(tags)[0]), -1)
        offset = ops.cast(ops.logical_not(steps.real), "int32") * ops.shape(tags)[0]
        path = ops.sort((t + offset) * K + tags, axis=0) % K
        has_previous = t[1:] < ops.sum(ops.cast(steps.real, "int32"), axis=0)
    transition_scores = ops.take(ops.reshape(scores.transitions, [-1]), path[:-1] * K + path[1:])
    total = total + ops.sum(only(has_previous, transition_scores), axis=0)
    for weight, at in ((scores.start, steps.first), (scores.end, steps.last)):
        boundary_scores = ops.take(weight, ops.sum(only(at, tags), axis=0))
        total = total + only(ops.any(at, axis=0), boundary_scores)
    return ops.where(wrong, ops.full_like(total, math.nan), total)


def marginals(emissions: Any, transitions: Any, start: Any, end: Any, *, mask: Any = None) -> Any:
    """The marginal probability of each tag at each step, by the forward-backward algorithm.

    Args:
        emissions, transitions, start, end, mask: as for `log_likelihood`.

    Returns:
        (B, T, K), float32 or float64; each real step sums to 1, masked steps are zeros.

    Raises:
        ValueError: shapes do not agree.

    Example:

    >>> from keras_seq.crf import marginals
    >>> zeros = np.zeros(2)
    >>> transitions = np.array([[0.0, 0.0], [-1e4, 0.0]])  # tag 0 never follows tag 1
    >>> p = marginals(np.zeros((1, 2, 2)), transitions, zeros, zeros)
    >>> print(keras.ops.convert_to_numpy(p).round(3))
    [[[0.667 0.333]
      [0.333 0.667]]]

    Reference: Sutton and McCallum, An Introduction to Conditional Random Fields, Foundations and
    Trends in Machine Learning 4(4), 2012, section 4.1.
    """
    scores = prepare_scores("marginals", emissions, mask, transitions, start, end)
    if scores.empty:
        return batch_major(scores.emissions)
    passed = chain.forward(*scores[:4])
    at_last = chain.lasts(passed.alphas, scores.steps, scores.end)
    return batch_major(chain.backward(passed, scores.steps, scores.transitions, at_last)[0])
