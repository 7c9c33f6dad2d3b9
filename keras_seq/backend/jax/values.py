"""The values of arrays of JAX."""

import jax
import numpy as np


def is_traced(tensor):
    """Whether the array has no values yet, because a program is being traced."""
    return isinstance(tensor, jax.core.Tracer)


def static_value(tensor):
    """The array in NumPy, or None where its values are not known yet."""
    return None if is_traced(tensor) else np.asarray(tensor)
