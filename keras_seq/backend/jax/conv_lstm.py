"""ConvLSTM over time for JAX: one convolution a step, and the analytic backward pass."""

from functools import partial

import jax
import jax.numpy as jnp
from jax import nn

from keras_seq.backend import native_support
from keras_seq.backend.jax.convolution import Convolution, computed_once
from keras_seq.backend.jax.steps import freeze

why_not = native_support.why_not_frames


def run(cell, inputs, states, mask=None, dropout_masks=None, unroll=False):
    """`reference.run` for a ConvLSTM cell.

    Gates are written out only when a derivative is wanted. The loop of the tangents, and its
    transpose, the backward loop, are left with one convolution and a few operations; what belongs
    to the kernel stands outside.
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
    convolution = Convolution(R, z.shape[0])

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


@jax.custom_jvp
def _conv_lstm(z, states, weights, fixed):
    hidden, c, _ = _forward(z, states, weights, fixed, save=False)
    return hidden, c


@_conv_lstm.defjvp
def _conv_lstm_jvp(primals, tangents):
    _, _, weights, fixed = primals
    hidden, c, kept = _forward(*primals, save=True)
    return (hidden, c), _tangent((weights, fixed, kept), tangents[:3])


@partial(jax.checkpoint, prevent_cse=False)
def _tangent(saved, tangents):
    """The tangents of hidden and the last cell, linear in those of z, the states and weights."""
    (R, p), (drop, rate), kept = saved
    d_z, d_states, (d_R, d_p) = tangents
    convolution = Convolution(R, d_z.shape[0])
    h = kept[0] if drop is None else jax.tree.map(lambda x: x * drop, kept[0])
    d_z += convolution.recurrent_convs(h, d_R)

    def step(carry, x):
        d_h, d_c = carry
        d_z, rate, (_, c, new_c, i, f, g, o) = x
        d_z += convolution.recurrent_conv(d_h if drop is None else d_h * drop)
        d_i, *d_f, d_g, d_o = jnp.split(d_z, d_z.shape[-1] // c.shape[-1], axis=-1)
        if p is not None:
            d_i += p[0] * d_c + d_p[0] * c
            d_f = [d + p[1] * d_c + d_p[1] * c for d in d_f]
        d_new = d_i * (i * (1 - i) * (g - c if f is None else g)) + d_g * (i * (1 - g * g))
        if f is None:
            d_new += d_c * (1 - i)
        else:
            d_new += d_c * f + d_f[0] * (c * f * (1 - f))
        d_new = computed_once(d_new)
        if p is not None:
            d_o += p[-1] * d_new + d_p[-1] * new_c
        tanh_c = jnp.tanh(new_c)
        d_out = d_o * (tanh_c * o * (1 - o)) + d_new * (o * (1 - tanh_c * tanh_c))
        d_h = d_out if rate is None else d_h + rate * (d_out - d_h)
        return (d_h, d_new), d_h

    (_, d_c), d_hidden = convolution.over_steps(step, d_states, (d_z, rate, kept))
    return jnp.stack(d_hidden) if convolution.write_out else d_hidden, d_c
