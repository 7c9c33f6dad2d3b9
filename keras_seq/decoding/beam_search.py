"""Beam search in one compiled loop."""

import math
from collections import namedtuple

from keras import ops

from keras_seq import checks
from keras_seq.decoding.contract import Contract
from keras_seq.decoding.length_penalty import normaliser
from keras_seq.decoding.top_k import best

LEAST_COVERED = 1e-10  # a place of the source nobody looks at costs a lot, not everything


class Hypotheses(namedtuple("Hypotheses", ["tokens", "lengths", "scores"])):
    """What `beam_search` finds, best first: (tokens, lengths, scores).

    tokens: (B, n, L) int32, the end token included; 0 after it.
    lengths: (B, n) int32, T; the end token counts. 0 where there are fewer hypotheses than n.
    scores: (B, n) float32, log_probability / normaliser + coverage; -inf where there is none.
    parts: the three by these names, (B, n) each.

    Example:

    >>> from keras_seq.decoding import beam_search
    >>> step = lambda tokens, state: (keras.ops.log([[0.1, 0.6, 0.3]]), state)
    >>> found = beam_search(step, [], 0, 2, 1, width=1, max_length=2, alpha=1.0)
    >>> print(keras.ops.convert_to_numpy(found.parts["log_probability"]).round(4))
    [[-1.0217]]
    """

    def __new__(cls, tokens, lengths, scores, parts=None):
        found = super().__new__(cls, tokens, lengths, scores)
        found.parts = parts
        return found


def beam_search(
    step,
    initial_state,
    start_id,
    end_id,
    batch_size,
    width,
    max_length,
    alpha=0.0,
    coverage=0.0,
    min_length=0,
    n_best=1,
):
    """The most probable sequences that a beam of `width` hypotheses finds.

        score(y) = log P(y) / T^alpha + coverage * sum_i log(min(sum_t a_ti, 1))

    T counts the end token, a_ti is how much step t looks at place i of the source. At each step
    the `width` best by score go on, out of all continuations of the live hypotheses and the
    finished ones as they are: these are frozen. A row is done as soon as no live hypothesis could
    still come in before the `n_best` finished ones: log P only falls, so none scores more than
    log P / max_length^alpha. Width 1 is `greedy`. At `max_length` what has not ended is taken as it
    stands.

    Args:
        step: `step(tokens (N,), state) -> logits (N, V), state`, N = B * width; pure.
        initial_state: any nest of tensors with leading axis B. It is repeated for each hypothesis
            and follows the hypotheses as they are chosen, but for what is `BatchShared`.
        start_id: the token before the first.
        end_id: the token that ends a sequence.
        batch_size: B, an integer, or a scalar tensor where it is known only when the graph runs.
        width: hypotheses kept at each step. It may exceed V: the beam fills as sequences grow, and
            one that holds all sequences of `max_length` finds the best of all.
        max_length: L, the most tokens of a sequence; the end token counts.
        alpha: of the length normalisation, at least 0; or `GNMTLengthPenalty(alpha)`.
        coverage: weight of the coverage penalty, at least 0. Above 0 the state must be a
            dictionary with the last step's `alignment` (N, S), and may have `source_mask` (N, S),
            True where the source is real.
        min_length: the fewest tokens of a sequence; the end token counts.
        n_best: how many sequences are returned for each row, at most `width`.

    Returns:
        `Hypotheses`: tokens (B, n, L), lengths (B, n), scores (B, n), best first.

    Raises:
        ValueError: an argument is out of range, or `step` breaks the contract.

    Example:

    >>> from keras_seq.decoding import beam_search
    >>> follows = np.log([[0.0001, 0.5, 0.4999], [0.3, 0.3, 0.4], [0.01, 0.01, 0.98]])
    >>> step = lambda tokens, state: (keras.ops.take(follows, tokens, axis=0), state)
    >>> tokens, lengths, scores = beam_search(step, [], 0, 0, 1, width=2, max_length=2)
    >>> keras.ops.convert_to_numpy(tokens).tolist()  # greedy takes 1 first
    [[[2, 2]]]

    Reference: Wu et al., Google's Neural Machine Translation System, 2016, section 7 (coverage);
    Huang, Zhao and Ma, When to Finish? Optimal Beam Search for Neural Text Generation,
    EMNLP 2017 (stopping).
    """
    owner = "beam_search"
    contract = Contract(owner, step, initial_state, start_id, end_id, batch_size, width)
    checks.positive_int(owner, max_length=max_length, n_best=n_best)
    checks.whole(owner, min_length=min_length)
    checks.not_negative(owner, coverage=coverage)
    if n_best > width:
        checks.refuse(owner, "n_best", f"at most the beam's width={width}", n_best)
    if min_length > max_length:
        checks.refuse(owner, "min_length", f"at most max_length={max_length}", min_length)
    search = _Search(contract, max_length, normaliser(owner, alpha), coverage, min_length, n_best)
    return search.run()


