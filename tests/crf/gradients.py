"""Value and gradients of a function of arrays on the backend at hand."""

import keras
import numpy as np


def value_and_gradients(function, arrays):
    """The number that `function` makes of the arrays, and its slope by each, in NumPy."""
    arrays = [np.asarray(a, "float32") for a in arrays]
    value, slopes = globals()[f"_{keras.backend.backend()}"](function, arrays)
    to_numpy = keras.ops.convert_to_numpy
    return to_numpy(value), [to_numpy(s) for s in slopes]


def _tensorflow(function, arrays):
    import tensorflow as tf

    @tf.function
    def run(arrays):
        with tf.GradientTape() as tape:
            tape.watch(arrays)
            value = function(*arrays)
        return value, tape.gradient(value, arrays, unconnected_gradients="zero")

    return run([tf.constant(a) for a in arrays])


def _jax(function, arrays):
    import jax

    run = jax.value_and_grad(lambda arrays: function(*arrays))
    return jax.jit(run, compiler_options={"xla_backend_optimization_level": 0})(arrays)


def _torch(function, arrays):
    import torch

    leaves = [torch.tensor(a, requires_grad=True) for a in arrays]
    value = function(*leaves)
    slopes = torch.autograd.grad(value, leaves, allow_unused=True, materialize_grads=True)
    return value.detach(), slopes
