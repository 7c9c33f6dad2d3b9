"""`keras.ops.scan` for TensorFlow, whose own logs an error for every eager call."""

import tensorflow as tf


def scan(step, carry, xs):
    """carry, x -> carry, y over the first axis of the tensors in `xs`; stacks the ys."""
    leaves = tf.nest.flatten(xs)
    steps = tf.shape(leaves[0])[0]
    arrays = [tf.TensorArray(x.dtype, steps, element_shape=x.shape[1:]).unstack(x) for x in leaves]

    def at(t):
        return tf.nest.pack_sequence_as(xs, [array.read(t) for array in arrays])

    output = tf.nest.flatten(carry)[0]
    outputs = tf.TensorArray(output.dtype, steps, element_shape=output.shape)

    def body(t, carry, outputs):
        carry, output = step(carry, at(t))
        return t + 1, carry, outputs.write(t, output)

    _, carry, outputs = tf.while_loop(
        lambda t, *_: t < steps, body, (0, carry, outputs), maximum_iterations=steps
    )
    return carry, outputs.stack()
