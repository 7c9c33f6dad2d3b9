"""LSTM over time for JAX: one product a step, and the analytic backward pass."""

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
    """`reference.run` for an LSTMCell.

    Gates are written out only when a gradient is wanted. The backward pass takes all elementwise
    factors at once, before its loop, which is left with one product and a few operations.
    """
    projected = cell.project(inputs, dropout_masks)
    loop = native_support.lstm_loop(cell, mask, dropout_masks, projected)
    projected = freeze(projected, mask, cell.units, loop.frozen)
    weights = (loop.R, loop.p, loop.P)
    fixed = (loop.drop, loop.rate_h, loop.rate_c)
    hidden, c = _lstm(loop.forget, loop.clip, projected, tuple(states), weights, fixed)
    return hidden, [hidden[-1], c]


def _forward(forget, clip, z, states, weights, fixed, save):
    """z (T, B, G U) to hidden (T, B, H), the last cell, and what the backward pass needs."""
    R, p, P = weights
    drop, rate_h, rate_c = fixed
    gates = R.shape[-1] // states[1].shape[-1]

    def step(carry, x):
        h, c = carry
        z, rate_h, rate_c = x
        parts = jnp.split(z + recurrent_matmul(h, R, drop), gates, axis=-1)
        i, g, o = parts[0], jnp.tanh(parts[-2]), parts[-1]
        i = nn.sigmoid(i if p is None else i + p[0] * c)
        f = None
        if forget == "own":
            f = nn.sigmoid(parts[1] if p is None else parts[1] + p[1] * c)
            new_c = f * c + i * g
        else:
            new_c = (c - i * c if forget == "coupled" else c) + i * g
        if clip is not None:
            new_c = jnp.clip(new_c, -clip, clip)
        o = nn.sigmoid(o if p is None else o + p[-1] * new_c)
        new = o * jnp.tanh(new_c)
        new = new if P is None else new @ P
        new = new if rate_h is None else h + rate_h * (new - h)
        c = new_c if rate_c is None else c + rate_c * (new_c - c)
        kept = (i, f, g, o, c, None if rate_c is None else new_c) if save else None
        return (new, c), (new, kept)

    T = z.shape[0]
    xs = (z, each_step(rate_h, T), each_step(rate_c, T))
    (_, c), (hidden, kept) = lax.scan(step, states, xs, unroll=True)
    return hidden, c, kept


@partial(jax.custom_vjp, nondiff_argnums=(0, 1))
def _lstm(forget, clip, z, states, weights, fixed):
    hidden, c, _ = _forward(forget, clip, z, states, weights, fixed, save=False)
    return hidden, c


def _lstm_forward(forget, clip, z, states, weights, fixed):
    hidden, c, kept = _forward(forget, clip, z, states, weights, fixed, save=True)
    return (hidden, c), (states, weights, fixed, hidden, kept)


def _lstm_backward(forget, clip, saved, gradients):
    (h0, c0), (R, p, P), (drop, rate_h, rate_c), hidden, kept = saved
    d_hidden, d_last = gradients
    i, f, g, o, cells, new_c = kept
    T = len(hidden)
    new_c = cells if rate_c is None else new_c
    before = jnp.concatenate([c0[None], cells[:-1]])
    tanh_c = jnp.tanh(new_c)
    steps_h, steps_c = each_step(rate_h, T), each_step(rate_c, T)

    # Factors, all steps at once: the gradient of the sum inside a gate is to_<gate> times that of
    # c'; to_o is times that of o * tanh(c'), and to_c leads from there to c', to_before to c.
    to_o = o * (1 - o) * tanh_c
    to_c = o * (1 - tanh_c * tanh_c)
    if p is not None:
        to_c += to_o * p[-1]
    to_i = i * (1 - i) * (g - before if forget == "coupled" else g)
    to_f = before * f * (1 - f) if forget == "own" else None
    to_g = i * (1 - g * g)
    to_before = {"own": f, "coupled": 1 - i, "none": jnp.ones_like(i)}[forget]
    if p is not None:
        to_before += to_i * p[0]
        if forget == "own":
            to_before += to_f * p[1]
    if clip is not None:
        inside = jnp.abs(new_c) < clip
        to_i, to_f, to_g, to_before = (
            None if x is None else x * inside for x in (to_i, to_f, to_g, to_before)
        )

    def step(carry, x):
        d_h, d_c = carry
        d_out, to_i, to_f, to_g, to_o, to_c, to_before, rate_h, rate_c = x
        d_h += d_out
        d_new_h = d_h if rate_h is None else d_h * rate_h
        d_m = d_new_h if P is None else d_new_h @ P.T
        d_new = (d_c if rate_c is None else d_c * rate_c) + d_m * to_c
        parts = [d_new * to_i, d_new * to_g, d_m * to_o]
        if forget == "own":
            parts.insert(1, d_new * to_f)
        dz = jnp.concatenate(parts, axis=-1)
        d_c = d_new * to_before + (0 if rate_c is None else d_c * (1 - rate_c))
        d_h = recurrent_matmul_gradient(dz, R, drop) + (0 if rate_h is None else d_h * (1 - rate_h))
        return (d_h, d_c), (dz, d_new_h if P is not None else None)

    xs = (d_hidden, to_i, to_f, to_g, to_o, to_c, to_before, steps_h, steps_c)
    carry = (jnp.zeros_like(h0), d_last)
    (d_h, d_c), (dz, d_projected) = lax.scan(step, carry, xs, reverse=True)

    d_R = kernel_gradient(jnp.concatenate([h0[None], hidden[:-1]]), dz, drop)
    d_p = d_P = None
    if p is not None:
        parts = jnp.split(dz, R.shape[-1] // c0.shape[-1], axis=-1)
        seen = [part * before for part in parts[: len(p) - 1]] + [parts[-1] * new_c]
        d_p = jnp.stack([jnp.sum(x, axis=(0, 1)) for x in seen])
    if P is not None:
        d_P = jnp.einsum("tbu,tbh->uh", o * tanh_c, d_projected)
    nothing = jax.tree.map(jnp.zeros_like, (drop, rate_h, rate_c))
    return dz, (d_h, d_c), (d_R, d_p, d_P), nothing


_lstm.defvjp(_lstm_forward, _lstm_backward)
