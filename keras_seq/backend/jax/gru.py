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
    recurrent_matmul,
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


@partial(jax.custom_jvp, nondiff_argnums=(0, 1))
def _gru(reset, update, z, h0, weights, fixed):
    return _forward(reset, update, z, h0, weights, fixed, save=False)[0]


@_gru.defjvp
def _gru_jvp(reset, update, primals, tangents):
    _, h0, weights, fixed = primals
    hidden, kept = _forward(reset, update, *primals, save=True)
    saved = h0, weights, fixed, hidden, kept
    return hidden, _tangent(reset, update, saved, tangents[:3])


@partial(jax.checkpoint, prevent_cse=False, static_argnums=(0, 1))
def _tangent(reset, update, saved, tangents):
    """The tangent of hidden, linear in those of z, the first h and the weights."""
    h0, (R, _), (drop, rate), hidden, (gate, r, n, inner) = saved
    d_z, d_h0, (d_R, d_d) = tangents
    before = jnp.concatenate([h0[None], hidden[:-1]])
    weight_n = 1 - gate if update == "keep" else gate

    # Factors, all steps at once: the tangent of h' is the sum of to_<gate> times that of the sum
    # inside a gate, and of to_before times that of h.
    to_z = (n - before) * gate * (1 - gate) * (-1 if update == "keep" else 1)
    to_n = weight_n * (1 - n * n)
    if rate is not None:
        to_z, to_n, weight_n = to_z * rate, to_n * rate, weight_n * rate
    to_before = 1 - weight_n
    to_r = to_inner = None
    if reset == "after":
        to_r, to_inner = to_n * inner * r * (1 - r), to_n * r
    elif reset == "before":
        to_r, to_inner = before * r * (1 - r), r

    # What the tangents of the weights give, all steps at once; the candidate's part is apart.
    d_n = None
    if reset == "after":
        d_z, d_n = d_z[..., : 2 * h0.shape[-1]], d_z[..., 2 * h0.shape[-1] :]
        d_s = recurrent_matmul(before, d_R, drop)
        d_s = d_s if d_d is None else d_s + d_d
        d_z = d_s + jnp.concatenate([d_z, jnp.zeros_like(d_n)], axis=-1)
    elif reset == "before":
        d_z, d_n = d_z[..., : 2 * h0.shape[-1]], d_z[..., 2 * h0.shape[-1] :]
        early, late = _halves(d_R, drop)
        d_z += recurrent_matmul(before, *early)
        d_n += recurrent_matmul(r * before, *late)
    else:
        d_z += recurrent_matmul(before, d_R, drop)

    def step(d_h, x):
        d_z, d_n, to_z, to_n, to_r, to_inner, to_before = x
        new = d_h * to_before
        if reset == "before":
            early, late = _halves(R, drop)
            d_gate, d_r = jnp.split(d_z + recurrent_matmul(d_h, *early), 2, axis=-1)
            d_n += recurrent_matmul(d_h * to_inner + d_r * to_r, *late)
            new += d_gate * to_z + d_n * to_n
        elif reset == "after":
            d_gate, d_r, d_inner = jnp.split(d_z + recurrent_matmul(d_h, R, drop), 3, axis=-1)
            new += d_gate * to_z + d_r * to_r + d_inner * to_inner + d_n * to_n
        else:
            d_gate, d_n = jnp.split(d_z + recurrent_matmul(d_h, R, drop), 2, axis=-1)
            new += d_gate * to_z + d_n * to_n
        return new, new

    return lax.scan(step, d_h0, (d_z, d_n, to_z, to_n, to_r, to_inner, to_before))[1]
