"""Outputs and every gradient of a layer on the backend at hand, as NumPy arrays."""

from typing import NamedTuple

import keras
import numpy as np

# The compiler is told to be quick (conftest.py); exp and tanh are then less exact.
CAREFULLY = {"xla_backend_optimization_level": 3, "xla_llvm_disable_expensive_passes": False}


class Measured(NamedTuple):
    """What a layer gives: its outputs in order, and the gradients of one loss.

    The loss is sum(outputs[k] * cotangents[k]), so that no error cancels; without cotangents
    sum(outputs[k] ** 2).
    """

    outputs: list
    d_inputs: np.ndarray
    d_states: list
    d_weights: list  # in the order of `layer.trainable_variables`


class Measure:
    """Calls a built layer and differentiates it; on JAX compiled once and used for many masks.

    `delicate` is for a layer that makes rounding larger, and is compiled with care. `given` are
    further arguments of the call, the same for all calls.
    """

    def __init__(self, layer, training=False, delicate=False, **given):
        self.layer = layer
        self.given = {"training": training, **given}
        self.compiler_options = CAREFULLY if delicate else None
        self.compiled = {}

    def __call__(self, inputs, cotangents=None, states=None, mask=None):
        inputs = np.asarray(inputs, "float32")
        if cotangents is not None:
            cotangents = [np.asarray(c, "float32") for c in cotangents]
        states = None if states is None else [np.asarray(s, "float32") for s in states]
        measured = getattr(self, f"_{keras.backend.backend()}")(inputs, cotangents, states, mask)
        return keras.tree.map_structure(keras.ops.convert_to_numpy, measured)

    def _call(self, inputs, states, mask):
        return self.layer(inputs, **self._arguments(states, mask))

    def _arguments(self, states, mask):
        arguments = dict(self.given)
        if states is not None:
            arguments["initial_state"] = states
        if mask is not None:
            arguments["mask"] = mask
        return arguments

    def _tensorflow(self, inputs, cotangents, states, mask):
        import tensorflow as tf

        inputs = tf.constant(inputs)
        states = [tf.constant(s) for s in states] if states else None
        weights = [v.value for v in self.layer.trainable_variables]
        with tf.GradientTape() as tape:
            tape.watch([inputs, *(states or [])])
            outputs = keras.tree.flatten(self._call(inputs, states, mask))
            loss = weighted_sum(outputs, cotangents)
        d_inputs, d_states, d_weights = tape.gradient(
            loss, (inputs, states or [], weights), unconnected_gradients="zero"
        )
        return Measured(outputs, d_inputs, d_states, d_weights)

    def _jax(self, inputs, cotangents, states, mask):
        import jax

        layer = self.layer

        def loss(inputs, states, weights, fixed, cotangents, mask):
            arguments = self._arguments(states, mask)
            outputs, _ = layer.stateless_call(weights, fixed, inputs, **arguments)
            outputs = keras.tree.flatten(outputs)
            return weighted_sum(outputs, cotangents), outputs

        key = (inputs.shape, mask is None, states is None, cotangents is None)
        if key not in self.compiled:
            gradient = jax.grad(loss, argnums=(0, 1, 2), has_aux=True)
            self.compiled[key] = jax.jit(gradient, compiler_options=self.compiler_options)
        weights = [v.value for v in layer.trainable_variables]
        fixed = [v.value for v in layer.non_trainable_variables]
        gradients, outputs = self.compiled[key](inputs, states, weights, fixed, cotangents, mask)
        d_inputs, d_states, d_weights = gradients
        return Measured(outputs, d_inputs, d_states or [], d_weights)

    def _torch(self, inputs, cotangents, states, mask):
        import torch

        def leaf(array):
            return keras.ops.convert_to_tensor(array).detach().requires_grad_()

        inputs = leaf(inputs)
        states = [leaf(s) for s in states] if states else None
        weights = [v.value for v in self.layer.trainable_variables]
        outputs = keras.tree.flatten(self._call(inputs, states, mask))
        loss = weighted_sum(outputs, cotangents)
        sources = [inputs, *(states or []), *weights]
        gradients = torch.autograd.grad(loss, sources, allow_unused=True, materialize_grads=True)
        end = len(sources) - len(weights)
        return Measured(outputs, gradients[0], list(gradients[1:end]), list(gradients[end:]))


def weighted_sum(outputs, cotangents):
    pairs = zip(outputs, outputs if cotangents is None else cotangents, strict=True)
    return sum(keras.ops.sum(output * keras.ops.convert_to_tensor(c)) for output, c in pairs)


def assert_close(actual, expected, tolerance=1e-5, what=""):
    """|actual - expected| <= tolerance * max(1, max |expected|); NaN is never close."""
    actual, expected = np.asarray(actual, "float64"), np.asarray(expected, "float64")
    assert actual.shape == expected.shape, f"{what}: shape {actual.shape}, not {expected.shape}"
    scale = max(1.0, np.abs(expected).max(initial=0.0))
    error = np.abs(actual - expected).max(initial=0.0) / scale
    assert error <= tolerance, f"{what}: off by {error:.2e} of {scale:.3g}"


def to_numpy(tensor):
    """A float64 copy of a tensor of any backend."""
    return np.asarray(keras.ops.convert_to_numpy(tensor), "float64")


def slopes_of_penalty(loss, values):
    """Gradients of sum |d loss / d value|^2, the sum over all values, by each value.

    Args:
        loss: takes a list of tensors, gives a scalar.
        values: arrays of floats.
    """
    slopes = globals()[f"_slopes_{keras.backend.backend()}"](loss, values)
    return [to_numpy(slope) for slope in slopes]


def _slopes_torch(loss, values):
    import torch

    values = [torch.tensor(v, requires_grad=True) for v in values]
    first = torch.autograd.grad(loss(values), values, create_graph=True)
    return torch.autograd.grad(sum((g**2).sum() for g in first), values)


def _slopes_jax(loss, values):
    import jax

    def penalty(values):
        return sum((g**2).sum() for g in jax.grad(loss)(values))

    return jax.jit(jax.grad(penalty))(values)


def _slopes_tensorflow(loss, values):
    import tensorflow as tf

    values = [tf.constant(v) for v in values]
    with tf.GradientTape() as outer:
        outer.watch(values)
        with tf.GradientTape() as inner:
            inner.watch(values)
            total = loss(values)
        first = inner.gradient(total, values)
        penalty = tf.add_n([tf.reduce_sum(g**2) for g in first])
    return outer.gradient(penalty, values)
