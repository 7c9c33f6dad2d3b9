"""Decoders with one hypothesis for each row: greedy search and sampling."""

from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from keras_seq import checks
from keras_seq.decoding.constraints import Constraints
from keras_seq.decoding.step_function import StepFunction


def greedy(
    step: Callable,
    initial_state: Any,
    start_token_id: int,
    end_token_id: int,
    batch_size: Any,
    max_length: int,
    *,
    min_length: int = 0,
    no_repeat_ngram_size: int = 0,
    prefix: Any = None,
) -> tuple[Any, Any, Any]:
    """Greedy search: takes the most probable next token at every step.

        y_t = argmax_v P(v | y_1 .. y_t-1)

    Args:
        step: `step(tokens (B,), state) -> logits (B, V), state`, without side effects.
        initial_state: any nest of tensors with leading axis B.
        start_token_id: the token before the first one.
        end_token_id: the token that ends a sequence.
        batch_size: B, an integer, or a scalar tensor.
        max_length: L, the largest number of tokens, the end token included.
        min_length: the smallest number of tokens, the end token included.
        no_repeat_ngram_size: n: no n tokens in a row come a second time; 0: they may. The end token
            stays allowed where nothing else is, even before `min_length`.
        prefix: (B, P), integers: the first tokens of each row, in spite of the other options; below
            0 where any token may stand. They count in lengths and scores as others do.

    Returns:
        tokens: (B, L), int32, the end token included; 0 after it.
        lengths: (B,), int32, the end token included.
        scores: (B,), log P(y), float32.

    Raises:
        ValueError: an argument is out of range, or `step` does not return what is described.

    Example:

    >>> from keras_seq.decoding import greedy
    >>> count = lambda tokens, state: (keras.ops.one_hot(tokens + 1, 4), state)
    >>> tokens, lengths, _ = greedy(count, [], 0, 3, batch_size=1, max_length=5)
    >>> keras.ops.convert_to_numpy(tokens).tolist(), keras.ops.convert_to_numpy(lengths).tolist()
    ([[1, 2, 3, 0, 0]], [3])
    """
    step_function = StepFunction(
        "greedy", step, initial_state, start_token_id, end_token_id, batch_size
    )
    constraints = Constraints(step_function, max_length, min_length, no_repeat_ngram_size, prefix)
    return _run(step_function, lambda t, logits, history: logits, constraints)


