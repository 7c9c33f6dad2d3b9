"""What the loops share: products under dropout, frozen gates, a loop over time."""

import tensorflow as tf

from keras_seq.backend.reference import expand_mask
from keras_seq.backend.tensorflow.values import shape_of

TURN = 4  # steps of the backward pass


def freeze(z, mask, units, frozen):
    """At masked steps set the frozen gates' blocks of the projections z (T, B, G U).

    Args:
        frozen: ((number of the gate, value), ...), see `native_support`.
    """
    for gate, value in frozen:
        of_gate = tf.range(z.shape[-1]) // units == gate
        z = tf.where(expand_mask(mask, z) | ~of_gate, z, tf.cast(value, z.dtype))
    return z


def forwards(step, carry, xs):
    """Run `step(carry, xs at t) -> carry, ys` over time, written out.

    Args:
        step: takes a tuple of tensors and a list of one slice, or number, or None for each x.
        carry: a tuple of tensors.
        xs: tensors (T, ...), numbers and Nones; the first a tensor, T known.

    Returns:
        the last carry, and each y stacked in the order of time.
    """
    carry, written = _written_out(step, carry, xs, range(xs[0].shape[0]))
    return carry, [tf.stack(y) for y in zip(*written, strict=True)]


def backwards(step, carry, xs, ys):
    """`forwards` from the last step to the first, in a loop of a few steps a turn.

    XLA writes no value between the products of a turn to memory: it computes the chain that
    leads to it again for each use, which for eight steps takes twice the time of four.

    Args:
        ys: how many a step gives.
    """
    steps = xs[0].shape[0]
    turn = max(n for n in range(1, TURN + 1) if steps % n == 0)
    turns = steps // turn

    def body(n, carry, written):
        last = turns - 1 - n
        now = [_block(x, last * turn, turn) if isinstance(x, tf.Tensor) else x for x in xs]
        carry, here = _written_out(step, carry, now, reversed(range(turn)))
        blocks = (tf.stack(y[::-1]) for y in zip(*here, strict=True))
        return n + 1, carry, [w.write(last, b) for w, b in zip(written, blocks, strict=True)]

    written = [tf.TensorArray(carry[0].dtype, turns) for _ in range(ys)]
    _, carry, written = tf.while_loop(
        lambda n, *_: n < turns, body, (tf.constant(0), carry, written), maximum_iterations=turns
    )
    stacked = (w.stack() for w in written)
    return carry, [tf.reshape(y, [steps, *shape_of(y)[2:]]) for y in stacked]


def _written_out(step, carry, xs, order):
    parts = [tf.unstack(x) if isinstance(x, tf.Tensor) else [x] * xs[0].shape[0] for x in xs]
    written = []
    for t in order:
        carry, ys = step(carry, [part[t] for part in parts])
        written.append(ys)
    return carry, written


def _block(x, first, steps):
    # Every size is named: XLA pads and copies all of x for a size of -1.
    sizes = shape_of(x)[1:]
    return tf.slice(x, [first] + [0] * len(sizes), [steps, *sizes])


def recurrent_matmul(h, R, drop):
    """h (B, H) times R (H, G U), h dropped by one mask (B, H) or one a gate (G, B, H)."""
    if drop is None or drop.shape.rank == 2:
        return tf.matmul(h if drop is None else h * drop, R)
    parts = zip(tf.unstack(drop), _by_gate(R, drop), strict=True)
    return tf.concat([tf.matmul(h * mask, part) for mask, part in parts], axis=-1)


def recurrent_matmul_gradient(R, drop):
    """The gradient of `recurrent_matmul`: a function of dz (B, G U) to that of h (B, H).

    R is transposed once, before the loop: the product that transposes it takes three times as
    long where its rows are a power of two.
    """
    if drop is None or drop.shape.rank == 2:
        transposed = tf.transpose(R)

        def gradient(dz):
            d_h = tf.matmul(dz, transposed)
            return d_h if drop is None else d_h * drop

        return gradient
    parts = [
        (tf.transpose(part), m) for part, m in zip(_by_gate(R, drop), tf.unstack(drop), strict=True)
    ]

    def gradient_by_gate(dz):
        gates = zip(_by_gate(dz, drop), parts, strict=True)
        return tf.add_n([tf.matmul(d, part) * m for d, (part, m) in gates])

    return gradient_by_gate


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
