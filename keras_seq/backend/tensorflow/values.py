"""What is known of tensors of TensorFlow."""

import tensorflow as tf


def is_traced(tensor):
    """Whether the tensor has no values yet, because a graph is being made."""
    return not tf.executing_eagerly()


def static_value(tensor):
    """The tensor as a NumPy array, or None where its values are not known yet."""
    return None if is_traced(tensor) else tensor.numpy()


def shape_of(x):
    """The shape of a tensor: numbers where they are known, tensors elsewhere."""
    sizes = tf.shape(x)
    return [sizes[k] if size is None else size for k, size in enumerate(x.shape)]
