"""One hypothesis for each row: the best next token each time, or one drawn at random."""

import math

import keras
from keras import ops

from keras_seq import checks
from keras_seq.decoding.contract import Contract


def greedy(step, initial_state, start_id, end_id, batch_size, max_length, min_length=0):
    """The most probable next token at every step.

        y_t = argmax_v P(v | y_1 .. y_t-1)

    Args:
        step: `step(tokens (B,), state) -> logits (B, V), state`; pure.
        initial_state: any nest of tensors with leading axis B.
        start_id: the token before the first.
        end_id: the token that ends a sequence.
        batch_size: B, an integer, or a scalar tensor.
        max_length: L, the most tokens; the end token counts.
        min_length: the fewest tokens; the end token counts.

    Returns:
        tokens: (B, L), int32, the end token included; 0 after it.
        lengths: (B,), int32; the end token counts.
        scores: (B,), log P(y), float32.

    Raises:
        ValueError: an argument is out of range, or `step` breaks the contract.

    Example:

    >>> from keras_seq.decoding import greedy
    >>> count = lambda tokens, state: (keras.ops.one_hot(tokens + 1, 4), state)
    >>> tokens, lengths, _ = greedy(count, [], 0, 3, batch_size=1, max_length=5)
    >>> keras.ops.convert_to_numpy(tokens).tolist(), keras.ops.convert_to_numpy(lengths).tolist()
    ([[1, 2, 3, 0, 0]], [3])
    """
    contract = Contract("greedy", step, initial_state, start_id, end_id, batch_size)
    return _run(contract, lambda t, logits, past: logits, max_length, min_length)


def sample(
    step,
    initial_state,
    start_id,
    end_id,
    batch_size,
    max_length,
    temperature=1.0,
    top_k=None,
    top_p=None,
    repetition_penalty=1.0,
    min_length=0,
    seed=None,
):
    """Each next token drawn from the model's distribution, sharpened or cut as asked.

        z_v = z_v / penalty if z_v > 0 else z_v * penalty      for v already there (start_id too)
        p   = softmax(z / temperature)
        p   = 0 outside the top_k most probable tokens
        p   = 0 outside the fewest most probable tokens that together have top_p

    in this order, each on what the one before has left.

    Args:
        step, initial_state, start_id, end_id, batch_size, max_length, min_length: of `greedy`.
        temperature: above 0.
        top_k: how many tokens may be drawn, or None for all.
        top_p: in (0, 1], or None for all.
        repetition_penalty: above 0; 1 is none.
        seed: integer, `keras.random.SeedGenerator`, or None for a random one.

    Returns:
        tokens (B, L), lengths (B,) and scores (B,) as `greedy`: the scores are log P(y) of the
        model, without what was done to it here.

    Raises:
        ValueError: an argument is out of range, or `step` breaks the contract.

    Example:

    >>> from keras_seq.decoding import sample
    >>> flat = lambda tokens, state: (keras.ops.zeros((2, 50)), state)
    >>> one, _, _ = sample(flat, [], 0, 1, batch_size=2, max_length=9, seed=3)
    >>> two, _, _ = sample(flat, [], 0, 1, batch_size=2, max_length=9, seed=3)
    >>> bool(keras.ops.all(one == two))
    True

    Reference: Holtzman et al., The Curious Case of Neural Text Degeneration, ICLR 2020 (top-p);
    Fan, Lewis and Dauphin, Hierarchical Neural Story Generation, ACL 2018 (top-k); Keskar et al.,
    CTRL, 2019 (repetition penalty).
    """
    checks.positive("sample", temperature=temperature, repetition_penalty=repetition_penalty)
    if top_k is not None:
        checks.positive_int("sample", top_k=top_k)
    if top_p is not None:
        checks.positive("sample", top_p=top_p)
        if top_p > 1.0:
            checks.refuse("sample", "top_p", "a number in (0, 1]", top_p)
    contract = Contract("sample", step, initial_state, start_id, end_id, batch_size)
    checks.positive_int("sample", max_length=max_length)
    # All numbers before the loop: a generator cannot count inside a compiled one.
    uniform = keras.random.uniform((max_length, batch_size), seed=seed)

    def draw(t, logits, past):
        if repetition_penalty != 1.0:
            logits = _less_of_the_past(logits, past, repetition_penalty)
        logits = logits / temperature
        # Gumbel's largest would want V numbers each; the inverse of the distribution wants one.
        order = ops.argsort(-logits, axis=-1)
        p = ops.softmax(ops.take_along_axis(logits, order, axis=-1))
        if top_k is not None:  # by rank: of equally probable ones no more than that
            p = ops.where(ops.arange(logits.shape[1]) < top_k, p, 0.0)
            p = p / ops.sum(p, axis=-1, keepdims=True)
        sums = ops.cumsum(p, axis=-1)
        if top_p is not None:
            p = ops.where(sums - p < top_p, p, 0.0)
            sums = ops.cumsum(p, axis=-1)
        point = ops.minimum(ops.take(uniform, t, axis=0), 1.0 - 1e-6)  # never past the last
        point = ops.expand_dims(point, -1) * sums[:, -1:]
        place = ops.sum(ops.cast(sums <= point, "int32"), axis=-1, keepdims=True)
        drawn = ops.take_along_axis(order, place, axis=-1)
        return ops.cast(ops.equal(ops.arange(logits.shape[1]), drawn), "float32")

    return _run(contract, draw, max_length, min_length)


