"""ConvLSTM over time for JAX: one convolution a step, and the analytic backward pass."""

import jax
import jax.numpy as jnp
from jax import nn

from keras_seq.backend import native_support
from keras_seq.backend.jax.convolution import Convolution, computed_once
from keras_seq.backend.jax.steps import freeze

why_not = native_support.why_not_frames


def run(cell, inputs, states, mask=None, dropout_masks=None, unroll=False):
    """`reference.run` for a ConvLSTM cell.

    Gates are written out only when a gradient is wanted. The backward loop is left with one
    convolution and a few operations; the gradient of the kernel is taken after it.
    """
    projected = cell.project(inputs, dropout_masks)
    loop = native_support.lstm_loop(cell, mask, dropout_masks, projected)
    projected = freeze(projected, mask, cell.units, loop.frozen)
    weights, fixed = (loop.R, loop.p), (loop.drop, loop.rate_h)
    hidden, c = _conv_lstm(projected, tuple(states), weights, fixed)
    return hidden, [hidden[-1], c]


def _forward(z, states, weights, fixed, save):
    """z (T, B, H, W, G F) to hidden (T, B, H, W, F), the last cell, and what `save` keeps."""
    R, p = weights
    drop, rate = fixed
    convolution = Convolution(R, len(z))

    def step(carry, x):
        h, c = carry
        z, rate = x
        z += convolution.recurrent_conv(h if drop is None else h * drop)
        i, *f, g, o = jnp.split(z, R.shape[-1] // c.shape[-1], axis=-1)
        i = nn.sigmoid(i if p is None else i + p[0] * c)
        f = nn.sigmoid(f[0] if p is None else f[0] + p[1] * c) if f else None
        g = jnp.tanh(g)
        new_c = (c - i * c if f is None else f * c) + i * g
        o = nn.sigmoid(o if p is None else o + p[-1] * new_c)
        new = o * jnp.tanh(new_c)
        new = new if rate is None else h + rate * (new - h)
        return (new, new_c), (new, (h, c, new_c, i, f, g, o) if save else None)

    (_, c), (hidden, kept) = convolution.over_steps(step, states, (z, rate))
    return jnp.stack(hidden) if convolution.write_out else hidden, c, kept


@jax.custom_vjp
def _conv_lstm(z, states, weights, fixed):
    hidden, c, _ = _forward(z, states, weights, fixed, save=False)
    return hidden, c


def _conv_lstm_forward(z, states, weights, fixed):
    hidden, c, kept = _forward(z, states, weights, fixed, save=True)
    return (hidden, c), (weights, fixed, kept)


def _conv_lstm_backward(saved, gradients):
    (R, p), (drop, rate), kept = saved
    d_hidden, d_last = gradients
    convolution = Convolution(R, len(d_hidden))

    def step(carry, x):
        d_h, d_c = carry
        d_out, rate, (_, c, new_c, i, f, g, o) = x
        d_h += d_out
        d_new = d_h if rate is None else d_h * rate
        tanh_c = jnp.tanh(new_c)
        d_o = d_new * tanh_c * o * (1 - o)
        d_c += d_new * o * (1 - tanh_c * tanh_c)
        d_c = computed_once(d_c if p is None else d_c + d_o * p[-1])
        early = [d_c * (g - c if f is None else g) * i * (1 - i)]
        if f is not None:
            early.append(d_c * c * f * (1 - f))
        dz = jnp.concatenate([*early, d_c * i * (1 - g * g), d_o], axis=-1)
        d_c = d_c * (1 - i if f is None else f)
        if p is not None:
            d_c += sum(d * row for d, row in zip(early, p, strict=False))
        d_old = convolution.recurrent_conv_gradient(dz)
        d_old = d_old if drop is None else d_old * drop
        return (d_old if rate is None else d_old + d_h * (1 - rate), d_c), dz

    xs = (d_hidden, rate, kept)
    carry = (jnp.zeros_like(d_last), d_last)
    d_states, dz = convolution.over_steps(step, carry, xs, reverse=True)

    h, c, new_c, *_ = kept
    h = h if drop is None else jax.tree.map(lambda x: x * drop, h)
    d_R = convolution.kernel_gradient(h, dz)
    d_p = None if p is None else _of_peephole(p, dz, c, new_c)
    dz = jnp.stack(dz) if convolution.write_out else dz
    nothing = jax.tree.map(jnp.zeros_like, (drop, rate))
    return dz, d_states, (d_R, d_p), nothing


def _of_peephole(p, dzs, cells, fresh):
    """What the gates saw, times their gradients: the first rows the old cell, the last the new."""
    if not isinstance(dzs, list):
        dzs, cells, fresh = [dzs], [cells], [fresh]  # all steps at once
    rows = [0.0] * len(p)
    for dz, c, new_c in zip(dzs, cells, fresh, strict=True):
        parts = jnp.split(dz, dz.shape[-1] // c.shape[-1], axis=-1)
        seen = [*(part * c for part in parts[: len(p) - 1]), parts[-1] * new_c]
        over = tuple(range(c.ndim - p[0].ndim))
        rows = [row + jnp.sum(x, axis=over) for row, x in zip(rows, seen, strict=True)]
    return jnp.stack(rows)


_conv_lstm.defvjp(_conv_lstm_forward, _conv_lstm_backward)
