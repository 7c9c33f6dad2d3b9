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
    recurrent_matmul,
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


@partial(jax.custom_jvp, nondiff_argnums=(0, 1))
def _lstm(forget, clip, z, states, weights, fixed):
    hidden, c, _ = _forward(forget, clip, z, states, weights, fixed, save=False)
    return hidden, c


@_lstm.defjvp
def _lstm_jvp(forget, clip, primals, tangents):
    z, states, weights, fixed = primals
    hidden, c, kept = _forward(forget, clip, z, states, weights, fixed, save=True)
    saved = states, weights, fixed, hidden, kept
    return (hidden, c), _tangent(forget, clip, saved, tangents[:3])


@partial(jax.checkpoint, prevent_cse=False, static_argnums=(0, 1))
def _tangent(forget, clip, saved, tangents):
    """The tangents of hidden and the last cell, linear in those of z, the states and weights."""
    (h0, c0), (R, p, P), (drop, rate_h, rate_c), hidden, kept = saved
    d_z, d_states, (d_R, d_p, d_P) = tangents
    i, f, g, o, cells, new_c = kept
    T = hidden.shape[0]
    new_c = cells if rate_c is None else new_c
    before = jnp.concatenate([c0[None], cells[:-1]])
    tanh_c = jnp.tanh(new_c)

    # Factors, all steps at once: the tangent of c' is the sum of to_<gate> times that of the sum
    # inside a gate, and of to_before times that of c; to_o and to_c lead to that of o * tanh(c').
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

    # What the tangents of the weights give, all steps at once.
    d_z += recurrent_matmul(jnp.concatenate([h0[None], hidden[:-1]]), d_R, drop)
    if p is not None:
        seen = [*([before] * (len(p) - 1)), None, new_c]
        tangents = [*d_p[:-1], None, d_p[-1]]
        seen = [0.0 if x is None else x * d for x, d in zip(seen, tangents, strict=True)]
        d_z += jnp.concatenate([jnp.broadcast_to(x, before.shape) for x in seen], axis=-1)
    d_projected = None if P is None else (o * tanh_c) @ d_P

    def step(carry, x):
        d_h, d_c = carry
        d_z, d_projected, to_i, to_f, to_g, to_o, to_c, to_before, rate_h, rate_c = x
        parts = d_z + recurrent_matmul(d_h, R, drop)
        parts = jnp.split(parts, parts.shape[-1] // d_c.shape[-1], axis=-1)
        d_new = parts[0] * to_i + parts[-2] * to_g + d_c * to_before
        if forget == "own":
            d_new += parts[1] * to_f
        d_m = parts[-1] * to_o + d_new * to_c
        d_out = d_m if P is None else d_m @ P + d_projected
        d_h = d_out if rate_h is None else d_h + rate_h * (d_out - d_h)
        d_c = d_new if rate_c is None else d_c + rate_c * (d_new - d_c)
        return (d_h, d_c), d_h

    steps = each_step(rate_h, T), each_step(rate_c, T)
    xs = (d_z, d_projected, to_i, to_f, to_g, to_o, to_c, to_before, *steps)
    (_, d_c), d_hidden = lax.scan(step, d_states, xs)
    return d_hidden, d_c
