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
    """h (B, H) times R (H, G U), h dropped by one mask (B, H) or one a gate (G, B, H)."""
    if drop is None or drop.ndim == 2:
        return (h if drop is None else h * drop) @ R
    by_gate = jnp.einsum("gbh,hgu->bgu", h * drop, _by_gate(R, drop))
    return by_gate.reshape(h.shape[0], -1)


def recurrent_matmul_gradient(dz, R, drop):
    """The gradient of `recurrent_matmul`: dz (B, G U) to that of h (B, H)."""
    if drop is None or drop.ndim == 2:
        d_h = dz @ R.T
        return d_h if drop is None else d_h * drop
    parts = dz.reshape(dz.shape[0], len(drop), -1)
    return jnp.sum(jnp.einsum("bgu,hgu->gbh", parts, _by_gate(R, drop)) * drop, axis=0)


def kernel_gradient(x, dz, drop):
    """The sum over all steps of x (T, B, H), dropped, transposed, times dz (T, B, G U)."""
    if drop is None or drop.ndim == 2:
        return jnp.einsum("tbh,tbw->hw", x if drop is None else x * drop, dz)
    parts = dz.reshape(*dz.shape[:2], len(drop), -1)
    by_gate = jnp.einsum("tbh,gbh,tbgu->hgu", x, drop, parts)
    return by_gate.reshape(x.shape[-1], -1)


def _by_gate(R, drop):
    return R.reshape(R.shape[0], len(drop), -1)
