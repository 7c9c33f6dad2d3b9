"""The next frame out of the latest one and what recurrent layers make of a film."""

import keras
import numpy as np
from keras import ops

from keras_seq import checks

# Before training a frame is all but the one before it, moved on: what is painted is dark and its
# share small, and the kernel, not zero lest all motions stay the same, has little to say.
_DARK, _UNPAINTED, _SCALE = -3.0, -4.0, 0.01
_SHARP = 10.0  # how much the motion seen counts, before training
_FAINT = 2.5e-4  # of the mean square of a frame: in less no motion is seen


@keras.saving.register_keras_serializable("keras_seq")
class NextPatches(keras.layers.Layer):
    """The next frame, in patches of P by P pixels: moved from the latest one, and painted.

        z      = conv(h)                                     of what the recurrent layers give
        paint  = sigmoid(z_0)                                C P P of its channels
        w_ij   = mean square of x - x_before[.. + i, .. + j], over the patch and the 8 around it
        e_ij   = -sharpness w_ij / mean of all w             i and j from -P to P
        a      = softmax(z_m + logsumexp_j e)                for each of M motions
        b      = softmax(z'_m + logsumexp_i e)
        move_m = sum_i sum_j a_i b_j x[.. + i, .. + j]       x shifted down and across
        y      = mix_0 paint + sum_m mix_m move_m            mix = softmax(z''), for each patch

    Each patch has motions of its own, so that what is in it comes from there or from a patch next
    to it: where it came from in the frame before (e: the motion that is seen, which needs no
    learning and so serves in films unlike those learnt from), unless z knows better. With M = 0,
    y = paint: the convolution makes each frame anew.

    Weights: `kernel` (k, k, F, n) and `bias` (n,), n = C P P for M = 0, else
    C P P + 2 M (2 P + 1) + M + 1, in the order above, and `sharpness` ().

    Args:
        channels: C, of a frame.
        patch: P, in pixels.
        motions: M.
        kernel_size: k, in patches.

    Call arguments:
        inputs: h, (..., H/P, W/P, F).
        latest: x, the latest frame, (..., H/P, W/P, P P C).
        before: the frame before it, of the same shape; None: all that is seen stands still.

    Returns:
        y, of the shape of x, in [0, 1] where x is.

    Raises:
        ValueError: an argument is not a number as above.

    Example:

    >>> from keras_seq.models.frame_predictor.patch_motion import NextPatches
    >>> layer = NextPatches(channels=1, patch=4, motions=2)
    >>> tuple(layer(np.ones((3, 8, 8, 5), "float32"), np.ones((3, 8, 8, 16), "float32")).shape)
    (3, 8, 8, 16)

    Reference: Finn, Goodfellow and Levine, Unsupervised Learning for Physical Interaction through
    Video Prediction, NeurIPS 2016 (dynamic neural advection; theirs has a kernel for each pixel
    and sees no motion).
    """

    def __init__(self, channels, patch, motions=2, kernel_size=3, **kwargs):
        owner = type(self).__name__
        checks.positive_int(owner, channels=channels, patch=patch, kernel_size=kernel_size)
        if motions != 0:
            checks.positive_int(owner, motions=motions)
        super().__init__(**kwargs)
        self.channels, self.patch, self.motions = channels, patch, motions
        self.kernel_size = kernel_size
        self._reach = 2 * patch + 1
        # band[k, i, r]: shifted by k - P, row i of a patch comes from row r of three patches.
        band = np.zeros((self._reach, patch, 3 * patch), "float32")
        for shift in range(self._reach):
            band[shift, range(patch), np.arange(patch) + shift] = 1
        self._band = band.reshape(self._reach, -1)

    def build(self, inputs_shape, latest_shape=None):
        bias = [_DARK] * (self.channels * self.patch**2)
        if self.motions:
            choices = 2 * self._reach * self.motions
            bias = [*bias, *[0.0] * choices, _UNPAINTED, *[0.0] * self.motions]
        shape = (self.kernel_size, self.kernel_size, inputs_shape[-1], len(bias))
        self.kernel = self.add_weight(
            shape=shape, name="kernel", initializer=keras.initializers.VarianceScaling(_SCALE)
        )
        self.bias = self.add_weight(
            shape=(len(bias),),
            name="bias",
            initializer=lambda shape, dtype: ops.convert_to_tensor(bias, dtype),
        )
        if self.motions:
            self.sharpness = self.add_weight(
                shape=(), name="sharpness", initializer=keras.initializers.Constant(_SHARP)
            )
        self.built = True

    def call(self, inputs, latest, before=None):
        shape = ops.shape(latest)
        h = ops.reshape(inputs, (-1, *ops.shape(inputs)[-3:]))
        z = ops.conv(h, self.kernel, padding="same", data_format="channels_last") + self.bias
        painted = self.channels * self.patch**2
        y = ops.sigmoid(z[..., :painted])
        if self.motions:
            mix = ops.softmax(z[..., -self.motions - 1 :])
            shifts = ops.reshape(
                z[..., painted : -self.motions - 1],
                (-1, *shape[-3:-1], self.motions, 2, self._reach),
            )
            x = ops.reshape(latest, (-1, *shape[-3:]))
            before = x if before is None else ops.reshape(before, (-1, *shape[-3:]))
            shifts = shifts + self._seen(x, before)[..., None, :, :]
            moved = self._moved(x, shifts)
            y = mix[..., :1] * y + ops.sum(mix[..., 1:, None] * moved, axis=-2)
        return ops.reshape(y, shape)

    def compute_output_shape(self, inputs_shape, latest_shape, before_shape=None):
        return tuple(latest_shape)

    def _seen(self, x, before):
        """How well shifts down and across explain x by the frame before: (B, h, w, 2, 2P + 1)."""
        P, C, reach = self.patch, self.channels, range(self._reach)
        B, h, w, _ = ops.shape(x)
        H, W = h * P, w * P
        x, shifted = (
            ops.reshape(
                ops.transpose(ops.reshape(each, (B, h, w, P, P, C)), (0, 1, 3, 2, 4, 5)),
                (B, H, W, C),
            )
            for each in (x, before)
        )
        shifted = ops.pad(shifted, [(0, 0), (P, P), (P, P), (0, 0)])
        shifted = ops.stack([shifted[:, i : i + H] for i in reach], axis=1)
        shifted = ops.stack([shifted[:, :, :, i : i + W] for i in reach], axis=2)
        wrong = ops.square(ops.stop_gradient(x[:, None, None] - shifted))
        wrong = ops.reshape(wrong, (B * self._reach**2, h, P, w, P * C))
        wrong = ops.pad(ops.mean(wrong, axis=(2, 4)), [(0, 0), (1, 1), (1, 1)])
        wrong = sum(wrong[:, i : i + h] for i in range(3))
        wrong = sum(wrong[:, :, i : i + w] for i in range(3)) / 9
        wrong = ops.reshape(wrong, (B, self._reach, self._reach, h, w))
        faint = _FAINT * ops.mean(ops.square(ops.stop_gradient(x)), axis=(1, 2, 3)) + 1e-12
        faint = ops.reshape(faint, (B, 1, 1, 1, 1))
        e = -self.sharpness * wrong / (ops.mean(wrong, axis=(1, 2), keepdims=True) + faint)
        seen = ops.stack([ops.logsumexp(e, axis=2), ops.logsumexp(e, axis=1)], axis=1)
        return ops.transpose(seen, (0, 3, 4, 1, 2))

    def _moved(self, x, shifts):
        """The patches of x, (B, h, w, P P C), by each motion: (B, h, w, M, P P C)."""
        P, M = self.patch, self.motions
        B, h, w, _ = ops.shape(x)
        # Of few axes: oneDNN has no softmax of six.
        shifts = ops.softmax(ops.reshape(shifts, (-1, self._reach)))
        bands = ops.reshape(ops.matmul(shifts, self._band), (-1, M, 2, P, 3 * P))
        x = ops.reshape(x, (B, h, w, P, P, self.channels))
        x = ops.pad(x, [(0, 0), (1, 1), (1, 1), (0, 0), (0, 0), (0, 0)])
        x = ops.concatenate([x[:, i : i + h] for i in range(3)], axis=3)
        x = ops.concatenate([x[:, :, i : i + w] for i in range(3)], axis=4)
        x = ops.reshape(x, (-1, 1, 3 * P, 3 * P * self.channels))
        x = ops.matmul(bands[:, :, 0], x)  # rows: (B h w, M, P, 3 P C)
        x = ops.reshape(x, (-1, M, P, 3 * P, self.channels))
        x = ops.matmul(bands[:, :, 1:], x)  # columns: (B h w, M, P, P, C)
        return ops.reshape(x, (B, h, w, M, P * P * self.channels))

    def get_config(self):
        own = {n: getattr(self, n) for n in ("channels", "patch", "motions", "kernel_size")}
        return {**super().get_config(), **own}
