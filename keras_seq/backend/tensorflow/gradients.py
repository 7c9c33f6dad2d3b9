"""Hand-written gradients of TensorFlow, which a graph that is only served is traced without."""

from contextlib import contextmanager
from contextvars import ContextVar

import tensorflow as tf

_left_out = ContextVar("left_out", default=False)


@contextmanager
def left_out():
    """Trace without hand-written gradients: loading such a graph does not warn of their absence."""
    token = _left_out.set(True)
    try:
        yield
    finally:
        _left_out.reset(token)


def custom_gradient(function):
    """`tf.custom_gradient`, except inside `left_out`."""
    if _left_out.get():
        return lambda *arguments: function(*arguments)[0]
    return tf.custom_gradient(function)
