"""Beam search in one compiled loop."""

import math
from collections import namedtuple
from collections.abc import Callable
from typing import Any

from keras import ops

from keras_seq import checks
from keras_seq.decoding.constraints import Constraints
from keras_seq.decoding.length_penalty import GNMTLengthPenalty, length_normalizer
from keras_seq.decoding.step_function import StepFunction
from keras_seq.decoding.top_k import grouped_top_k
from keras_seq.errors import InputError

MIN_COVERAGE = 1e-10  # keeps the penalty of a source position without attention finite


class Hypotheses(namedtuple("Hypotheses", ["tokens", "lengths", "scores"])):
    """The results of `beam_search`, best first: (tokens, lengths, scores).

    tokens: (B, n, L) int32, the end token included; 0 after it.
    lengths: (B, n) int32, T, the end token included; 0 where there are fewer than n hypotheses.
    scores: (B, n) float32, log_probability / normalizer + coverage; -inf where there is none.
    parts: a dictionary of these three terms, (B, n) each.

    Example:

    >>> from keras_seq.decoding import beam_search
    >>> step = lambda tokens, state: (keras.ops.log([[0.1, 0.6, 0.3]]), state)
    >>> found = beam_search(step, [], 0, 2, 1, beam_width=1, max_length=2, alpha=1.0)
    >>> print(keras.ops.convert_to_numpy(found.parts["log_probability"]).round(4))
    [[-1.0217]]
    """

    def __new__(cls, tokens: Any, lengths: Any, scores: Any, parts: dict | None = None):
        hypotheses = super().__new__(cls, tokens, lengths, scores)
        hypotheses.parts = parts
        return hypotheses


def beam_search(
    step: Callable,
    initial_state: Any,
    start_token_id: int,
    end_token_id: int,
    batch_size: Any,
    beam_width: int,
    max_length: int,
    *,
    alpha: float | GNMTLengthPenalty = 0.0,
    coverage: float = 0.0,
    min_length: int = 0,
    no_repeat_ngram_size: int = 0,
    prefix: Any = None,
    n_best: int = 1,
) -> Hypotheses:
    """The most probable sequences that a beam of `beam_width` hypotheses finds.

        score(y) = log P(y) / T^alpha + coverage * sum_i log(min(sum_t a_ti, 1))

    T counts the end token, and a_ti is the attention of step t to source position i. Each step
    keeps the `beam_width` best-scoring hypotheses out of all continuations of the unfinished ones
    and the finished ones, which no longer change. The search of a batch row ends when no unfinished
    hypothesis can still score more than the `n_best` finished ones: log P only decreases, so its
    score is at most log P / max_length^alpha. A beam width of 1 is `greedy`. Hypotheses that have
    not ended at `max_length` are returned as they are.

    Args:
        step: `step(tokens (N,), state) -> logits (N, V), state` with N = B * beam_width, without
            side effects.
        initial_state: any nest of tensors with leading axis B. Each row is repeated for every
            hypothesis and reordered as hypotheses are selected, except in `BatchShared` tensors.
        start_token_id: the token before the first one.
        end_token_id: the token that ends a sequence.
        batch_size: B, an integer, or a scalar tensor where it is known only when the graph runs.
        beam_width: hypotheses kept at each step. It may exceed V, because the beam fills as
            sequences grow. A beam that is large enough for all sequences finds the best one.
        max_length: L, the largest number of tokens of a sequence, the end token included.
        alpha: exponent of the length normalization, at least 0, or `GNMTLengthPenalty(alpha)`.
        coverage: weight of the coverage penalty, at least 0. Above 0 the state must be a
            dictionary with the `alignment` (N, S) of the last step, and may have `source_mask`
            (N, S), True at real source positions.
        min_length: the smallest number of tokens of a sequence, the end token included.
        no_repeat_ngram_size: n: no n tokens in a row come a second time; 0: they may. The end token
            stays allowed where nothing else is, even before `min_length`.
        prefix: (B, P), integers: the first tokens of each row, in spite of the other options; below
            0 where any token may stand. They count in lengths and scores as others do.
        n_best: how many sequences are returned for each batch row, at most `beam_width`.

    Returns:
        `Hypotheses`: tokens (B, n, L), lengths (B, n), scores (B, n), best first.

    Raises:
        ValueError: an argument is out of range, or `step` does not return what is described above.

    Example:

    >>> from keras_seq.decoding import beam_search
    >>> follows = np.log([[0.0001, 0.5, 0.4999], [0.3, 0.3, 0.4], [0.01, 0.01, 0.98]])
    >>> step = lambda tokens, state: (keras.ops.take(follows, tokens, axis=0), state)
    >>> tokens, lengths, scores = beam_search(step, [], 0, 0, 1, beam_width=2, max_length=2)
    >>> keras.ops.convert_to_numpy(tokens).tolist()  # greedy search would begin with 1
    [[[2, 2]]]

    Reference: Wu et al., Google's Neural Machine Translation System, 2016, section 7 (coverage);
    Huang, Zhao and Ma, When to Finish? Optimal Beam Search for Neural Text Generation,
    EMNLP 2017 (stopping).
    """
    owner = "beam_search"
    step_function = StepFunction(
        owner, step, initial_state, start_token_id, end_token_id, batch_size, beam_width
    )
    checks.positive_int(owner, n_best=n_best)
    checks.non_negative(owner, coverage=coverage)
    if n_best > beam_width:
        checks.refuse(owner, "n_best", f"at most beam_width={beam_width}", n_best)
    constraints = Constraints(step_function, max_length, min_length, no_repeat_ngram_size, prefix)
    normalizer = length_normalizer(owner, alpha)
    return _Search(step_function, constraints, normalizer, coverage, n_best).run()


