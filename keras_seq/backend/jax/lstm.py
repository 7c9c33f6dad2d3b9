"""LSTM over time for JAX: one product a step, and the analytic backward pass."""

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
def lstm(cell, inputs, states, mask, noise):
    """`reference.run` for an LSTMCell.

    Gates are written out only when a gradient is wanted. The backward pass takes all elementwise
    factors at once, before its loop, which is left with one product and a few operations.
    """
    projected = cell.project(inputs, noise)
    share_h, share_c = native_support.update_gate(mask, noise, projected, 2)
    if mask is not None:
        projected = freeze(projected, mask, cell.units, 0, -FROZEN)  # the input gate is shut
        if cell.owns_forget_gate:
            projected = freeze(projected, mask, cell.units, 1, FROZEN)
        if not cell.zoneout and cell.cell_clip is None:
            share_c = None  # the frozen gates keep the cell state
    peephole = cell.value(cell.peephole_kernel) if cell.peephole else None
    projection = cell.value(cell.projection_kernel) if cell.projection else None
    kind = "own" if cell.owns_forget_gate else "coupled" if cell.coupled else "none"
    weights = (cell.dropped_kernel(noise), peephole, projection)
    fixed = (noise.recurrent, share_h, share_c)
    hidden, c = _lstm(kind, cell.cell_clip, projected, tuple(states), weights, fixed)
    return hidden, [hidden[-1], c]


lstm.why_not = native_support.why_not


def _forward(kind, clip, z, states, weights, fixed, save):
    """z (T, B, G U) to hidden (T, B, H), the last cell, and what the way back needs."""
    R, p, P = weights
    drop, share_h, share_c = fixed
    gates = R.shape[-1] // states[1].shape[-1]

    def step(carry, x):
        h, c = carry
        z, share_h, share_c = x
        parts = jnp.split(z + recurrent_matmul(h, R, drop), gates, axis=-1)
        i, g, o = parts[0], jnp.tanh(parts[-2]), parts[-1]
        i = nn.sigmoid(i if p is None else i + p[0] * c)
        f = None
        if kind == "own":
            f = nn.sigmoid(parts[1] if p is None else parts[1] + p[1] * c)
            fresh = f * c + i * g
        else:
            fresh = (c - i * c if kind == "coupled" else c) + i * g
        if clip is not None:
            fresh = jnp.clip(fresh, -clip, clip)
        o = nn.sigmoid(o if p is None else o + p[-1] * fresh)
        new = o * jnp.tanh(fresh)
        new = new if P is None else new @ P
        new = new if share_h is None else h + share_h * (new - h)
        c = fresh if share_c is None else c + share_c * (fresh - c)
        kept = (i, f, g, o, c, None if share_c is None else fresh) if save else None
        return (new, c), (new, kept)

    T = z.shape[0]
    xs = (z, each_step(share_h, T), each_step(share_c, T))
    (_, c), (hidden, kept) = lax.scan(step, states, xs, unroll=True)
    return hidden, c, kept


@partial(jax.custom_vjp, nondiff_argnums=(0, 1))
def _lstm(kind, clip, z, states, weights, fixed):
    hidden, c, _ = _forward(kind, clip, z, states, weights, fixed, save=False)
    return hidden, c


def _lstm_forward(kind, clip, z, states, weights, fixed):
    hidden, c, kept = _forward(kind, clip, z, states, weights, fixed, save=True)
    return (hidden, c), (states, weights, fixed, hidden, kept)


def _lstm_backward(kind, clip, saved, gradients):
    (h0, c0), (R, p, P), (drop, share_h, share_c), hidden, kept = saved
    d_hidden, d_last = gradients
    i, f, g, o, cells, fresh = kept
    T = len(hidden)
    fresh = cells if share_c is None else fresh
    before = jnp.concatenate([c0[None], cells[:-1]])
    squashed = jnp.tanh(fresh)
    steps_h, steps_c = each_step(share_h, T), each_step(share_c, T)

    # What each gate's gradient is of the gradient at the cell, or for o at o * tanh(c).
    to_o = o * (1 - o) * squashed
    to_c = o * (1 - squashed * squashed)
    if p is not None:
        to_c += to_o * p[-1]
    to_i = i * (1 - i) * (g - before if kind == "coupled" else g)
    to_f = before * f * (1 - f) if kind == "own" else None
    to_g = i * (1 - g * g)
    to_before = {"own": f, "coupled": 1 - i, "none": jnp.ones_like(i)}[kind]
    if p is not None:
        to_before += to_i * p[0]
        if kind == "own":
            to_before += to_f * p[1]
    if clip is not None:
        inside = jnp.abs(fresh) < clip
        to_i, to_f, to_g, to_before = (
            None if x is None else x * inside for x in (to_i, to_f, to_g, to_before)
        )

    def step(carry, x):
        d_h, d_c = carry
        d_out, to_i, to_f, to_g, to_o, to_c, to_before, share_h, share_c = x
        d_h += d_out
        d_new_h = d_h if share_h is None else d_h * share_h
        d_m = d_new_h if P is None else d_new_h @ P.T
        d_new = (d_c if share_c is None else d_c * share_c) + d_m * to_c
        parts = [d_new * to_i, d_new * to_g, d_m * to_o]
        if kind == "own":
            parts.insert(1, d_new * to_f)
        dz = jnp.concatenate(parts, axis=-1)
        d_c = d_new * to_before + (0 if share_c is None else d_c * (1 - share_c))
        d_h = recurrent_matmul_gradient(dz, R, drop) + (
            0 if share_h is None else d_h * (1 - share_h)
        )
        return (d_h, d_c), (dz, d_new_h if P is not None else None)

    xs = (d_hidden, to_i, to_f, to_g, to_o, to_c, to_before, steps_h, steps_c)
    carry = (jnp.zeros_like(h0), d_last)
    (d_h, d_c), (dz, d_projected) = lax.scan(step, carry, xs, reverse=True)

    d_R = kernel_gradient(jnp.concatenate([h0[None], hidden[:-1]]), dz, drop)
    d_p = d_P = None
    if p is not None:
        parts = jnp.split(dz, R.shape[-1] // c0.shape[-1], axis=-1)
        seen = [part * before for part in parts[: len(p) - 1]] + [parts[-1] * fresh]
        d_p = jnp.stack([jnp.sum(x, axis=(0, 1)) for x in seen])
    if P is not None:
        d_P = jnp.einsum("tbu,tbh->uh", o * squashed, d_projected)
    nothing = jax.tree.map(jnp.zeros_like, (drop, share_h, share_c))
    return dz, (d_h, d_c), (d_R, d_p, d_P), nothing


_lstm.defvjp(_lstm_forward, _lstm_backward)
