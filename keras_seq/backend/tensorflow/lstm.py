"""LSTM over time for TensorFlow: one product a step, and the analytic backward pass."""

import tensorflow as tf

from keras_seq.backend import native_support
from keras_seq.backend.tensorflow.chunks import in_chunks
from keras_seq.backend.tensorflow.gradients import custom_gradient
from keras_seq.backend.tensorflow.steps import (
    backwards,
    forwards,
    freeze,
    kernel_gradient,
    recurrent_matmul,
    recurrent_matmul_gradient,
)

why_not = native_support.why_not


@in_chunks
def run(cell, inputs, states, mask, dropout_masks):
    """`reference.run` for an LSTMCell.

    The backward pass is analytic: it takes the elementwise factors of a chunk's steps at once, and
    a step is left with one product and a few operations.
    """
    z = cell.project(inputs, dropout_masks)
    loop = native_support.lstm_loop(cell, mask, dropout_masks, z)
    z = freeze(z, mask, cell.units, loop.frozen)
    hidden, c = _LSTM(loop)(z, states, (loop.R, loop.p, loop.P))
    return hidden, [hidden[-1], c]


class _LSTM:
    """One run over time: its options, and the forward and the backward pass."""

    def __init__(self, loop):
        self.forget, self.clip, self.drop = loop.forget, loop.clip, loop.drop
        self.rate_h, self.rate_c = loop.rate_h, loop.rate_c

    def __call__(self, z, states, weights):
        present = [w is not None for w in weights]

        def named(tensors):
            tensors = iter(tensors)
            return [next(tensors) if there else None for there in present]

        @custom_gradient
        def run(z, h0, c0, *weights):
            hidden, c, kept = self.forward(z, h0, c0, named(weights))

            def gradient(d_hidden, d_last):
                return self.backward(d_hidden, d_last, h0, c0, named(weights), hidden, kept)

            return (hidden, c), gradient

        return run(z, *states, *(w for w in weights if w is not None))

    def forward(self, z, h0, c0, weights):
        """z (T, B, G U) to hidden (T, B, H), the last cell, and what the backward pass needs."""
        R, p, P = weights
        gates = R.shape[-1] // c0.shape[-1]

        def step(carry, x):
            h, c = carry
            z, rate_h, rate_c = x
            parts = tf.split(z + recurrent_matmul(h, R, self.drop), gates, axis=-1)
            i, g, o = parts[0], tf.tanh(parts[-2]), parts[-1]
            i = tf.sigmoid(i if p is None else i + p[0] * c)
            f = ()
            if self.forget == "own":
                f = (tf.sigmoid(parts[1] if p is None else parts[1] + p[1] * c),)
                new_c = f[0] * c + i * g
            else:
                new_c = (c - i * c if self.forget == "coupled" else c) + i * g
            if self.clip is not None:
                new_c = tf.clip_by_value(new_c, -self.clip, self.clip)
            o = tf.sigmoid(o if p is None else o + p[-1] * new_c)
            new = o * tf.tanh(new_c)
            new = new if P is None else tf.matmul(new, P)
            new = new if rate_h is None else h + rate_h * (new - h)
            c = new_c if rate_c is None else c + rate_c * (new_c - c)
            return (new, c), (new, i, *f, g, o, c) + (() if rate_c is None else (new_c,))

        (_, c), (hidden, *kept) = forwards(step, (h0, c0), (z, self.rate_h, self.rate_c))
        return hidden, c, kept

    def backward(self, d_hidden, d_last, h0, c0, weights, hidden, kept):
        """Gradients of the last h and c to those of z, the first h and c, and the weights."""
        R, p, P = weights
        # A gradient may be asked for again, so that `kept` must stay what it is.
        new_c = kept[-1]
        i, *f, g, o, cells = kept if self.rate_c is None else kept[:-1]
        before = tf.concat([c0[None], cells[:-1]], axis=0)
        tanh_c = tf.tanh(new_c)
        if P is None and self.rate_h is None:
            hidden = o * tanh_c  # as it was: nothing is kept for it

        # Factors, all steps at once: the gradient of the sum inside a gate is to_<gate> times that
        # of c'; to_o is times that of o * tanh(c'). to_c leads from there to c', to_before to c.
        to_o = o * (1 - o) * tanh_c
        to_c = o * (1 - tanh_c * tanh_c)
        early = [i * (1 - i) * (g - before if self.forget == "coupled" else g)]
        early += [before * x * (1 - x) for x in f]
        to_g = i * (1 - g * g)
        to_before = f[0] if f else 1 - i if self.forget == "coupled" else tf.ones_like(i)
        if p is not None:
            to_c += to_o * p[-1]
            to_before += tf.add_n([to * p[n] for n, to in enumerate(early)])
        if self.clip is not None:
            inside = tf.cast(tf.abs(new_c) < self.clip, new_c.dtype)
            to_g, to_before = to_g * inside, to_before * inside
            early = [to * inside for to in early]

        to_h = recurrent_matmul_gradient(R, self.drop)
        to_m = None if P is None else recurrent_matmul_gradient(P, None)

        def step(carry, x):
            d_h, d_c = carry
            d_out, rate_h, rate_c, to_o, to_c, to_g, to_before, *early = x
            d_h += d_out
            d_new_h = d_h if rate_h is None else d_h * rate_h
            d_m = d_new_h if P is None else to_m(d_new_h)
            d_new = (d_c if rate_c is None else d_c * rate_c) + d_m * to_c
            dz = tf.concat([*(d_new * to for to in early), d_new * to_g, d_m * to_o], axis=-1)
            d_c = d_new * to_before + (0 if rate_c is None else d_c * (1 - rate_c))
            d_h = to_h(dz) + (0 if rate_h is None else d_h * (1 - rate_h))
            return (d_h, d_c), (dz,) if P is None else (dz, d_new_h)

        xs = (d_hidden, self.rate_h, self.rate_c, to_o, to_c, to_g, to_before, *early)
        (d_h, d_c), (dz, *d_projected) = backwards(
            step, (tf.zeros_like(h0), d_last), xs, 1 if P is None else 2
        )

        h_before = tf.concat([h0[None], hidden[:-1]], axis=0)
        gradients = [kernel_gradient(h_before, dz, self.drop)]
        if p is not None:
            parts = tf.split(dz, R.shape[-1] // c0.shape[-1], axis=-1)
            seen = [part * before for part in parts[: len(f) + 1]] + [parts[-1] * new_c]
            gradients.append(tf.stack([tf.reduce_sum(x, axis=(0, 1)) for x in seen]))
        if P is not None:
            gradients.append(kernel_gradient(o * tanh_c, d_projected[0], None))
        return dz, d_h, d_c, *gradients
