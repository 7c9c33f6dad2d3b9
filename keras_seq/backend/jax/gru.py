"""GRU over time for JAX: one product a step, and the analytic backward pass."""

from functools import partial

import jax
import jax.numpy as jnp
from jax import lax, nn

from keras_seq.backend import native_support
from keras_seq.backend.jax.chunks import in_chunks
from keras_seq.backend.jax.steps import (
    each_step,
    freeze,
    kernel_gradient,
    recurrent_matmul,
    recurrent_matmul_gradient,
)

why_not = native_support.why_not


@in_chunks
def run(cell, inputs, states, mask, dropout_masks):
    """`reference.run` for a GRUCell.

    Gates are written out only when a gradient is wanted. The backward pass takes all elementwise
    factors at once, before its loop, which is left with one product (two for reset="before")
    and a few operations.
    """
    projected = cell.project(inputs, dropout_masks)
    loop = native_support.gru_loop(cell, mask, dropout_masks, projected)
    projected = freeze(projected, mask, cell.units, loop.frozen)
    weights, fixed = (loop.R, loop.d), (loop.drop, loop.rate)
    hidden = _gru(loop.reset, loop.update, projected, states[0], weights, fixed)
    return hidden, [hidden[-1]]


def _halves(R, drop):
    """Kernel and dropout of z and r, and of the candidate."""
    split = 2 * R.shape[-1] // 3
    drops = (drop[:2], drop[2:]) if drop is not None and drop.ndim == 3 else (drop, drop)
    return (R[:, :split], drops[0]), (R[:, split:], drops[1])


def _forward(reset, update, z, h0, weights, fixed, save):
    """z (T, B, G U) to hidden (T, B, U) and what the backward pass needs."""
    R, d = weights
    drop, rate = fixed

    def step(h, x):
        z, rate = x
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
        weight_n = 1 - gate if update == "keep" else gate
        weight_n = weight_n if rate is None else weight_n * rate
        new = h + weight_n * (n - h)
        return new, (new, (gate, r, n, inner) if save else None)

    _, (hidden, kept) = lax.scan(step, h0, (z, each_step(rate, len(z))), unroll=True)
    return hidden, kept


@partial(jax.custom_vjp, nondiff_argnums=(0, 1))
def _gru(reset, update, z, h0, weights, fixed):
    return _forward(reset, update, z, h0, weights, fixed, save=False)[0]


def _gru_forward(reset, update, z, h0, weights, fixed):
    hidden, kept = _forward(reset, update, z, h0, weights, fixed, save=True)
    return hidden, (h0, weights, fixed, hidden, kept)


def _gru_backward(reset, update, saved, d_hidden):
    h0, (R, d), (drop, rate), hidden, (gate, r, n, inner) = saved
    before = jnp.concatenate([h0[None], hidden[:-1]])
    weight_n = 1 - gate if update == "keep" else gate

    # Factors, all steps at once: the gradient of the sum inside a gate is to_<gate> times that of
    # h', and to_before leads from h' to h.
    to_z = (n - before) * gate * (1 - gate) * (-1 if update == "keep" else 1)
    to_n = weight_n * (1 - n * n)
    if rate is not None:
        to_z, to_n, weight_n = to_z * rate, to_n * rate, weight_n * rate
    to_before = 1 - weight_n
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
    nothing = jax.tree.map(jnp.zeros_like, (drop, rate))
    return dz, d_h, (d_R, d_d), nothing


_gru.defvjp(_gru_forward, _gru_backward)
