"""Which place may look at which: the one place where masks of attention are made."""

from keras import ops

from keras_seq import checks


def padding(owner, name, mask, x):
    """The mask (B, T) of x (B, T, ...) as booleans, checked; None stays None."""
    if mask is None:
        return None
    mask = ops.cast(ops.convert_to_tensor(mask), "bool")
    B, T = x.shape[:2]
    checks.sizes(owner, name, mask.shape, "B T", B=B, T=T)
    return mask


def visible(queries, keys, padding=None, causal=False, first=0):
    """(B or 1, T, S), True where a query may look at a key; None: everywhere.

    Args:
        queries, keys: T and S.
        padding: (B, S), True where a key is real.
        causal: query t stands at place first + t and sees the keys up to there.
        first: an integer or a tensor (B,).
    """
    seen = None
    if causal:
        first = ops.reshape(ops.cast(ops.convert_to_tensor(first), "int32"), (-1, 1))
        places = first + ops.arange(queries, dtype="int32")  # (B or 1, T)
        keys = ops.arange(keys, dtype="int32")
        seen = keys <= ops.expand_dims(places, -1)
    if padding is not None:
        padding = ops.expand_dims(padding, 1)
        seen = padding if seen is None else ops.logical_and(seen, padding)
    return seen


def of_beam_ancestors(beam_ancestors, steps, width, at):
    """(B, W, L W), True where a hypothesis descends from what stands at place t W + w.

    Args:
        beam_ancestors: (B W, L), which w it is at each step t; None where W is 1: then (1, 1, L).
        steps, width: L and W.
        at: the number of this step, a tensor (1,): what is after it is not looked at.
    """
    past = visible(1, steps, causal=True, first=at)  # (1, 1, L)
    if beam_ancestors is None:
        return past
    own = ops.equal(
        ops.reshape(beam_ancestors, (-1, width, steps, 1)),
        ops.arange(width, dtype=beam_ancestors.dtype),
    )
    seen = ops.logical_and(own, ops.expand_dims(past, -1))
    return ops.reshape(seen, (-1, width, steps * width))


def real_only(x, mask):
    """x, zero where the mask (B, T) is False: a NaN there is gone."""
    return x if mask is None else ops.where(ops.expand_dims(mask, -1), x, ops.zeros((), x.dtype))