class _Search:
    """B batch, W beam width, K candidates of a hypothesis, L maximum length, S source positions."""

    def __init__(self, step_function, constraints, normalizer, coverage, n_best):
        self.step_function = step_function
        self.constraints = constraints
        self.max_length = constraints.max_length
        self.normalizer = normalizer
        self.coverage = coverage
        self.n_best = n_best
        self.shape = (step_function.batch_size, step_function.beam_width)

    def run(self):
        B, W = self.shape
        first = ops.equal(ops.arange(W), 0)  # all start equal, so only one of them may continue
        zeros = ops.zeros(self.shape, "float32")
        beam = {
            "tokens": ops.zeros((B, W, self.max_length), "int32"),
            "last": ops.reshape(self.step_function.first_tokens, self.shape),
            "lengths": ops.zeros(self.shape, "int32"),
            "log_probability": zeros + ops.where(first, 0.0, -math.inf),
            "scores": zeros,
            "finished": ops.zeros(self.shape, "bool"),
        }
        if self.coverage:
            beam["covered"] = ops.zeros_like(self._alignment(self.step_function.leaves))
        loop = (ops.zeros((), "int32"), ops.zeros((B,), "bool"), beam, self.step_function.leaves)
        _, _, beam, leaves = ops.while_loop(
            lambda t, done, beam, leaves: ops.logical_not(ops.all(done)),
            self._extend,
            loop,
            maximum_iterations=self.max_length,
        )
        return self._hypotheses(beam, leaves)

    def _extend(self, t, done, beam, leaves):
        """Extend all hypotheses by one token."""
        B, W = self.shape
        num_rows = self.step_function.num_rows
        tokens = ops.reshape(beam["last"], (num_rows,))
        logits, leaves = self.step_function(tokens, leaves)
        ids, values = self._candidates(t, logits, beam)
        K = ids.shape[-1]
        live = ops.cast(ops.logical_not(beam["finished"]), "int32")
        lengths = beam["lengths"] + live
        log_probability = ops.expand_dims(beam["log_probability"], -1) + values  # (B, W, K)
        scores = log_probability / ops.expand_dims(self.normalizer(lengths), -1)
        extended = {"lengths": lengths, "finished": beam["finished"], "tokens": beam["tokens"]}
        if self.coverage:
            attended = self._alignment(leaves) * ops.cast(ops.expand_dims(live, -1), "float32")
            extended["covered"] = beam["covered"] + attended
            penalty = self._coverage_penalty(extended["covered"], leaves)
            scores = scores + ops.expand_dims(penalty, -1)

        scores, chosen = ops.top_k(ops.reshape(scores, (B, W * K)), W)
        chosen = ops.cast(chosen, "int32")
        parents = chosen // K

        def take_chosen(x):
            return ops.take_along_axis(ops.reshape(x, (B, W * K)), chosen, axis=1)

        rows = ops.expand_dims(ops.arange(B, dtype="int32") * W, -1) + parents
        rows = ops.reshape(rows, (num_rows,))
        new = {name: self._take_rows(x, rows) for name, x in extended.items()}
        last = take_chosen(ops.broadcast_to(ids, (B, W, K)))
        current = ops.equal(ops.arange(self.max_length), t)
        current = ops.logical_and(current, ops.expand_dims(ops.logical_not(new["finished"]), -1))
        new["tokens"] = ops.where(current, ops.expand_dims(last, -1), new["tokens"])
        ended = ops.equal(last, self.step_function.end_token_id)
        new["finished"] = ops.logical_or(new["finished"], ended)
        new["last"], new["scores"] = last, scores
        new["log_probability"] = take_chosen(log_probability)
        leaves = self.step_function.reordered(leaves, rows)
        return t + 1, self._done(new), new, leaves

    def _candidates(self, t, logits, beam):
        """The K best next tokens of each hypothesis and their log-probabilities, (B, W, K).

        At most W of the W best continuations belong to the same hypothesis.
        """
        B, W = self.shape
        V, end = logits.shape[1], self.step_function.end_token_id
        total = ops.logsumexp(logits, axis=-1, keepdims=True)
        tokens = ops.reshape(beam["tokens"], (self.step_function.num_rows, self.max_length))
        logits = self.constraints(t, logits, tokens)
        K = min(W, V)
        values, ids = grouped_top_k(logits, K)
        values = ops.reshape(values - total, (B, W, K))
        ids = ops.reshape(ids, (B, W, K))
        frozen = ops.expand_dims(beam["finished"], -1)
        unchanged = ops.cast(ops.where(ops.equal(ops.arange(K), 0), 0.0, -math.inf), "float32")
        return ops.where(frozen, end, ids), ops.where(frozen, unchanged, values)

    def _take_rows(self, x, rows):
        """The hypotheses `rows` (B * W,) of x (B, W, ...)."""
        rest = ops.shape(x)[2:]
        flat = ops.reshape(x, (self.step_function.num_rows, *rest))
        return ops.reshape(ops.take(flat, rows, axis=0), (*self.shape, *rest))

    def _done(self, beam):
        """(B,): whether no unfinished hypothesis can still enter the n best finished ones."""
        finished, scores = beam["finished"], beam["scores"]
        best_finished, _ = ops.top_k(ops.where(finished, scores, -math.inf), self.n_best)
        longest = self.normalizer(ops.full((), self.max_length, "int32"))
        bound = ops.where(finished, -math.inf, beam["log_probability"] / longest)
        return best_finished[:, -1] >= ops.max(bound, axis=-1)

    def _alignment(self, leaves):
        state = self.step_function.state(leaves)
        if not isinstance(state, dict) or "alignment" not in state:
            raise InputError(
                "beam_search: `coverage` above 0 needs a state that is a dictionary with the "
                f"`alignment` (N, S) of the last step. Received: coverage={self.coverage}"
            )
        alignment = ops.cast(state["alignment"], "float32")
        return ops.reshape(alignment, (*self.shape, *ops.shape(alignment)[1:]))

    def _coverage_penalty(self, covered, leaves):
        logs = ops.log(ops.clip(covered, MIN_COVERAGE, 1.0))
        mask = self.step_function.state(leaves).get("source_mask")
        if mask is not None:
            # (B, 1, S) where the mask is `BatchShared`.
            mask = ops.reshape(mask, (self.shape[0], -1, ops.shape(mask)[-1]))
            logs = logs * ops.cast(mask, "float32")
        return self.coverage * ops.sum(logs, axis=-1)

    def _hypotheses(self, beam, leaves):
        best = {name: x[:, : self.n_best] for name, x in beam.items()}
        exists = best["log_probability"] > -math.inf
        lengths = ops.where(exists, best["lengths"], 0)
        tokens = ops.where(ops.expand_dims(exists, -1), best["tokens"], 0)
        parts = {
            "log_probability": best["log_probability"],
            "normalizer": self.normalizer(ops.maximum(lengths, 1)),
            "coverage": ops.zeros_like(best["scores"]),
        }
        if self.coverage:
            penalty = self._coverage_penalty(beam["covered"], leaves)
            parts["coverage"] = penalty[:, : self.n_best]
        scores = ops.where(exists, best["scores"], -math.inf)
        return Hypotheses(tokens, lengths, scores, parts)