def sample(
    step: Callable,
    initial_state: Any,
    start_token_id: int,
    end_token_id: int,
    batch_size: Any,
    max_length: int,
    *,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    repetition_penalty: float = 1.0,
    min_length: int = 0,
    no_repeat_ngram_size: int = 0,
    prefix: Any = None,
    seed: Any = None,
) -> tuple[Any, Any, Any]:
    """Samples each next token from the model's distribution, which may be sharpened or truncated.

        z_v = z_v / penalty if z_v > 0 else z_v * penalty      for v in the history
        p   = softmax(z / temperature)
        p   = 0 outside the top_k most probable tokens
        p   = 0 outside the smallest set of most probable tokens whose sum reaches top_p

    The steps are applied in this order, each to the result of the one before. The history of a row
    is `start_token_id` and the tokens so far.

    Args:
        step, initial_state, start_token_id, end_token_id, batch_size, max_length, min_length,
            no_repeat_ngram_size, prefix: as for `greedy`. What they forbid has p = 0.
        temperature: above 0.
        top_k: how many of the most probable tokens may be sampled; None: all.
        top_p: in (0, 1]; None: all tokens.
        repetition_penalty: above 0; 1 is no penalty.
        seed: integer, `keras.random.SeedGenerator`, or None for a random one.

    Returns:
        tokens (B, L), lengths (B,) and scores (B,) as for `greedy`: the scores are log P(y) under
        the model's unchanged distribution.

    Raises:
        ValueError: an argument is out of range, or `step` does not return what is described.

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
    step_function = StepFunction(
        "sample", step, initial_state, start_token_id, end_token_id, batch_size
    )
    constraints = Constraints(step_function, max_length, min_length, no_repeat_ngram_size, prefix)
    # All random numbers are drawn here: a seed generator cannot advance in a compiled loop.
    uniform = keras.random.uniform((max_length, batch_size), seed=seed)

    def sampled(t, logits, history):
        if repetition_penalty != 1.0:
            logits = _penalize_repetition(logits, history, repetition_penalty)
        logits = logits / temperature
        # The Gumbel trick needs V random numbers per token; inverting the distribution needs one.
        order = ops.argsort(-logits, axis=-1)
        p = ops.softmax(ops.take_along_axis(logits, order, axis=-1))
        if top_k is not None:  # by rank, because by value ties would keep more tokens
            p = ops.where(ops.arange(logits.shape[1]) < top_k, p, 0.0)
            p = p / ops.sum(p, axis=-1, keepdims=True)
        sums = ops.cumsum(p, axis=-1)
        if top_p is not None:
            p = ops.where(sums - p < top_p, p, 0.0)
            sums = ops.cumsum(p, axis=-1)
        point = ops.minimum(ops.take(uniform, t, axis=0), 1.0 - 1e-6)  # keeps the rank below V
        point = ops.expand_dims(point, -1) * sums[:, -1:]
        rank = ops.sum(ops.cast(sums <= point, "int32"), axis=-1, keepdims=True)
        drawn = ops.take_along_axis(order, rank, axis=-1)
        return ops.cast(ops.equal(ops.arange(logits.shape[1]), drawn), "float32")

    return _run(step_function, sampled, constraints)


def _penalize_repetition(logits, history, penalty):
    shape = ops.shape(history)
    rows = ops.broadcast_to(ops.expand_dims(ops.arange(shape[0]), -1), shape)
    indices = ops.reshape(ops.stack([ops.cast(rows, "int32"), history], axis=-1), (-1, 2))
    values = ops.take_along_axis(logits, history, axis=-1)
    values = ops.where(values > 0, values / penalty, values * penalty)
    return ops.scatter_update(logits, indices, ops.reshape(values, (-1,)))


def _run(step_function, score_tokens, constraints):
    """The loop of both: the next token is the argmax of `score_tokens(t, logits, history)`."""
    B, end = step_function.batch_size, step_function.end_token_id
    max_length = constraints.max_length

    def body(t, last, tokens, history, lengths, log_probability, finished, leaves):
        logits, leaves = step_function(last, leaves)
        allowed = constraints(t, logits, tokens)
        chosen = ops.cast(ops.argmax(score_tokens(t, allowed, history), axis=-1), "int32")
        gained = ops.take_along_axis(logits, ops.expand_dims(chosen, -1), axis=-1)[:, 0]
        gained = gained - ops.logsumexp(logits, axis=-1)
        live = ops.logical_not(finished)
        chosen = ops.where(live, chosen, end)
        current = ops.logical_and(ops.equal(ops.arange(max_length), t), ops.expand_dims(live, -1))
        tokens = ops.where(current, ops.expand_dims(chosen, -1), tokens)
        history = ops.where(current, ops.expand_dims(chosen, -1), history)
        lengths = lengths + ops.cast(live, "int32")
        log_probability = log_probability + ops.where(live, gained, 0.0)
        finished = ops.logical_or(finished, ops.equal(chosen, end))
        return t + 1, chosen, tokens, history, lengths, log_probability, finished, leaves

    tokens = ops.zeros((B, max_length), "int32")
    loop = (
        ops.zeros((), "int32"),
        step_function.first_tokens,
        tokens,
        tokens + ops.expand_dims(step_function.first_tokens, -1),  # the history
        ops.zeros((B,), "int32"),
        ops.zeros((B,), "float32"),
        ops.zeros((B,), "bool"),
        step_function.leaves,
    )
    final = ops.while_loop(
        lambda t, last, tokens, history, lengths, log_probability, finished, leaves: (
            ops.logical_not(ops.all(finished))
        ),
        body,
        loop,
        maximum_iterations=max_length,
    )
    _, _, tokens, _, lengths, log_probability, _, _ = final
    return tokens, lengths, log_probability
