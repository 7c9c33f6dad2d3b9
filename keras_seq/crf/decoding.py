"""Tags from scores: the best path, the n best, one drawn at random."""

import math

import keras
from keras import ops

from keras_seq import checks
from keras_seq.backend import chain
from keras_seq.backend.chain import keep, only
from keras_seq.backend.reference import scan
from keras_seq.crf.scores import by_row, scores_of


def viterbi(emissions, mask, transitions, start, end):
    """The most probable tags, all at once, and their score: one loop there and one back.

    Args:
        emissions, mask, transitions, start, end: as of `log_likelihood`.

    Returns:
        tags: (B, T), int32, 0 at masked steps. Of equal scores any.
        scores: (B,), that of the path; 0 for a row without a real step.

    Raises:
        ValueError: shapes do not agree.

    Example:

    >>> from keras_seq.crf import viterbi
    >>> emissions = np.array([[[1.0, 0.0], [0.4, 0.0]]])  # the second step alone would be 0
    >>> transitions = np.array([[0.0, 2.0], [0.0, 0.0]])
    >>> tags, scores = viterbi(emissions, None, transitions, np.zeros(2), np.zeros(2))
    >>> keras.ops.convert_to_numpy(tags).tolist(), keras.ops.convert_to_numpy(scores).tolist()
    ([[0, 1]], [3.0])

    Reference: Viterbi, Error Bounds for Convolutional Codes and an Asymptotically Optimum Decoding
    Algorithm, IEEE Transactions on Information Theory 13(2), 1967.
    """
    scores = scores_of("viterbi", emissions, mask, transitions, start, end)
    steps = scores.steps
    zeros = ops.zeros_like(ops.sum(scores.emissions, axis=0))
    if scores.empty:
        return by_row(_no_tags(scores)), zeros[:, 0]
    entries = scores.emissions + only(steps.first, scores.start + ops.zeros_like(scores.emissions))

    def step(carry, x):
        alpha = carry[0] + x["entry"]
        best = ops.max(ops.expand_dims(alpha, -1) + scores.transitions, axis=1)
        return [keep(x, best, carry[0])], alpha

    _, alphas = scan(step, [zeros], steps.each(entry=entries))
    best = ops.max(chain.ending(alphas, steps, scores.end), axis=-1)
    return _trace_back(alphas, scores), only(ops.any(steps.last, axis=0), best)


def _trace_back(alphas, scores):
    """(B, T): from the last step to the first the best tag, given the one after.

    Which tag led to the best of the next step is asked of the one tag on the path, not of all K
    while going forth.
    """
    steps = scores.steps
    alphas = alphas + only(steps.last, scores.end + ops.zeros_like(alphas))
    # Row K is for what comes after the end: it adds nothing.
    to_from = ops.pad(ops.transpose(scores.transitions), [[0, 1], [0, 0]])

    def step(carry, x):
        tag = ops.argmax(x["alpha"] + ops.take(to_from, carry[0], axis=0), axis=-1)
        tag = ops.cast(tag, "int32")
        tag = ops.where(x["real"][:, 0], tag, carry[0]) if "real" in x else tag
        return [tag], tag

    after = ops.zeros_like(ops.sum(alphas, axis=(0, 2)), dtype="int32") + scores.tags
    _, tags = scan(step, [after], steps.each(alpha=alphas), reverse=True)
    return by_row(only(steps.real, tags))


def _no_tags(scores):
    return ops.cast(ops.sum(scores.emissions, axis=-1), "int32")


