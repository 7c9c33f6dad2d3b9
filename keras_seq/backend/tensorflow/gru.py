"""GRU over time for TensorFlow: one product a step, and the analytic backward pass."""

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
    """`reference.run` for a GRUCell.

    The backward pass is analytic: it takes the elementwise factors of a chunk's steps at once, and
    a step is left with one product (two for reset="before") and a few operations.
    """
    z = cell.project(inputs, dropout_masks)
    loop = native_support.gru_loop(cell, mask, dropout_masks, z)
    z = freeze(z, mask, cell.units, loop.frozen)
    weights = [loop.R] if loop.d is None else [loop.R, loop.d]
    hidden = _GRU(loop)(z, states[0], weights)
    return hidden, [hidden[-1]]


class _GRU:
    """One run over time: its options, and the forward and the backward pass."""

    def __init__(self, loop):
        self.reset, self.update = loop.reset, loop.update
        self.drop, self.rate = loop.drop, loop.rate

    def __call__(self, z, h0, weights):
        @custom_gradient
        def run(z, h0, R, *d):
            hidden, kept = self.forward(z, h0, R, *d)

            def gradient(d_hidden):
                gradients = self.backward(d_hidden, h0, R, hidden, kept)
                return gradients if d else gradients[:-1]

            return hidden, gradient

        return run(z, h0, *weights)

    def halves(self, R):
        """Kernel and dropout of z and r, and of the candidate."""
        split = 2 * R.shape[-1] // 3
        per_gate = self.drop is not None and self.drop.shape.rank == 3
        drops = (self.drop[:2], self.drop[2:]) if per_gate else (self.drop, self.drop)
        return (R[:, :split], drops[0]), (R[:, split:], drops[1])

    def forward(self, z, h0, R, d=None):
        """z (T, B, G U) to hidden (T, B, U), and what the backward pass needs."""
        early, late = self.halves(R) if self.reset == "before" else (None, None)

        def step(carry, x):
            (h,) = carry
            z, rate = x
            x = tf.split(z, R.shape[-1] // h0.shape[-1], axis=-1)
            kept = ()
            if self.reset == "after":
                s = recurrent_matmul(h, R, self.drop)
                s = tf.split(s if d is None else s + d, 3, axis=-1)
                r, inner = tf.sigmoid(x[1] + s[1]), s[2]
                n = tf.tanh(x[2] + r * inner)
                kept = (r, inner)
            elif self.reset == "before":
                s = tf.split(recurrent_matmul(h, *early), 2, axis=-1)
                r = tf.sigmoid(x[1] + s[1])
                n = tf.tanh(x[2] + recurrent_matmul(r * h, *late))
                kept = (r,)
            else:
                s = tf.split(recurrent_matmul(h, R, self.drop), 2, axis=-1)
                n = tf.tanh(x[1] + s[1])
            gate = tf.sigmoid(x[0] + s[0])
            weight_n = 1 - gate if self.update == "keep" else gate
            weight_n = weight_n if rate is None else weight_n * rate
            new = h + weight_n * (n - h)
            return (new,), (new, gate, n, *kept)

        _, (hidden, *kept) = forwards(step, (h0,), (z, self.rate))
        return hidden, kept

    def backward(self, d_hidden, h0, R, hidden, kept):
        """The gradient of hidden to those of z, the first h, R and the recurrent bias."""
        gate, n, *rest = kept
        before = tf.concat([h0[None], hidden[:-1]], axis=0)
        weight_n = 1 - gate if self.update == "keep" else gate

        # Factors, all steps at once: the gradient of the sum inside a gate is to_<gate> times that
        # of h', and to_before leads from h' to h.
        to_z = (n - before) * gate * (1 - gate) * (-1 if self.update == "keep" else 1)
        to_n = weight_n * (1 - n * n)
        if self.rate is not None:
            to_z, to_n, weight_n = to_z * self.rate, to_n * self.rate, weight_n * self.rate
        factors = []
        if self.reset == "after":
            r, inner = rest
            factors = [to_n * inner * r * (1 - r), to_n * r]
        if self.reset == "before":
            (r,) = rest
            factors = [before * r * (1 - r), r]
            early, late = self.halves(R)
            to_early, to_late = recurrent_matmul_gradient(*early), recurrent_matmul_gradient(*late)
        else:
            to_h = recurrent_matmul_gradient(R, self.drop)

        def step(carry, x):
            (d_h,) = carry
            d_out, to_z, to_n, to_before, *factors = x
            d_h += d_out
            d_z, d_n, d_before = d_h * to_z, d_h * to_n, d_h * to_before
            if self.reset == "after":
                d_s = tf.concat([d_z, *(d_h * to for to in factors)], axis=-1)
                return (d_before + to_h(d_s),), (d_s, d_n)
            if self.reset == "before":
                to_r, r = factors
                d_inner = to_late(d_n)
                d_zr = tf.concat([d_z, d_inner * to_r], axis=-1)
                return (d_before + d_inner * r + to_early(d_zr),), (d_zr, d_n)
            d_s = tf.concat([d_z, d_n], axis=-1)
            return (d_before + to_h(d_s),), (d_s,)

        xs = (d_hidden, to_z, to_n, 1 - weight_n, *factors)
        (d_h,), (dz, *d_n) = backwards(step, (tf.zeros_like(h0),), xs, 2 if self.reset else 1)

        d_d = tf.reduce_sum(dz, axis=(0, 1)) if self.reset == "after" else None
        if self.reset == "before":
            parts = (before, dz, early[1]), (r * before, d_n[0], late[1])
            d_R = tf.concat([kernel_gradient(*part) for part in parts], axis=-1)
        else:
            d_R = kernel_gradient(before, dz, self.drop)
        if self.reset:  # the candidate's own gradient stands beside the gates'
            dz = tf.concat([dz[..., : 2 * h0.shape[-1]], d_n[0]], axis=-1)
        return dz, d_h, d_R, d_d
