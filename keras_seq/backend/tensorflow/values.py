"""What is known of tensors of TensorFlow."""

import tensorflow as tf


def static_value(tensor):
    """The tensor as a NumPy array, or None where its values are not known yet."""
    return tensor.numpy() if tf.executing_eagerly() else None


def shape_of(x):
    """The shape of a tensor: numbers where they are known, tensors elsewhere."""
    sizes = tf.shape(x)
    return [sizes[k] if size is None else size for k, size in enumerate(x.shape)]
