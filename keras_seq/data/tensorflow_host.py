"""TensorFlow for strings and files on the CPU, whichever backend computes."""

import contextlib

import keras
import tensorflow as tf


def tensorflow_on_host() -> None:
    """Keep TensorFlow off the GPUs where JAX or PyTorch computes: it would take their memory.

    Example:

    >>> tensorflow_on_host()
    """
    if keras.backend.backend() != "tensorflow":
        # TensorFlow raises an error if the process has used it already.
        with contextlib.suppress(RuntimeError):
            tf.config.set_visible_devices([], "GPU")
