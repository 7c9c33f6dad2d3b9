"""From scores to tags: the best path, the n best paths, a sampled path."""

import math
from typing import Any

import keras
from keras import ops

from keras_seq import checks
from keras_seq.backend import chain
from keras_seq.backend.chain import keep, only
from keras_seq.backend.reference import scan
from keras_seq.crf.scores import batch_major, prepare_scores


def viterbi(
    emissions: Any, transitions: Any, start: Any, end: Any, *, mask: Any = None
) -> tuple[Any, Any]:
    """The most probable sequence of tags and its score.

    Args:
        emissions, transitions, start, end, mask: as for `log_likelihood`.

    Returns:
        tags: (B, T), int32, 0 at masked steps. Ties are broken arbitrarily.
        scores: (B,), the score of the path; 0 for a row without a real step.

    Raises:
        ValueError: shapes do not agree.

    Example:

    >>> from keras_seq.crf import viterbi
    >>> emissions = np.array([[[1.0, 0.0], [0.4, 0.0]]])  # the largest are 0, 0
    >>> transitions = np.array([[0.0, 2.0], [0.0, 0.0]])
    >>> tags, scores = viterbi(emissions, transitions, np.zeros(2), np.zeros(2))
    >>> keras.ops.convert_to_numpy(tags).tolist(), keras.ops.convert_to_numpy(scores).tolist()
    ([[0, 1]], [3.0])

    Reference: Viterbi, Error Bounds for Convolutional Codes and an Asymptotically Optimum Decoding
    Algorithm, IEEE Transactions on Information Theory 13(2), 1967.
    """
    scores = prepare_scores("viterbi", emissions, mask, transitions, start, end)
    steps = scores.steps
    zeros = ops.zeros_like(ops.sum(scores.emissions, axis=0))
    if scores.empty:
        return batch_major(_no_tags(scores)), zeros[:, 0]
    entries = scores.emissions + only(steps.first, scores.start + ops.zeros_like(scores.emissions))

    def step(carry, x):
        alpha = carry[0] + x["entry"]
        best = ops.max(ops.expand_dims(alpha, -1) + scores.transitions, axis=1)
        return [keep(x, best, carry[0])], alpha

    _, alphas = scan(step, [zeros], steps.each(entry=entries))
    best = ops.max(chain.ending(alphas, steps, scores.end), axis=-1)
    return _trace_back(alphas, scores), only(ops.any(steps.last, axis=0), best)


def _trace_back(alphas, scores):
    """The best path (B, T), found from the last step to the first.

    The backward pass computes the predecessor of one tag per step, the one on the path. The forward
    pass would have to compute the predecessors of all K tags.
    """
    steps = scores.steps
    alphas = alphas + only(steps.last, scores.end + ops.zeros_like(alphas))
    # Row K stands for the step after the last one and adds nothing.
    transitions_by_next = ops.pad(ops.transpose(scores.transitions), [[0, 1], [0, 0]])

    def step(carry, x):
        tag = ops.argmax(x["alpha"] + ops.take(transitions_by_next, carry[0], axis=0), axis=-1)
        tag = ops.cast(tag, "int32")
        tag = ops.where(x["real"][:, 0], tag, carry[0]) if "real" in x else tag
        return [tag], tag

    after = ops.zeros_like(ops.sum(alphas, axis=(0, 2)), dtype="int32") + scores.num_tags
    _, tags = scan(step, [after], steps.each(alpha=alphas), reverse=True)
    return batch_major(only(steps.real, tags))


def _no_tags(scores):
    return ops.cast(ops.sum(scores.emissions, axis=-1), "int32")


