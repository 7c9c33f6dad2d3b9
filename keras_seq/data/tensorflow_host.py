"""Keeps TensorFlow, which reads strings and files, on the CPU for all backends."""

import contextlib

import keras
import tensorflow as tf


def tensorflow_on_host() -> None:
    """Hide the GPUs from TensorFlow if the backend is JAX or PyTorch, which need their memory.

    Example:

    >>> tensorflow_on_host()
    """
    if keras.backend.backend() != "tensorflow":
        # TensorFlow raises an error if the process has used it already.
        with contextlib.suppress(RuntimeError):
            tf.config.set_visible_devices([], "GPU")
