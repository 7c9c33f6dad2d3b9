"""`keras.ops.scan` for TensorFlow, whose own logs an error for every eager call."""

import tensorflow as tf

from keras_seq.backend.tensorflow.values import shape_of


def scan(step, carry, xs, outputs=None, reverse=False):
    """carry, x -> carry, y over the first axis of the tensors in `xs`; stacks the ys.

    Args:
        outputs: tensors of the shapes and types of the ys; None: y is like the first of the carry.
        reverse: from the last to the first, the ys still in the order of `xs`.
    """
    leaves = tf.nest.flatten(xs)
    steps = size = shape_of(leaves[0])[0]
    if leaves[0].shape[0] is None:
        # XLA compiles the step even where there turn out to be none: let it have one to read.
        size = tf.maximum(steps, 1)
        leaves = [tf.pad(x, [[0, size - steps]] + [[0, 0]] * (len(x.shape) - 1)) for x in leaves]
    arrays = [tf.TensorArray(x.dtype, size, element_shape=x.shape[1:]).unstack(x) for x in leaves]
    outputs = tf.nest.flatten(carry)[0] if outputs is None else outputs
    likes = tf.nest.flatten(outputs)
    written = [tf.TensorArray(y.dtype, size, element_shape=y.shape) for y in likes]

    def body(n, carry, written):
        t = steps - 1 - n if reverse else n
        x = tf.nest.pack_sequence_as(xs, [array.read(t) for array in arrays])
        carry, ys = step(carry, x)
        ys = tf.nest.flatten(ys)
        return n + 1, carry, [array.write(t, y) for array, y in zip(written, ys, strict=True)]

    _, carry, written = tf.while_loop(
        lambda n, *_: n < steps, body, (0, carry, written), maximum_iterations=size
    )
    stacked = [stack(array, size, y)[:steps] for array, y in zip(written, likes, strict=True)]
    return carry, tf.nest.pack_sequence_as(outputs, stacked)


def stack(array, steps, like):
    """`array.stack()`, which knows no shape where there were no steps and B is unknown."""
    if tf.executing_eagerly() or like.shape.is_fully_defined():
        return array.stack()
    return tf.raw_ops.TensorListStack(
        input_handle=array.flow, element_shape=shape_of(like), element_dtype=like.dtype
    )
