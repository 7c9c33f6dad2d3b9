"""What the loops share: products under dropout, frozen gates, a loop over time."""

from functools import partial

import tensorflow as tf

FROZEN = 1e4  # sigmoid(-FROZEN) is 0 and sigmoid(FROZEN) is 1, in every float type

# Steps written out in one turn of the loop. A turn costs TensorFlow's executor about as much as
# a step's operations; XLA reads the slices of a turn as constants, but from 8 on it computes the
# chains of the backward pass again and again (twice the time).
FORTH, BACK = 8, 4


def freeze(z, mask, units, gate, value):
    """At masked steps set a gate's block of the projections z (T, B, G U)."""
    of_gate = tf.range(z.shape[-1]) // units == gate
    return tf.where(mask[..., None] | ~of_gate, z, tf.cast(value, z.dtype))


def loop(step, carry, xs, shapes, ahead=None, reverse=False):
    """Run `step(carry, xs at t) -> carry, ys` over time, several steps to a turn of the loop.

    Args:
        step: takes a tuple of tensors and a list of one slice, or number, or None for each x.
        carry: a tuple of tensors.
        xs: tensors (T, ...), numbers and Nones.
        shapes: the shape (B, ...) of each y.
        ahead: what a turn computes for all its steps at once: from the xs of a turn to others.
        reverse: from the last step to the first.

    Returns:
        the last carry, and each y stacked in the order of time.
    """
    steps = xs[0].shape[0] or tf.shape(xs[0])[0]
    writes = [tf.TensorArray(carry[0].dtype, steps, element_shape=shape) for shape in shapes]

    def turn(n, t, carry, writes):
        first = steps - t - n if reverse else t
        now = [_slice(x, first, n) if isinstance(x, tf.Tensor) else x for x in xs]
        now = ahead(now) if ahead else now
        parts = [tf.unstack(x, n) if isinstance(x, tf.Tensor) else [x] * n for x in now]
        for k in range(n)[::-1] if reverse else range(n):
            carry, ys = step(carry, [part[k] for part in parts])
            writes = [w.write(first + k, y) for w, y in zip(writes, ys, strict=True)]
        return t + n, carry, writes

    state = (tf.constant(0), carry, writes)
    several = BACK if reverse else FORTH
    for n, last in ((several, steps - steps % several), (1, steps)):
        if isinstance(steps, int) and (last == 0 or n == 1 and steps % several == 0):
            continue  # a loop of no turns would still be a copy of all that is written
        state = tf.while_loop(
            lambda t, *_, last=last: t < last,
            partial(turn, n),
            state,
            maximum_iterations=steps // n,
        )
    _, carry, writes = state
    return carry, [w.stack() for w in writes]


def _slice(x, first, n):
    # Every size is named: XLA pads and copies all of x for a size of -1.
    shape = tf.shape(x)
    sizes = [shape[k] if size is None else size for k, size in enumerate(x.shape)][1:]
    return tf.slice(x, [first] + [0] * len(sizes), [n, *sizes])


def forth(h, R, drop):
    """h (B, H) times R (H, G U), h dropped by one mask (B, H) or one a gate (G, B, H)."""
    if drop is None or drop.shape.rank == 2:
        return tf.matmul(h if drop is None else h * drop, R)
    parts = zip(tf.unstack(drop), _by_gate(R, drop), strict=True)
    return tf.concat([tf.matmul(h * mask, part) for mask, part in parts], axis=-1)


def back(dz, R, drop):
    """The way back of `forth`: dz (B, G U) to the gradient of h (B, H)."""
    if drop is None or drop.shape.rank == 2:
        d_h = tf.matmul(dz, R, transpose_b=True)
        return d_h if drop is None else d_h * drop
    parts = zip(_by_gate(dz, drop), _by_gate(R, drop), tf.unstack(drop), strict=True)
    return tf.add_n([tf.matmul(d, part, transpose_b=True) * m for d, part, m in parts])


def kernel_gradient(x, dz, drop):
    """The sum over all steps of x (T, B, H), dropped, transposed, times dz (T, B, G U)."""

    def product(x, dz):
        x, dz = (tf.reshape(a, (-1, a.shape[-1])) for a in (x, dz))
        return tf.matmul(x, dz, transpose_a=True)

    if drop is None or drop.shape.rank == 2:
        return product(x if drop is None else x * drop, dz)
    parts = zip(tf.unstack(drop), _by_gate(dz, drop), strict=True)
    return tf.concat([product(x * m, d) for m, d in parts], axis=-1)


def _by_gate(x, drop):
    return tf.split(x, drop.shape[0], axis=-1)
