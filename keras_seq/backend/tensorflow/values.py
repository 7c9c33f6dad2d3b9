"""The values of tensors of TensorFlow."""

import tensorflow as tf


def known(tensor):
    """The tensor as a NumPy array, or None where its values are not known yet."""
    return tensor.numpy() if tf.executing_eagerly() else None
