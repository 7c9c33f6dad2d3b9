"""GRU over time for JAX: one product a step, and the analytic backward pass."""

from functools import partial

import jax
import jax.numpy as jnp
from jax import lax, nn

from keras_seq.backend import native_support
from keras_seq.backend.jax.chunks import in_chunks
from keras_seq.backend.jax.steps import (
    FROZEN,
    each_step,
    freeze,
    kernel_gradient,
    recurrent_matmul,
    recurrent_matmul_gradient,
)


@in_chunks
def gru(cell, inputs, states, mask, noise):
    """`reference.run` for a GRUCell.

    Gates are written out only when a gradient is wanted. The backward pass takes all elementwise
    factors at once, before its loop, which is left with one product (two for reset="before")
    and a few operations.
    """
    projected = cell.project(inputs, noise)
    (share,) = native_support.update_gate(mask, noise, projected, 1)
    if mask is not None and not cell.zoneout:
        shut = FROZEN if cell.update == "keep" else -FROZEN
        projected = freeze(projected, mask, cell.units, 0, shut)
        share = None  # the frozen update gate keeps the state
    bias = cell.value(cell.bias)[1] if cell.use_bias and cell.reset == "after" else None
    weights = (cell.dropped_kernel(noise), bias)
    fixed = (noise.recurrent, share)
    hidden = _gru(cell.reset, cell.update, projected, states[0], weights, fixed)
    return hidden, [hidden[-1]]


gru.why_not = native_support.why_not


def _halves(R, drop):
    """Kernel and dropout of z and r, and of the candidate."""
    split = 2 * R.shape[-1] // 3
    drops = (drop[:2], drop[2:]) if drop is not None and drop.ndim == 3 else (drop, drop)
    return (R[:, :split], drops[0]), (R[:, split:], drops[1])


def _forward(reset, update, z, h0, weights, fixed, save):
    """z (T, B, G U) to hidden (T, B, U) and what the way back needs."""
    R, d = weights
    drop, share = fixed

    def step(h, x):
        z, share = x
        x = jnp.split(z, z.shape[-1] // h.shape[-1], axis=-1)
        r = inner = None
        if reset == "after":
            s = recurrent_matmul(h, R, drop)
            s = jnp.split(s if d is None else s + d, 3, axis=-1)
            gate, r, inner = nn.sigmoid(x[0] + s[0]), nn.sigmoid(x[1] + s[1]), s[2]
            n = jnp.tanh(x[2] + r * inner)
        elif reset == "before":
            early, late = _halves(R, drop)
            s = jnp.split(recurrent_matmul(h, *early), 2, axis=-1)
            gate, r = nn.sigmoid(x[0] + s[0]), nn.sigmoid(x[1] + s[1])
            n = jnp.tanh(x[2] + recurrent_matmul(r * h, *late))
        else:
            s = jnp.split(recurrent_matmul(h, R, drop), 2, axis=-1)
            gate, n = nn.sigmoid(x[0] + s[0]), jnp.tanh(x[1] + s[1])
        open_ = 1 - gate if update == "keep" else gate
        open_ = open_ if share is None else open_ * share
        new = h + open_ * (n - h)
        return new, (new, (gate, r, n, inner) if save else None)

    _, (hidden, kept) = lax.scan(step, h0, (z, each_step(share, len(z))), unroll=True)
    return hidden, kept


@partial(jax.custom_vjp, nondiff_argnums=(0, 1))
def _gru(reset, update, z, h0, weights, fixed):
    return _forward(reset, update, z, h0, weights, fixed, save=False)[0]


def _gru_forward(reset, update, z, h0, weights, fixed):
    hidden, kept = _forward(reset, update, z, h0, weights, fixed, save=True)
    return hidden, (h0, weights, fixed, hidden, kept)


def _gru_backward(reset, update, saved, d_hidden):
    h0, (R, d), (drop, share), hidden, (gate, r, n, inner) = saved
    before = jnp.concatenate([h0[None], hidden[:-1]])
    open_ = 1 - gate if update == "keep" else gate

    # What each gate's gradient is of the gradient at the new state.
    to_z = (n - before) * gate * (1 - gate) * (-1 if update == "keep" else 1)
    to_n = open_ * (1 - n * n)
    if share is not None:
        to_z, to_n, open_ = to_z * share, to_n * share, open_ * share
    to_before = 1 - open_
    to_r = None
    if reset == "after":
        to_r, to_inner = to_n * inner * r * (1 - r), to_n * r
    elif reset == "before":
        to_r, to_inner = before * r * (1 - r), r
    else:
        to_inner = None

    def step(d_h, x):
        d_out, to_z, to_n, to_r, to_inner, to_before = x
        d_h += d_out
        d_z, d_n, d_before = d_h * to_z, d_h * to_n, d_h * to_before
        if reset == "after":
            d_s = jnp.concatenate([d_z, d_h * to_r, d_h * to_inner], axis=-1)
            return d_before + recurrent_matmul_gradient(d_s, R, drop), (d_n, d_s)
        if reset == "before":
            early, late = _halves(R, drop)
            d_inner = recurrent_matmul_gradient(d_n, *late)
            d_zr = jnp.concatenate([d_z, d_inner * to_r], axis=-1)
            return d_before + d_inner * to_inner + recurrent_matmul_gradient(d_zr, *early), (
                d_n,
                d_zr,
            )
        d_s = jnp.concatenate([d_z, d_n], axis=-1)
        return d_before + recurrent_matmul_gradient(d_s, R, drop), (None, d_s)

    xs = (d_hidden, to_z, to_n, to_r, to_inner, to_before)
    d_h, (d_n, d_s) = lax.scan(step, jnp.zeros_like(h0), xs, reverse=True)

    d_d = None
    if reset == "before":
        early, late = _halves(R, drop)
        d_R = jnp.concatenate(
            [
                kernel_gradient(before, d_s, early[1]),
                kernel_gradient(r * before, d_n, late[1]),
            ],
            axis=-1,
        )
        dz = jnp.concatenate([d_s, d_n], axis=-1)
    else:
        d_R = kernel_gradient(before, d_s, drop)
        dz = d_s
    if reset == "after":
        d_d = None if d is None else jnp.sum(d_s, axis=(0, 1))
        dz = jnp.concatenate([d_s[..., : 2 * h0.shape[-1]], d_n], axis=-1)
    nothing = jax.tree.map(jnp.zeros_like, (drop, share))
    return dz, d_h, (d_R, d_d), nothing


_gru.defvjp(_gru_forward, _gru_backward)
