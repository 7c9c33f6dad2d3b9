"""The values of arrays of JAX."""

import jax
import numpy as np


def static_value(tensor):
    """The array in NumPy, or None where its values are not known yet."""
    return None if isinstance(tensor, jax.core.Tracer) else np.asarray(tensor)
