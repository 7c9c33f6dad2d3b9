"""The linear chain in keras.ops: exact, plain, right, whatever the scores are.

A chain has the scores of the tags at each step, `emissions` (T, B, K), of the transitions (K, K),
of the first tag, `start` (K,), and of the last, `end` (K,). A masked step passes on
what it received, so that a transition leads from one real step to the next real one.
"""

from typing import Any, NamedTuple

from keras import ops

from keras_seq.backend.reference import scan


class Steps(NamedTuple):
    """Which steps (T, B) are real, and which of these are the first and the last of a row.

    Without a mask `real` is None, and the other two are (T, 1).
    """

    real: Any
    first: Any
    last: Any

    def each(self, **xs):
        """What to scan over: the tensors (T, ...), and whether a step is real."""
        return xs if self.real is None else {**xs, "real": ops.expand_dims(self.real, -1)}


class Forward(NamedTuple):
    """What the forward pass keeps, for tag j at step t.

    alphas: (T, B, K), log of the sum over all paths that end in j at t, less the row's largest.
    priors: (T, B, K), log sum_i exp(alphas[i] + transitions[i, j]): what the next step receives.
    peaks: (T, B), by how much the row's largest grew at t.
    """

    alphas: Any
    priors: Any
    peaks: Any


def only(where, values):
    """`values` where `where`, whose axes are their first ones, and 0 elsewhere; None is all."""
    if where is None:
        return values
    for _ in range(len(values.shape) - len(where.shape)):
        where = ops.expand_dims(where, -1)
    return ops.where(where, values, ops.zeros_like(values))


def keep(x, new, old):
    """`new` at a real step, `old` at a masked one; `x` is a slice of `Steps.each`."""
    return ops.where(x["real"], new, old) if "real" in x else new


def forward(emissions, steps, transitions, start):
    """The forward pass over all steps: a `Forward`."""
    entries = emissions + only(steps.first, start + ops.zeros_like(emissions))

    def step(carry, x):
        alpha = carry[0] + x["entry"]
        peak = ops.max(alpha, axis=-1, keepdims=True)
        alpha = alpha - peak
        prior = ops.logsumexp(ops.expand_dims(alpha, -1) + transitions, axis=1)
        return [keep(x, prior, carry[0])], [alpha, prior, peak]

    zeros = ops.zeros_like(ops.sum(entries, axis=0))
    like = [zeros, zeros, zeros[:, :1]]
    _, (alphas, priors, peaks) = scan(step, [zeros], steps.each(entry=entries), like)
    return Forward(alphas, priors, ops.squeeze(peaks, -1))


def ending(alphas, steps, end):
    """(B, K): the scores of the tags at a row's last real step, the end's among them."""
    return ops.sum(only(steps.last, alphas), axis=0) + end


def value(alphas, peaks, steps, end):
    """(B,): log of the sum over all paths; 0 for a row without a real step."""
    total = ops.logsumexp(ending(alphas, steps, end), axis=-1)
    total = total + ops.sum(only(steps.real, peaks), axis=0)
    return only(ops.any(steps.last, axis=0), total)


def lasts(alphas, steps, end):
    """(B, K): the marginals of the tags at a row's last real step, zeros where there is none."""
    return only(ops.any(steps.last, axis=0), ops.softmax(ending(alphas, steps, end), axis=-1))


def backward(passed, steps, transitions, at_last):
    """The backward pass, linear in `at_last`.

    Args:
        passed: a `Forward`.
        at_last: (B, K), the marginals at a row's last step, or these times a number a row.

    Returns:
        The marginals of the tags (T, B, K), 0 at masked steps, and those of the pairs of
        neighbours summed over T and B, (K, K).
    """
    given = only(steps.last, at_last + ops.zeros_like(passed.alphas))
    xs = steps.each(alpha=passed.alphas, prior=passed.priors, given=given)

    def step(carry, x):
        after, pairs = carry
        # Log of the part of what tag j of the next step received that came from tag i.
        shares = ops.expand_dims(x["alpha"], 2) + transitions - ops.expand_dims(x["prior"], 1)
        both = ops.exp(shares) * ops.expand_dims(after, 1)  # (B, K, K)
        here = x["given"] + ops.sum(both, axis=2)
        here = keep(x, here, after)
        if "real" in x:
            both = only(x["real"][:, 0], both)
        return [here, pairs + ops.sum(both, axis=0)], here

    nothing = ops.zeros_like(at_last), ops.zeros_like(transitions)
    (_, pairs), marginals = scan(step, list(nothing), xs, nothing[0], reverse=True)
    return only(steps.real, marginals), pairs


def log_normalizer(emissions, steps, transitions, start, end):
    """(B,): log of the sum of exp(score) over all paths; 0 for a row without a real step."""
    passed = forward(emissions, steps, transitions, start)
    return value(passed.alphas, passed.peaks, steps, end)


def gradients(emissions, steps, transitions, start, end, upstream):
    """Those of sum(upstream * log_normalizer) by emissions, transitions, start and end."""
    passed = forward(emissions, steps, transitions, start)
    at_last = lasts(passed.alphas, steps, end) * ops.expand_dims(upstream, -1)
    marginals, pairs = backward(passed, steps, transitions, at_last)
    return marginals, pairs, of_start(marginals, steps), ops.sum(at_last, axis=0)


def of_start(marginals, steps):
    """(K,): the gradient of `start`."""
    return ops.sum(only(steps.first, marginals), axis=(0, 1))


# The backends' own loops write log sum_i exp(alphas[i] + transitions[i, j]) as the log of a matrix
# product of exponentials. What underflows there is under 2e-38 a term, so a sum of at least LEAST
# is right to the last digits; where one is smaller (transitions of -10,000 against the emissions)
# the exact passes above take over.
LEAST = 1e-30


def kernel_of(transitions):
    """The transitions as factors of at most 1: shift (K,), kernel (K, K) = exp(them - shift)."""
    shift = ops.max(transitions, axis=0)
    return shift, ops.exp(transitions - shift)


def entries_of(emissions, steps, start, shift):
    """What a step adds to what it is given: emissions, and start or the shift of the kernel."""
    first = ops.expand_dims(steps.first, -1)
    return emissions + ops.where(first, start, shift)
