"""TensorFlow as the host's string and file machine, whichever backend computes."""

import contextlib

import keras
import tensorflow as tf


def tensorflow_on_host():
    """Keep TensorFlow off the GPUs where JAX or PyTorch computes: it would take their memory.

    Example:

    >>> tensorflow_on_host()
    """
    if keras.backend.backend() != "tensorflow":
        # A process that has used TensorFlow already has settled this itself.
        with contextlib.suppress(RuntimeError):
            tf.config.set_visible_devices([], "GPU")