def nbest(
    emissions: Any, transitions: Any, start: Any, end: Any, n: int, *, mask: Any = None
) -> tuple[Any, Any]:
    """The n most probable sequences of tags, best first, and their scores.

    This is the Viterbi algorithm with n paths instead of one for each tag.

    Args:
        emissions, transitions, start, end, mask: as for `log_likelihood`.
        n: number of sequences for each row.

    Returns:
        tags: (B, n, T), int32, 0 at masked steps.
        scores: (B, n). Where a row has fewer than n paths, the rest have the score -inf and tags
            0. A row without a real step has one path, with score 0.

    Raises:
        ValueError: shapes do not agree, or `n` is not a positive integer.

    Example:

    >>> from keras_seq.crf import nbest
    >>> emissions = np.array([[[3.0, 0.0], [1.0, 0.0]]])
    >>> tags, scores = nbest(emissions, np.zeros((2, 2)), np.zeros(2), np.zeros(2), n=3)
    >>> keras.ops.convert_to_numpy(tags).tolist(), keras.ops.convert_to_numpy(scores).tolist()
    ([[[0, 0], [0, 1], [1, 0]]], [[4.0, 3.0, 1.0]])
    """
    checks.positive_int("nbest", n=n)
    scores = prepare_scores("nbest", emissions, mask, transitions, start, end)
    steps, K = scores.steps, scores.num_tags
    zeros = ops.zeros_like(ops.sum(scores.emissions, axis=0))
    single_path = ops.where(ops.equal(ops.arange(n), 0), 0.0, -math.inf)
    single_path = ops.cast(single_path, zeros.dtype)
    if scores.empty:
        tags = ops.repeat(ops.expand_dims(batch_major(_no_tags(scores)), 1), n, axis=1)
        return tags, zeros[:, :1] + single_path
    entries = scores.emissions + only(steps.first, scores.start + ops.zeros_like(scores.emissions))
    initial = ops.expand_dims(zeros, -1) + single_path  # (B, K, n)
    transitions_by_next = ops.transpose(scores.transitions)

    def keep_masked(x, new, old):
        return ops.where(ops.expand_dims(x["real"], -1), new, old) if "real" in x else new

    def forward_step(carry, x):
        previous, final = carry
        alpha = previous + ops.expand_dims(x["entry"], -1)
        candidates = ops.expand_dims(alpha, 1) + ops.expand_dims(
            transitions_by_next, -1
        )  # (B, K, K, n)
        best, pointers = ops.top_k(ops.reshape(candidates, [-1, K, K * n]), n)
        new = [keep_masked(x, best, previous), keep_masked(x, alpha, final)]
        return new, [ops.cast(pointers, "int32")]

    def backward_step(carry, x):
        pointers = ops.reshape(x["pointers"], [-1, K * n])
        entry = ops.take_along_axis(pointers, carry[0], axis=1)
        entry = keep(x, ops.where(ops.expand_dims(x["last"], -1), last, entry), carry[0])
        return [entry], entry

    no_pointers = [ops.cast(ops.zeros_like(initial), "int32")]
    (_, final), (pointers,) = scan(
        forward_step, [initial, initial], steps.each(entry=entries), no_pointers
    )
    final = ops.reshape(final + ops.expand_dims(scores.end, -1), [-1, K * n])
    best, last = ops.top_k(final, n)
    last = ops.cast(last, "int32")
    xs = steps.each(pointers=pointers, last=steps.last)
    _, path_entries = scan(backward_step, [ops.zeros_like(last)], xs, reverse=True)  # (T, B, n)
    tags = ops.transpose(only(steps.real, path_entries // n), (1, 2, 0))
    best = ops.where(ops.expand_dims(ops.any(steps.last, axis=0), -1), best, single_path)
    return only(best > -math.inf, tags), best


def sample(
    emissions: Any, transitions: Any, start: Any, end: Any, *, mask: Any = None, seed: Any = None
) -> Any:
    """One sequence of tags for each row, sampled from the distribution of the CRF.

    After the forward pass the tags are sampled from the last step to the first:
    p(y_t | y_t+1) ~ exp(alpha_t[y_t] + transitions[y_t, y_t+1]).

    Args:
        emissions, transitions, start, end, mask: as for `log_likelihood`.
        seed: integer, `keras.random.SeedGenerator`, or None for a random one.

    Returns:
        (B, T), int32, 0 at masked steps.

    Raises:
        ValueError: shapes do not agree.

    Example:

    >>> from keras_seq.crf import sample
    >>> emissions = np.array([[[0.0, 99.0], [99.0, 0.0]]])
    >>> tags = sample(emissions, np.zeros((2, 2)), np.zeros(2), np.zeros(2), seed=1)
    >>> keras.ops.convert_to_numpy(tags).tolist()
    [[1, 0]]
    """
    scores = prepare_scores("sample", emissions, mask, transitions, start, end)
    if scores.empty:
        return batch_major(_no_tags(scores))
    passed = chain.forward(*scores[:4])
    uniform = keras.random.uniform(ops.shape(passed.alphas), seed=seed, dtype=passed.alphas.dtype)
    gumbel = -ops.log(-ops.log(ops.maximum(uniform, 1e-30)))
    return _trace_back(passed.alphas + gumbel, scores)