def nbest(emissions, mask, transitions, start, end, n):
    """The n most probable taggings, best first, and their scores: Viterbi with n paths a tag.

    Args:
        emissions, mask, transitions, start, end: as of `log_likelihood`.
        n: how many.

    Returns:
        tags: (B, n, T), int32, 0 at masked steps.
        scores: (B, n). Where a row has fewer paths than n the rest score -inf, with tags 0; a row
            without a real step has one path, of score 0.

    Raises:
        ValueError: shapes do not agree, or `n` is not a positive integer.

    Example:

    >>> from keras_seq.crf import nbest
    >>> emissions = np.array([[[3.0, 0.0], [1.0, 0.0]]])
    >>> tags, scores = nbest(emissions, None, np.zeros((2, 2)), np.zeros(2), np.zeros(2), n=3)
    >>> keras.ops.convert_to_numpy(tags).tolist(), keras.ops.convert_to_numpy(scores).tolist()
    ([[[0, 0], [0, 1], [1, 0]]], [[4.0, 3.0, 1.0]])
    """
    checks.positive_int("nbest", n=n)
    scores = scores_of("nbest", emissions, mask, transitions, start, end)
    steps, K = scores.steps, scores.tags
    zeros = ops.zeros_like(ops.sum(scores.emissions, axis=0))
    one_path = ops.where(ops.equal(ops.arange(n), 0), 0.0, -math.inf)
    one_path = ops.cast(one_path, zeros.dtype)
    if scores.empty:
        tags = ops.repeat(ops.expand_dims(by_row(_no_tags(scores)), 1), n, axis=1)
        return tags, zeros[:, :1] + one_path
    entries = scores.emissions + only(steps.first, scores.start + ops.zeros_like(scores.emissions))
    given = ops.expand_dims(zeros, -1) + one_path  # (B, K, n)
    to_from = ops.transpose(scores.transitions)

    def keep_each(x, new, old):
        return ops.where(ops.expand_dims(x["real"], -1), new, old) if "real" in x else new

    def forth(carry, x):
        given, ending = carry
        alpha = given + ops.expand_dims(x["entry"], -1)
        candidates = ops.expand_dims(alpha, 1) + ops.expand_dims(to_from, -1)  # (B, K, K, n)
        best, pointers = ops.top_k(ops.reshape(candidates, [-1, K, K * n]), n)
        new = [keep_each(x, best, given), keep_each(x, alpha, ending)]
        return new, [ops.cast(pointers, "int32")]

    def back(carry, x):
        pointers = ops.reshape(x["pointers"], [-1, K * n])
        place = ops.take_along_axis(pointers, carry[0], axis=1)
        place = keep(x, ops.where(ops.expand_dims(x["last"], -1), last, place), carry[0])
        return [place], place

    no_pointers = [ops.cast(ops.zeros_like(given), "int32")]
    (_, ending), (pointers,) = scan(forth, [given, given], steps.each(entry=entries), no_pointers)
    ending = ops.reshape(ending + ops.expand_dims(scores.end, -1), [-1, K * n])
    best, last = ops.top_k(ending, n)
    last = ops.cast(last, "int32")
    xs = steps.each(pointers=pointers, last=steps.last)
    _, places = scan(back, [ops.zeros_like(last)], xs, reverse=True)  # (T, B, n)
    tags = ops.transpose(only(steps.real, places // n), (1, 2, 0))
    best = ops.where(ops.expand_dims(ops.any(steps.last, axis=0), -1), best, one_path)
    return only(best > -math.inf, tags), best


def sample(emissions, mask, transitions, start, end, seed=None):
    """Tags drawn from the distribution of the CRF: one tagging a row.

    The forward pass, then from the last step to the first
    p(y_t | y_t+1) ~ exp(alpha_t[y_t] + transitions[y_t, y_t+1]).

    Args:
        emissions, mask, transitions, start, end: as of `log_likelihood`.
        seed: integer, `keras.random.SeedGenerator`, or None for a random one.

    Returns:
        (B, T), int32, 0 at masked steps.

    Raises:
        ValueError: shapes do not agree.

    Example:

    >>> from keras_seq.crf import sample
    >>> emissions = np.array([[[0.0, 99.0], [99.0, 0.0]]])
    >>> tags = sample(emissions, None, np.zeros((2, 2)), np.zeros(2), np.zeros(2), seed=1)
    >>> keras.ops.convert_to_numpy(tags).tolist()
    [[1, 0]]
    """
    scores = scores_of("sample", emissions, mask, transitions, start, end)
    if scores.empty:
        return by_row(_no_tags(scores))
    passed = chain.forward(*scores[:4])
    uniform = keras.random.uniform(ops.shape(passed.alphas), seed=seed, dtype=passed.alphas.dtype)
    gumbel = -ops.log(-ops.log(ops.maximum(uniform, 1e-30)))
    return _trace_back(passed.alphas + gumbel, scores)