def _less_of_the_past(logits, past, penalty):
    rows = ops.broadcast_to(ops.expand_dims(ops.arange(ops.shape(past)[0]), -1), ops.shape(past))
    places = ops.reshape(ops.stack([ops.cast(rows, "int32"), past], axis=-1), (-1, 2))
    values = ops.take_along_axis(logits, past, axis=-1)
    values = ops.where(values > 0, values / penalty, values * penalty)
    return ops.scatter_update(logits, places, ops.reshape(values, (-1,)))


def _run(contract, scores_of, max_length, min_length):
    """The loop of both: the token of the largest of `scores_of(t, logits, past)` is next."""
    owner, B, end = contract.owner, contract.batch_size, contract.end_id
    checks.positive_int(owner, max_length=max_length)
    checks.whole(owner, min_length=min_length)
    if min_length > max_length:
        checks.refuse(owner, "min_length", f"at most max_length={max_length}", min_length)

    def turn(t, last, tokens, past, lengths, log_probability, finished, leaves):
        logits, leaves = contract(last, leaves)
        allowed = logits
        if min_length > 1:
            early = ops.logical_and(ops.equal(ops.arange(logits.shape[1]), end), t + 1 < min_length)
            allowed = ops.where(early, -math.inf, logits)
        chosen = ops.cast(ops.argmax(scores_of(t, allowed, past), axis=-1), "int32")
        gained = ops.take_along_axis(logits, ops.expand_dims(chosen, -1), axis=-1)[:, 0]
        gained = gained - ops.logsumexp(logits, axis=-1)
        live = ops.logical_not(finished)
        chosen = ops.where(live, chosen, end)
        here = ops.logical_and(ops.equal(ops.arange(max_length), t), ops.expand_dims(live, -1))
        tokens = ops.where(here, ops.expand_dims(chosen, -1), tokens)
        past = ops.where(here, ops.expand_dims(chosen, -1), past)
        lengths = lengths + ops.cast(live, "int32")
        log_probability = log_probability + ops.where(live, gained, 0.0)
        finished = ops.logical_or(finished, ops.equal(chosen, end))
        return t + 1, chosen, tokens, past, lengths, log_probability, finished, leaves

    tokens = ops.zeros((B, max_length), "int32")
    loop = (
        ops.zeros((), "int32"),
        contract.first,
        tokens,
        tokens + ops.expand_dims(contract.first, -1),  # what is not there yet is the start
        ops.zeros((B,), "int32"),
        ops.zeros((B,), "float32"),
        ops.zeros((B,), "bool"),
        contract.leaves,
    )
    end_of = ops.while_loop(
        lambda t, last, tokens, past, lengths, log_p, finished, leaves: ops.logical_not(
            ops.all(finished)
        ),
        turn,
        loop,
        maximum_iterations=max_length,
    )
    _, _, tokens, _, lengths, log_probability, _, _ = end_of
    return tokens, lengths, log_probability
