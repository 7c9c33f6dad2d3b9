"""The step function of a model, checked for the loops of the decoders."""

from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from keras_seq import checks
from keras_seq.errors import InputError


class BatchShared:
    """Marks a tensor of a decoder's initial state as shared by all hypotheses of a batch row.

    Its leading axis is B throughout the search: it is neither repeated nor reordered when the
    search selects hypotheses. The step function receives the tensor itself, without this wrapper,
    and returns the new tensor. It receives the search's own copy, which it may modify in place.
    Therefore the cache of a Transformer need not be reordered: a small tensor, which is reordered,
    records the entries of the cache that belong to each hypothesis.

    Args:
        tensor: (B, ...).

    Example:

    >>> from keras_seq.decoding import BatchShared, beam_search
    >>> def step(tokens, state):  # two hypotheses, one row of logits
    ...     return keras.ops.repeat(state["logits"], 2, axis=0), state
    >>> state = {"logits": BatchShared(np.log([[0.1, 0.6, 0.3]]).astype("float32"))}
    >>> keras.ops.convert_to_numpy(beam_search(step, state, 0, 2, 1, 2, max_length=2).tokens)[0, 0]
    array([1, 1], dtype=int32)
    """

    def __init__(self, tensor: Any):
        self.tensor = tensor


def unwrap(leaf):
    """The tensor of a leaf of a state, which may be `BatchShared`."""
    return leaf.tensor if isinstance(leaf, BatchShared) else leaf


class StepFunction:
    """A checked step function for N = B * beam_width hypotheses, with its state as a flat list.

    Args:
        owner: the decoder's name, for error messages.
        step: `step(tokens (N,), state) -> logits (N, V), state`.
        initial_state: any nest of tensors with leading axis B. Each row is repeated `beam_width`
            times, except in `BatchShared` tensors, and the nest becomes the list `leaves`.
        start_token_id: the token before the first one.
        end_token_id: the token that ends a sequence.
        batch_size: B, an integer or a scalar tensor.
        beam_width: number of hypotheses for each batch row.
    """

    def __init__(
        self,
        owner: str,
        step: Callable,
        initial_state: Any,
        start_token_id: int,
        end_token_id: int,
        batch_size: Any,
        beam_width: int = 1,
    ):
        checks.non_negative_int(owner, start_token_id=start_token_id, end_token_id=end_token_id)
        checks.positive_int(owner, beam_width=beam_width)
        if isinstance(batch_size, (int, float, str)) or batch_size is None:
            checks.non_negative_int(owner, batch_size=batch_size)
        if not callable(step):
            checks.refuse(owner, "step", "a function of (tokens, state)", step)
        self.owner = owner
        self.step = step
        self.structure = initial_state
        self.start_token_id = start_token_id
        self.end_token_id = end_token_id
        self.batch_size = batch_size
        self.beam_width = beam_width
        self.num_rows = batch_size * beam_width
        self.static_num_rows = self.num_rows if isinstance(self.num_rows, int) else None
        initial_leaves = keras.tree.flatten(initial_state)
        self.shared = [isinstance(leaf, BatchShared) for leaf in initial_leaves]
        self.leaves = [self._repeated(leaf) for leaf in initial_leaves]
        self.shapes = [
            (batch_size if shared else self.num_rows, *ops.shape(leaf)[1:])
            for leaf, shared in zip(self.leaves, self.shared, strict=True)
        ]
        self.leaves = self._with_static_shapes(self.leaves)
        self.first_tokens = ops.full((self.num_rows,), start_token_id, "int32")

    def _repeated(self, leaf):
        shared, leaf = isinstance(leaf, BatchShared), ops.convert_to_tensor(unwrap(leaf))
        batch_size = self.batch_size if isinstance(self.batch_size, int) else None
        if not leaf.shape or (batch_size is not None and leaf.shape[0] not in (None, batch_size)):
            raise InputError(
                f"{self.owner}: every tensor of `initial_state` must have B={self.batch_size} "
                f"rows. Received: shape {tuple(leaf.shape)}"
            )
        if shared:
            return ops.copy(leaf)
        return leaf if self.beam_width == 1 else ops.repeat(leaf, self.beam_width, axis=0)

    def _with_static_shapes(self, leaves):
        """The leaves with the same static shapes at each step, as a compiled loop requires."""
        return [ops.reshape(x, s) for x, s in zip(leaves, self.shapes, strict=True)]

    def state(self, leaves):
        """The leaves in the nest of the initial state."""
        return keras.tree.pack_sequence_as(self.structure, leaves)

    def __call__(self, tokens, leaves):
        """Tokens (N,) and leaves to logits (N, V), float32, and the new leaves."""
        result = self.step(tokens, self.state(leaves))
        if not isinstance(result, (tuple, list)) or len(result) != 2:
            checks.refuse(self.owner, "step", "a function that returns (logits, state)", result)
        logits, state = result
        logits = ops.convert_to_tensor(logits)
        dtype = keras.backend.standardize_dtype(logits.dtype)
        if not keras.backend.is_float_dtype(dtype):
            raise InputError(
                f"{self.owner}: `step` must return logits of a float type. Received: {dtype}"
            )
        logits = ops.cast(logits, "float32")
        if len(logits.shape) != 2 or logits.shape[1] is None:
            self._refuse_logits(logits)
        num_rows = logits.shape[0]
        if None not in (self.static_num_rows, num_rows) and num_rows != self.static_num_rows:
            self._refuse_logits(logits)
        for name in ("start_token_id", "end_token_id"):
            if getattr(self, name) >= logits.shape[1]:
                wanted = f"below the number of tokens, V={logits.shape[1]}"
                checks.refuse(self.owner, name, wanted, getattr(self, name))
        return ops.stop_gradient(logits), self._new_leaves(leaves, state)

    def _refuse_logits(self, logits):
        rows = f" with N={self.static_num_rows}" if self.static_num_rows is not None else ""
        raise InputError(
            f"{self.owner}: `step` must return logits of shape (N, V){rows}. "
            f"Received: logits.shape={tuple(logits.shape)}"
        )

    def _new_leaves(self, old, state):
        new = [ops.convert_to_tensor(unwrap(leaf)) for leaf in keras.tree.flatten(state)]
        if len(new) != len(old):
            raise InputError(
                f"{self.owner}: `step` must return a state of as many tensors as it is given, "
                f"{len(old)}. Received: {len(new)}"
            )
        for before, after in zip(old, new, strict=True):
            dtypes = [keras.backend.standardize_dtype(x.dtype) for x in (before, after)]
            sizes = list(zip(before.shape, after.shape, strict=False))
            fits = len(before.shape) == len(after.shape) and dtypes[0] == dtypes[1]
            if not fits or any(a != b for a, b in sizes if None not in (a, b)):
                raise InputError(
                    f"{self.owner}: `step` must return every tensor of the state as it was given, "
                    f"{dtypes[0]} of shape {tuple(before.shape)}. "
                    f"Received: {dtypes[1]} of shape {tuple(after.shape)}"
                )
        return self._with_static_shapes([ops.stop_gradient(leaf) for leaf in new])

    def reordered(self, leaves, rows):
        """The leaves of the hypotheses `rows` (N,)."""
        reordered = [
            leaf if shared else ops.take(leaf, rows, axis=0)
            for leaf, shared in zip(leaves, self.shared, strict=True)
        ]
        return self._with_static_shapes(reordered)
