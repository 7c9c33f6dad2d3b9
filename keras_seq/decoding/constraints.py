"""The next tokens that a search may choose: minimum length, repeated n-grams, forced prefix."""

import math
from typing import Any

import numpy as np
from keras import ops

from keras_seq import backend, checks
from keras_seq.decoding.step_function import StepFunction


class Constraints:
    """Sets the logits of forbidden tokens to -inf.

    - the end token before `min_length`;
    - a token that would complete an n-gram of the same row a second time; the tokens of a forced
      prefix count, `start_token_id` does not. Where nothing else is left, the end token is allowed
      before `min_length`;
    - all tokens but the forced one where the prefix has one; this rule overrides the others.

    Letters: B batch, N hypotheses, V tokens, L maximum length, P length of the prefix.

    Args:
        step_function: the step function of the search.
        max_length: L.
        min_length: the smallest number of tokens, the end token included.
        no_repeat_ngram_size: n; 0: n-grams may repeat.
        prefix: (B, P), integers, below 0 where any token may stand; or None.
    """

    def __init__(
        self,
        step_function: StepFunction,
        max_length: int,
        min_length: int,
        no_repeat_ngram_size: int,
        prefix: Any,
    ):
        owner = self.owner = step_function.owner
        checks.positive_int(owner, max_length=max_length)
        checks.non_negative_int(
            owner, min_length=min_length, no_repeat_ngram_size=no_repeat_ngram_size
        )
        if min_length > max_length:
            checks.refuse(owner, "min_length", f"at most max_length={max_length}", min_length)
        self.end_token_id = step_function.end_token_id
        self.num_rows = step_function.num_rows
        self.max_length = max_length
        self.min_length = min_length
        self.ngram_size = no_repeat_ngram_size
        self.prefix = self.largest = None
        if prefix is not None:
            self._set_prefix(checks.integers(owner, "prefix", prefix), step_function)

    def _set_prefix(self, prefix, step_function):
        B, W = step_function.batch_size, step_function.beam_width
        known = B if isinstance(B, int) else None
        checks.sizes(self.owner, "prefix", prefix.shape, "B P", B=known)
        P = prefix.shape[1]
        if P is None or self.max_length < P:
            wanted = f"of at most max_length={self.max_length} tokens"
            checks.refuse(self.owner, "prefix.shape", wanted, tuple(prefix.shape))
        values = backend.static_value(prefix)
        if values is not None and values.size:
            self.largest = int(np.max(values))
        if P:
            free = ops.full((ops.shape(prefix)[0], self.max_length - P), -1, "int32")
            prefix = ops.concatenate([prefix, free], axis=1)
            self.prefix = prefix if W == 1 else ops.repeat(prefix, W, axis=0)

    def __call__(self, t: Any, logits: Any, tokens: Any) -> Any:
        """The logits (N, V) of step t, from 0, after the tokens (N, L), of which t are known."""
        V = logits.shape[1]
        if self.largest is not None and self.largest >= V:
            checks.refuse(self.owner, "prefix", f"below the number of tokens, V={V}", self.largest)
        ids, allowed = ops.arange(V, dtype="int32"), logits
        if self.ngram_size:
            allowed = self._without_repeats(t, logits, tokens)
        if self.min_length > 1:
            is_end = ops.equal(ids, self.end_token_id)
            early = ops.logical_and(is_end, t + 1 < self.min_length)
            if self.ngram_size:
                others = ops.max(ops.where(is_end, -math.inf, allowed), axis=-1, keepdims=True)
                early = ops.logical_and(early, others > -math.inf)
            allowed = ops.where(early, -math.inf, allowed)
        if self.prefix is not None:
            forced = ops.expand_dims(ops.take(self.prefix, t, axis=1), -1)  # (N, 1)
            only = ops.where(ops.equal(ids, forced), logits, -math.inf)
            allowed = ops.where(forced >= 0, only, allowed)
        return allowed

    def _without_repeats(self, t, logits, tokens):
        n, L, V = self.ngram_size, self.max_length, logits.shape[1]
        if n > L:
            return logits
        last = ops.arange(L, dtype="int32")  # the last position of each n-gram
        found = ops.logical_and(last >= n - 1, last < t)
        found = ops.broadcast_to(found, (self.num_rows, L))
        for back in range(1, n):
            # The token `back` positions earlier: of each n-gram, and of the next token.
            there = ops.pad(tokens[:, : L - back], [[0, 0], [back, 0]])
            here = ops.take(tokens, ops.maximum(t - back, 0), axis=1)
            found = ops.logical_and(found, ops.equal(there, ops.expand_dims(here, -1)))
        rows = ops.expand_dims(ops.arange(self.num_rows, dtype="int32"), -1)
        rows = ops.broadcast_to(rows, (self.num_rows, L))
        # N-grams that do not match write to column V, which is cut off.
        repeated = ops.where(found, tokens, V)
        indices = ops.reshape(ops.stack([rows, repeated], axis=-1), (-1, 2))
        wider = ops.pad(logits, [[0, 0], [0, 1]])
        forbidden = ops.full((self.num_rows * L,), -math.inf, "float32")
        return ops.scatter_update(wider, indices, forbidden)[:, :V]
