"""ConvLSTM over time for TensorFlow: one convolution a step, and the analytic backward pass."""

import tensorflow as tf

from keras_seq.backend import native_support
from keras_seq.backend.tensorflow.chunks import in_chunks
from keras_seq.backend.tensorflow.convolution import Convolution
from keras_seq.backend.tensorflow.gradients import custom_gradient
from keras_seq.backend.tensorflow.steps import freeze

sigmoid_back, tanh_back = tf.raw_ops.SigmoidGrad, tf.raw_ops.TanhGrad
WRITE_OUT = 32  # time steps at most, for each is compiled by itself

why_not = native_support.why_not_frames


def run(cell, inputs, states, mask=None, dropout_masks=None, unroll=False):
    """`reference.run` for a ConvLSTM cell.

    Inside a loop XLA's CPU runs a convolution many times as long as outside, so a short sequence
    is written out; a long one, or one of unknown length, is a loop over chunks that are. The input
    is convolved, and the gradient of the kernel taken, step by step: tensors of one step are used
    again while they are in the cache. A training step of (4, 10, 64, 64, 1), 32 filters of 3, took
    0.91 of that of keras.layers.ConvLSTM2D, the reference path 1.10.
    """
    steps = inputs.shape[0]
    run_steps = _run_chunk if steps is not None and steps <= WRITE_OUT else in_chunks(_run_chunk)
    return run_steps(cell, inputs, states, mask, dropout_masks)


def _run_chunk(cell, inputs, states, mask, dropout_masks):
    steps = range(inputs.shape[0])
    loop = native_support.lstm_loop(cell, mask, dropout_masks, inputs)
    zs = [cell.project(inputs[t : t + 1], dropout_masks) for t in steps]
    if mask is not None:
        zs = [freeze(zs[t], mask[t : t + 1], cell.units, loop.frozen) for t in steps]
    weights = [loop.R] if loop.p is None else [loop.R, loop.p]
    from_zeros = all(_is_zero(state) for state in states)
    conv_lstm = _ConvLSTM(len(steps), from_zeros, loop.drop, loop.rate_h)
    hidden, c = conv_lstm(*(tf.squeeze(z, 0) for z in zs), *states, *weights)
    return hidden, [hidden[-1], c]


def _is_zero(x):
    """Whether x is known to be zeros while the graph is made: then its convolution is saved."""
    made = getattr(x, "op", None)  # an eager tensor has none
    return made is not None and made.type == "Fill" and tf.get_static_value(made.inputs[1]) == 0


class _ConvLSTM:
    """One run over time: what has no gradient, and the forward and the backward pass."""

    def __init__(self, steps, from_zeros, drop, rate):
        self.from_zeros, self.drop = from_zeros, drop
        self.rates = [None] * steps if rate is None else tf.unstack(rate)

    def __call__(self, *arguments):
        @custom_gradient
        def run(*arguments):
            zs, (h, c, R, *p) = arguments[: len(self.rates)], arguments[len(self.rates) :]
            hidden, c, kept = self.forward(zs, h, c, R, *p)
            return (hidden, c), lambda d_hidden, d_c: self.backward(d_hidden, d_c, kept, R, *p)

        return run(*arguments)

    def forward(self, zs, h, c, R, p=None):
        """Each step's z (B, H, W, G F) to hidden (T, B, H, W, F), the last c, and what is kept."""
        convolution = Convolution(R)
        hidden, kept = [], []
        for z, rate in zip(zs, self.rates, strict=True):
            known = bool(hidden) or not self.from_zeros  # else h and c are zeros
            if known:
                z += convolution.recurrent_conv(h if self.drop is None else h * self.drop)
            i, *f, g, o = tf.split(z, R.shape[-1] // c.shape[-1], axis=-1)
            see = p is not None and known
            i = tf.sigmoid(i + p[0] * c if see else i)
            f = [tf.sigmoid(x + p[1] * c if see else x) for x in f]
            g = tf.tanh(g)
            new_c = i * g
            if known:
                new_c += f[0] * c if f else c - i * c
            o = tf.sigmoid(o if p is None else o + p[-1] * new_c)
            tanh_c = tf.tanh(new_c)
            kept.append((h, c, new_c, tanh_c, i, f, g, o, known))
            new = o * tanh_c
            h, c = new if rate is None else h + rate * (new - h), new_c
            hidden.append(h)
        return tf.stack(hidden), c, kept

    def backward(self, d_hidden, d_c, kept, R, p=None):
        """Gradients of hidden and the last c to those of each z, the first h and c, the weights."""
        convolution = Convolution(R)
        d_h, d_R, d_zs = tf.zeros_like(d_c), [], []
        seen = None if p is None else [[] for _ in range(p.shape[0])]
        steps = zip(tf.unstack(d_hidden), self.rates, kept, strict=True)
        for d_out, rate, (h, c, new_c, tanh_c, i, f, g, o, known) in reversed(list(steps)):
            d_h += d_out
            d_new = d_h if rate is None else d_h * rate
            d_o = sigmoid_back(y=o, dy=d_new * tanh_c)
            d_cs = [d_c, tanh_back(y=tanh_c, dy=d_new * o)]
            d_c = tf.add_n(d_cs if p is None else [*d_cs, d_o * p[-1]])
            early = [sigmoid_back(y=i, dy=d_c * (g if f else g - c))]
            early += [sigmoid_back(y=x, dy=d_c * c) for x in f]
            dz = tf.concat([*early, tanh_back(y=g, dy=d_c * i), d_o], axis=-1)
            d_c *= f[0] if f else 1 - i
            if p is not None:
                d_c = tf.add_n([d_c, *(d * p[n] for n, d in enumerate(early))])
                now = [*(d * c for d in early), d_o * new_c] if known else [d_o * new_c]
                for xs, x in zip(reversed(seen), reversed(now), strict=False):
                    xs[:] = [tf.add_n([*xs, x])] if len(xs) == 3 else [*xs, x]  # few are kept
            d_old = convolution.recurrent_conv_gradient(dz)
            d_old = d_old if self.drop is None else d_old * self.drop
            if known:
                dropped = h if self.drop is None else h * self.drop
                d_R.append(convolution.kernel_gradient(dropped, dz))
            d_h = d_old if rate is None else d_old + d_h * (1 - rate)
            d_zs.append(dz)
        d_R = tf.add_n(d_R) if d_R else tf.zeros_like(R)
        if p is None:
            return *d_zs[::-1], d_h, d_c, d_R
        rows = [_sum_to(p[0], tf.add_n(xs)) if xs else tf.zeros_like(p[0]) for xs in seen]
        return *d_zs[::-1], d_h, d_c, d_R, tf.stack(rows)


def _sum_to(p, x):
    """The sum of x over its first axes, those p has not.

    As a product: TensorFlow's sum over a batch of 4 took seven times as long.
    """
    rows = tf.reshape(x, [-1, tf.size(p)])
    return tf.reshape(tf.matmul(tf.ones_like(rows[:, :1]), rows, transpose_a=True), tf.shape(p))