class _Search:
    """B batch, W width, K candidates of a hypothesis, L longest, S places of the source."""

    def __init__(self, contract, max_length, normaliser, coverage, min_length, n_best):
        self.contract, self.longest, self.normaliser = contract, max_length, normaliser
        self.coverage, self.min_length, self.n_best = coverage, min_length, n_best
        self.shape = (contract.batch_size, contract.width)

    def run(self):
        B, W = self.shape
        first = ops.equal(ops.arange(W), 0)  # all are alike at first: one lives
        nothing = ops.zeros(self.shape, "float32")
        beam = {
            "tokens": ops.zeros((B, W, self.longest), "int32"),
            "last": ops.reshape(self.contract.first, self.shape),
            "lengths": ops.zeros(self.shape, "int32"),
            "log_probability": nothing + ops.where(first, 0.0, -math.inf),
            "scores": nothing,
            "finished": ops.zeros(self.shape, "bool"),
        }
        if self.coverage:
            beam["covered"] = ops.zeros_like(self._alignment(self.contract.leaves))
        loop = (ops.zeros((), "int32"), ops.zeros((B,), "bool"), beam, self.contract.leaves)
        _, _, beam, leaves = ops.while_loop(
            lambda t, done, beam, leaves: ops.logical_not(ops.all(done)),
            self.turn,
            loop,
            maximum_iterations=self.longest,
        )
        return self.found(beam, leaves)

    def turn(self, t, done, beam, leaves):
        """All hypotheses by one token."""
        B, W = self.shape
        tokens = ops.reshape(beam["last"], (self.contract.rows,))
        logits, leaves = self.contract(tokens, leaves)
        ids, values = self._candidates(t, logits, beam["finished"])
        K = ids.shape[-1]
        live = ops.cast(ops.logical_not(beam["finished"]), "int32")
        lengths = beam["lengths"] + live
        log_probability = ops.expand_dims(beam["log_probability"], -1) + values  # (B, W, K)
        scores = log_probability / ops.expand_dims(self.normaliser(lengths), -1)
        grown = {"lengths": lengths, "finished": beam["finished"], "tokens": beam["tokens"]}
        if self.coverage:
            looked = self._alignment(leaves) * ops.cast(ops.expand_dims(live, -1), "float32")
            grown["covered"] = beam["covered"] + looked
            penalty = self._penalty(grown["covered"], leaves)
            scores = scores + ops.expand_dims(penalty, -1)

        scores, chosen = ops.top_k(ops.reshape(scores, (B, W * K)), W)
        chosen = ops.cast(chosen, "int32")
        parents = chosen // K

        def of_chosen(x):
            return ops.take_along_axis(ops.reshape(x, (B, W * K)), chosen, axis=1)

        rows = ops.expand_dims(ops.arange(B, dtype="int32") * W, -1) + parents
        rows = ops.reshape(rows, (self.contract.rows,))
        new = {name: self._of_rows(x, rows) for name, x in grown.items()}
        last = of_chosen(ops.broadcast_to(ids, (B, W, K)))
        here = ops.equal(ops.arange(self.longest), t)
        here = ops.logical_and(here, ops.expand_dims(ops.logical_not(new["finished"]), -1))
        new["tokens"] = ops.where(here, ops.expand_dims(last, -1), new["tokens"])
        new["finished"] = ops.logical_or(new["finished"], ops.equal(last, self.contract.end_id))
        new["last"], new["scores"] = last, scores
        new["log_probability"] = of_chosen(log_probability)
        leaves = self.contract.reordered(leaves, rows)
        return t + 1, self._done(new), new, leaves

    def _candidates(self, t, logits, finished):
        """The K best next tokens of each hypothesis and their log probabilities, (B, W, K).

        No hypothesis can have more than W among the W best of all.
        """
        B, W = self.shape
        V, end = logits.shape[1], self.contract.end_id
        total = ops.logsumexp(logits, axis=-1, keepdims=True)
        if self.min_length > 1:
            early = ops.logical_and(ops.equal(ops.arange(V), end), t + 1 < self.min_length)
            logits = ops.where(early, -math.inf, logits)
        K = min(W, V)
        values, ids = best(logits, K)
        values = ops.reshape(values - total, (B, W, K))
        ids = ops.reshape(ids, (B, W, K))
        frozen = ops.expand_dims(finished, -1)
        stay = ops.cast(ops.where(ops.equal(ops.arange(K), 0), 0.0, -math.inf), "float32")
        return ops.where(frozen, end, ids), ops.where(frozen, stay, values)

    def _of_rows(self, x, rows):
        """Of (B, W, ...), the hypotheses `rows` (B * W,)."""
        rest = ops.shape(x)[2:]
        flat = ops.reshape(x, (self.contract.rows, *rest))
        return ops.reshape(ops.take(flat, rows, axis=0), (*self.shape, *rest))

    def _done(self, beam):
        """(B,): whether no live hypothesis can come in before the n best finished ones."""
        finished, scores = beam["finished"], beam["scores"]
        there, _ = ops.top_k(ops.where(finished, scores, -math.inf), self.n_best)
        longest = self.normaliser(ops.full((), self.longest, "int32"))
        hope = ops.where(finished, -math.inf, beam["log_probability"] / longest)
        return there[:, -1] >= ops.max(hope, axis=-1)

    def _alignment(self, leaves):
        state = self.contract.state(leaves)
        if not isinstance(state, dict) or "alignment" not in state:
            raise ValueError(
                "beam_search: `coverage` above 0 needs a state that is a dictionary with the "
                f"`alignment` (N, S) of the last step. Received: coverage={self.coverage}"
            )
        alignment = ops.cast(state["alignment"], "float32")
        return ops.reshape(alignment, (*self.shape, *ops.shape(alignment)[1:]))

    def _penalty(self, covered, leaves):
        logs = ops.log(ops.clip(covered, LEAST_COVERED, 1.0))
        mask = self.contract.state(leaves).get("source_mask")
        if mask is not None:
            rows = ops.reshape(
                mask, (self.shape[0], -1, ops.shape(mask)[-1])
            )  # it may be `BatchShared`
            logs = logs * ops.cast(rows, "float32")
        return self.coverage * ops.sum(logs, axis=-1)

    def found(self, beam, leaves):
        first = {name: x[:, : self.n_best] for name, x in beam.items()}
        there = first["log_probability"] > -math.inf
        lengths = ops.where(there, first["lengths"], 0)
        tokens = ops.where(ops.expand_dims(there, -1), first["tokens"], 0)
        parts = {
            "log_probability": first["log_probability"],
            "normaliser": self.normaliser(ops.maximum(lengths, 1)),
            "coverage": ops.zeros_like(first["scores"]),
        }
        if self.coverage:
            parts["coverage"] = self._penalty(beam["covered"], leaves)[:, : self.n_best]
        scores = ops.where(there, first["scores"], -math.inf)
        return Hypotheses(tokens, lengths, scores, parts)
