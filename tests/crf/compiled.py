"""Functions of the CRF, compiled once for all data of the same shape."""

import functools

import keras

from tests.gradients import to_numpy


def run(function, *arguments, **options):
    """The arrays that `function`, one of a module, makes of arrays and Nones."""
    result = _compiled(function)(*arguments, **options)
    return [to_numpy(x) for x in result] if isinstance(result, tuple) else to_numpy(result)


@functools.cache
def _compiled(function):
    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        return tf.function(function)
    if backend == "jax":
        import jax

        return jax.jit(function)
    return function


def value_and_gradients(function, arrays, *given):
    """The number that `function(*arrays, *given)` makes, and its slope by each array, in NumPy."""
    value, slopes = globals()[f"_{keras.backend.backend()}"](function)(tuple(arrays), *given)
    return to_numpy(value), [to_numpy(slope) for slope in slopes]


@functools.cache
def _tensorflow(function):
    import tensorflow as tf

    @tf.function
    def run(arrays, *given):
        with tf.GradientTape() as tape:
            tape.watch(arrays)
            value = function(*arrays, *given)
        return value, tape.gradient(value, arrays, unconnected_gradients="zero")

    def of_float32(arrays, *given):
        return run(tuple(tf.constant(a, "float32") for a in arrays), *given)

    return of_float32


@functools.cache
def _jax(function):
    import jax

    run = jax.value_and_grad(lambda arrays, *given: function(*arrays, *given))
    run = jax.jit(run)
    return lambda arrays, *given: run(tuple(a.astype("float32") for a in arrays), *given)


def _torch(function):
    import torch

    def run(arrays, *given):
        leaves = [torch.tensor(a, dtype=torch.float32, requires_grad=True) for a in arrays]
        value = function(*leaves, *given)
        slopes = torch.autograd.grad(value, leaves, allow_unused=True, materialize_grads=True)
        return value.detach(), slopes

    return run
