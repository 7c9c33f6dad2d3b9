"""Linear recurrences by a parallel scan, whose depth grows with log T and not with T.

The state of a linear cell is h_t = a_t * h_{t-1} + b_t, where a_t and b_t depend on the input
alone. Two steps are again such a step, with a = a_2 * a_1 and b = a_2 * b_1 + b_2, so that pairs of
steps can be joined at the same time.

A state is a list of its real part, or of its real and imaginary part; so are a and b.
"""

import keras
from keras import ops

from keras_seq.backend import reference
from keras_seq.backend.complex_numbers import plus, times
from keras_seq.backend.cudnn import has_gpu
from keras_seq.dropout import DropoutMasks


def why_not(cell, unroll: bool = False) -> str | None:
    """Why the scan does not serve this cell, in words; None where it does."""
    return "unroll=True writes the reference's steps out" if unroll else None


def run(
    cell,
    inputs,
    states: list,
    mask=None,
    dropout_masks: DropoutMasks = DropoutMasks(),
    unroll: bool = False,
    resets=None,
):
    """`reference.run` for a cell with `linear_step` and `readout`.

    Where T is not known when the program is written, it is `reference.run` itself.
    """
    projected = cell.project(inputs, dropout_masks)
    if not isinstance(projected.shape[0], int):
        return reference.run_projected(cell, projected, states, mask, dropout_masks, unroll, resets)
    a, b = cell.linear_step(projected)
    if (rate := dropout_masks.update_rates(1)[0]) is not None:
        a = [1.0 - rate + rate * a[0], *(rate * part for part in a[1:])]
        b = [rate * part for part in b]
    if mask is not None:
        real = reference.expand_mask(mask, projected)
        one, zero = ops.ones((), b[0].dtype), ops.zeros((), b[0].dtype)
        a = [ops.where(real, part, one if n == 0 else zero) for n, part in enumerate(a)]
        b = [ops.where(real, part, zero) for part in b]
    if resets is not None:
        anew = reference.expand_mask(resets, projected)
        a = [ops.where(anew, ops.zeros_like(part), part) for part in a]
    carried = list(states[-len(b) :])
    first = plus(times([part[0] for part in a], carried), [part[0] for part in b])
    b = [ops.concatenate([f[None], part[1:]]) for f, part in zip(first, b, strict=True)]
    if keras.backend.backend() == "jax" and not has_gpu():
        from keras_seq.backend.jax import linear_scan

        hidden = linear_scan.run(a, b)
    else:
        hidden = scan(a, b)
    last = [part[-1] for part in hidden]
    if len(states) == len(hidden):
        return hidden[0], last
    outputs = cell.readout(projected, hidden)
    if mask is not None:
        outputs = _repeat_last(outputs, mask, resets, states[0])
    return outputs, [outputs[-1], *last]


def step(cell, projected, states: list) -> list:
    """The step of such a cell: the new states, the output first."""
    a, b = cell.linear_step(projected)
    new = plus(times(a, states[-len(b) :]), b)
    return new if len(states) == len(new) else [cell.readout(projected, new), *new]


def scan(a: list, b: list) -> list:
    """All h_t = a_t * h_{t-1} + b_t with h_{-1} = 0, over axis 0, whose size must be known."""
    steps = b[0].shape[0]
    if steps == 1:
        return b
    # Each pair of steps is joined, which gives the odd steps; an even step then follows an odd one.
    pairs, evens = steps // 2, (steps + 1) // 2
    a_even, b_even, a_odd, b_odd = (
        [part[start::2] for part in parts] for start in (0, 1) for parts in (a, b)
    )
    a_first, b_first = ([part[:pairs] for part in parts] for parts in (a_even, b_even))
    at_odd = scan(times(a_odd, a_first), plus(times(a_odd, b_first), b_odd))
    before = [part[: evens - 1] for part in at_odd]
    later = plus(times([part[1:] for part in a_even], before), [part[1:] for part in b_even])
    at_even = [ops.concatenate([b[:1], rest]) for b, rest in zip(b_even, later, strict=True)]
    return [_interleaved(even, odd) for even, odd in zip(at_even, at_odd, strict=True)]


def _interleaved(even, odd):
    """even[0], odd[0], even[1], odd[1], ...; there may be one more of the even ones."""
    pairs = odd.shape[0]
    both = ops.stack([even[:pairs], odd], axis=1)
    both = ops.reshape(both, (2 * pairs, *ops.shape(even)[1:]))
    return both if even.shape[0] == pairs else ops.concatenate([both, even[pairs:]])


def _repeat_last(outputs, mask, resets, first):
    """At masked steps the output of the last real step, zeros since a reset, or the first state."""
    steps = outputs.shape[0]
    kept = ops.where(reference.expand_mask(mask, outputs), outputs, ops.zeros_like(outputs))
    written = mask if resets is None else ops.logical_or(mask, resets)
    numbers = ops.expand_dims(ops.arange(1, steps + 1, dtype="int32"), -1)
    newest = ops.where(written, numbers, ops.zeros_like(numbers))  # 0 is the first state
    newest = ops.associative_scan(ops.maximum, newest, axis=0)
    newest = ops.expand_dims(newest, -1) + ops.zeros(ops.shape(outputs), "int32")
    return ops.take_along_axis(ops.concatenate([first[None], kept]), newest, axis=0)
