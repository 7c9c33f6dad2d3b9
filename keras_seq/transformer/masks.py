"""Attention masks: which query may attend to which key."""

from keras import ops

from keras_seq import checks


def check_padding_mask(owner, name, mask, x):
    """The mask (B, T) of x (B, T, ...) as booleans, checked; None stays None."""
    B, T = x.shape[:2]
    return checks.mask(owner, name, mask, "B T", B=B, T=T)


def attention_mask(num_queries, num_keys, padding_mask=None, causal=False, start_index=0):
    """The mask (B or 1, T, S), True where a query may attend to a key, or None for everywhere.

    Args:
        num_queries, num_keys: T and S.
        padding_mask: (B, S), True where a key is real.
        causal: whether the query at position t attends only to keys at positions up to t.
        start_index: position of the first query, an integer or a tensor (B,).
    """
    mask = None
    if causal:
        start_index = ops.cast(ops.convert_to_tensor(start_index), "int32")
        start_index = ops.reshape(start_index, (-1, 1))
        query_positions = start_index + ops.arange(num_queries, dtype="int32")  # (B or 1, T)
        key_positions = ops.arange(num_keys, dtype="int32")
        mask = key_positions <= ops.expand_dims(query_positions, -1)
    if padding_mask is not None:
        padding_mask = ops.expand_dims(padding_mask, 1)
        mask = padding_mask if mask is None else ops.logical_and(mask, padding_mask)
    return mask


def beam_attention_mask(beam_ancestors, max_length, beam_width, position):
    """The mask (B, W, L W), True where cache entry t W + w belongs to an ancestor.

    Args:
        beam_ancestors: (B W, L), the index w of the ancestor at each step t. It may be None where
            W is 1; the mask is then (1, 1, L).
        max_length, beam_width: L and W.
        position: the number of this step, a tensor (1,). Later entries are masked.
    """
    past = attention_mask(1, max_length, causal=True, start_index=position)  # (1, 1, L)
    if beam_ancestors is None:
        return past
    is_ancestor = ops.equal(
        ops.reshape(beam_ancestors, (-1, beam_width, max_length, 1)),
        ops.arange(beam_width, dtype=beam_ancestors.dtype),
    )
    mask = ops.logical_and(is_ancestor, ops.expand_dims(past, -1))
    return ops.reshape(mask, (-1, beam_width, max_length * beam_width))


def zero_masked(x, mask):
    """x with zeros where the mask (B, T) is False, so that a NaN there does not spread."""
    return x if mask is None else ops.where(ops.expand_dims(mask, -1), x, ops.zeros((), x.dtype))
