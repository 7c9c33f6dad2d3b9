"""What the loops share: products under dropout, frozen gates, a rate for each step."""

import jax.numpy as jnp

from keras_seq.backend.reference import expand_mask


def freeze(z, mask, units, frozen):
    """At masked steps set the frozen gates' blocks of the projections z (T, B, G U).

    Args:
        frozen: ((number of the gate, value), ...), see `native_support`.
    """
    for gate, value in frozen:
        of_gate = jnp.arange(z.shape[-1]) // units == gate
        z = jnp.where(expand_mask(mask, z) | ~of_gate, z, jnp.asarray(value, z.dtype))
    return z


def each_step(rate, steps):
    """A rate for each step: (T, B, size) as it is, a number as (T,), None as None."""
    if rate is None or jnp.ndim(rate):
        return rate
    return jnp.broadcast_to(rate, (steps,))


def recurrent_matmul(h, R, drop):
    """h (..., B, H) times R (H, G U), h dropped by one mask (B, H) or one a gate (G, B, H)."""
    if drop is None or drop.ndim == 2:
        return (h if drop is None else h * drop) @ R
    by_gate = R.reshape(R.shape[0], len(drop), -1)
    by_gate = jnp.einsum("...gbh,hgu->...bgu", h[..., None, :, :] * drop, by_gate)
    return by_gate.reshape(*h.shape[:-1], -1)
