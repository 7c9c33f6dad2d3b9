"""The devices of JAX."""

import jax


def has_gpu():
    """Whether JAX computes on a GPU."""
    return jax.default_backend() == "gpu"
