"""The step function of a model, as the decoders' loops call it: checked, its state flat."""

import keras
from keras import ops

from keras_seq import checks


class BatchShared:
    """Marks a tensor of a decoder's first state as one that all hypotheses of a row share.

    It has leading axis B all the time: it is not repeated and does not follow the hypotheses. A
    step gets the tensor without the mark, and returns the new one, like any other. What it gets is
    the search's own copy: it may be written to. So the cache of a Transformer stays where it is,
    and a small tensor that follows the hypotheses says what of it is whose.

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

    def __init__(self, tensor):
        self.tensor = tensor


def bare(leaf):
    """The tensor of a leaf of a state, which may be `BatchShared`."""
    return leaf.tensor if isinstance(leaf, BatchShared) else leaf


class Contract:
    """One step for N = B * width hypotheses.

    Args:
        owner: the decoder's name, for error messages.
        step: `step(tokens (N,), state) -> logits (N, V), state`.
        initial_state: any nest of tensors with leading axis B; here each row is repeated `width`
            times, but of `BatchShared` ones, and the nest becomes the list `leaves`.
        start_id, end_id: the tokens before the first and at the end.
        batch_size: B, an integer or a scalar tensor.
        width: hypotheses for each row.
    """

    def __init__(self, owner, step, initial_state, start_id, end_id, batch_size, width=1):
        checks.whole(owner, start_id=start_id, end_id=end_id)
        checks.positive_int(owner, width=width)
        if isinstance(batch_size, (int, float, str)) or batch_size is None:
            checks.whole(owner, batch_size=batch_size)
        if not callable(step):
            checks.refuse(owner, "step", "a function of (tokens, state)", step)
        self.owner, self.step, self.structure = owner, step, initial_state
        self.end_id = end_id
        self.batch_size, self.width, self.rows = batch_size, width, batch_size * width
        self.known_rows = self.rows if isinstance(self.rows, int) else None
        given = keras.tree.flatten(initial_state)
        self.shared = [isinstance(leaf, BatchShared) for leaf in given]
        self.leaves = [self._repeated(leaf) for leaf in given]
        self.shapes = [
            (batch_size if shared else self.rows, *ops.shape(leaf)[1:])
            for leaf, shared in zip(self.leaves, self.shared, strict=True)
        ]
        self.leaves = self._shaped(self.leaves)
        self.first = ops.full((self.rows,), start_id, "int32")

    def _repeated(self, leaf):
        shared, leaf = isinstance(leaf, BatchShared), ops.convert_to_tensor(bare(leaf))
        known = self.batch_size if isinstance(self.batch_size, int) else None
        if not leaf.shape or (known is not None and leaf.shape[0] not in (None, known)):
            raise ValueError(
                f"{self.owner}: every tensor of `initial_state` must have B={self.batch_size} "
                f"rows. Received: shape {tuple(leaf.shape)}"
            )
        if shared:
            return ops.copy(leaf)
        return leaf if self.width == 1 else ops.repeat(leaf, self.width, axis=0)

    def _shaped(self, leaves):
        """With the same static shapes at every turn, as a compiled loop wants it."""
        return [ops.reshape(x, s) for x, s in zip(leaves, self.shapes, strict=True)]

    def state(self, leaves):
        """The leaves in the nest that `step` knows."""
        return keras.tree.pack_sequence_as(self.structure, leaves)

    def __call__(self, tokens, leaves):
        """tokens (N,) and leaves to logits (N, V), float32, and the new leaves."""
        result = self.step(tokens, self.state(leaves))
        if not isinstance(result, (tuple, list)) or len(result) != 2:
            checks.refuse(self.owner, "step", "a function that returns (logits, state)", result)
        logits, state = result
        logits = ops.convert_to_tensor(logits)
        kind = keras.backend.standardize_dtype(logits.dtype)
        if not keras.backend.is_float_dtype(kind):
            raise ValueError(
                f"{self.owner}: `step` must return logits of a float type. Received: {kind}"
            )
        logits = ops.cast(logits, "float32")
        if len(logits.shape) != 2 or logits.shape[1] is None:
            self._refuse_logits(logits)
        if None not in (self.known_rows, logits.shape[0]) and logits.shape[0] != self.known_rows:
            self._refuse_logits(logits)
        if self.end_id >= logits.shape[1]:
            vocabulary = f"below the number of tokens, V={logits.shape[1]}"
            checks.refuse(self.owner, "end_id", vocabulary, self.end_id)
        return ops.stop_gradient(logits), self._new(leaves, state)

    def _refuse_logits(self, logits):
        rows = f" with N={self.known_rows}" if self.known_rows is not None else ""
        raise ValueError(
            f"{self.owner}: `step` must return logits of shape (N, V){rows}. "
            f"Received: logits.shape={tuple(logits.shape)}"
        )

    def _new(self, old, state):
        new = [ops.convert_to_tensor(bare(leaf)) for leaf in keras.tree.flatten(state)]
        if len(new) != len(old):
            raise ValueError(
                f"{self.owner}: `step` must return a state of as many tensors as it is given, "
                f"{len(old)}. Received: {len(new)}"
            )
        for before, after in zip(old, new, strict=True):
            kinds = [keras.backend.standardize_dtype(x.dtype) for x in (before, after)]
            sizes = list(zip(before.shape, after.shape, strict=False))
            fits = len(before.shape) == len(after.shape) and kinds[0] == kinds[1]
            if not fits or any(a != b for a, b in sizes if None not in (a, b)):
                raise ValueError(
                    f"{self.owner}: `step` must return every tensor of the state as it was given, "
                    f"{kinds[0]} of shape {tuple(before.shape)}. "
                    f"Received: {kinds[1]} of shape {tuple(after.shape)}"
                )
        return self._shaped([ops.stop_gradient(leaf) for leaf in new])

    def reordered(self, leaves, rows):
        """The leaves of the hypotheses `rows` (N,)."""
        moved = [
            leaf if shared else ops.take(leaf, rows, axis=0)
            for leaf, shared in zip(leaves, self.shared, strict=True)
        ]
        return self._shaped(moved)
