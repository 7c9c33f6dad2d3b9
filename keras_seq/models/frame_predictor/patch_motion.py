"""The next frame from the latest one and the outputs of recurrent layers."""

from typing import Any

import keras
import numpy as np
from keras import ops

from keras_seq import checks

# Training starts close to a shifted copy of the latest frame: generated pixels are dark and have a
# small weight. Small non-zero weights of the kernel break the symmetry between the motions.
_INITIAL_PIXEL_LOGIT, _INITIAL_MIX_LOGIT, _KERNEL_SCALE = -3.0, -4.0, 0.01
_INITIAL_SHARPNESS = 10.0  # the initial weight of the estimated motion
_NOISE_FLOOR = 2.5e-4  # fraction of the mean square of a frame below which differences are noise


@keras.saving.register_keras_serializable("keras_seq")
class PatchMotion(keras.layers.Layer):
    """Dynamic neural advection of patches: the next frame from motions of the latest frame.

        z      = conv(h)                                     h from the recurrent layers
        new    = sigmoid(z_0)                                C P P of its channels
        w_ij   = mean of (x - x_before[.. + i, .. + j])^2 over the patch and its 8 neighbors
        e_ij   = -sharpness w_ij / mean of all w             i and j from -P to P
        a      = softmax(z_m + logsumexp_j e)                for each of M motions
        b      = softmax(z'_m + logsumexp_i e)
        move_m = sum_i sum_j a_i b_j x[.. + i, .. + j]       x shifted vertically, horizontally
        y      = mix_0 new + sum_m mix_m move_m              mix = softmax(z''), for each patch

    The frame is cut into patches of P x P pixels. Each patch has its own motions. Its pixels come
    from the same or a neighboring patch of the latest frame, or they are generated.
    The motion from the frame before the latest one to the latest one is estimated (e). The estimate
    needs no training, so it also holds for videos that differ from the training data; z corrects
    it. With M = 0, y = new: the convolution generates each frame.

    Weights: `kernel` (k, k, F, n) and `bias` (n,), n = C P P for M = 0, otherwise
    C P P + 2 M (2 P + 1) + M + 1, in the order above, and `sharpness` ().

    Args:
        channels: C, the number of channels of a frame.
        patch_size: P, the side of a patch in pixels.
        num_motions: M, the number of motions of each patch.
        kernel_size: k, the size of the kernel in patches.

    Call arguments:
        inputs: h, (..., H/P, W/P, F).
        latest: x, the latest frame, (..., H/P, W/P, P P C).
        before: the frame before the latest one, of the same shape; None: the latest frame, so
            that the estimated motion is zero.

    Returns:
        y, of the shape of x, and in [0, 1] if x is in [0, 1].

    Raises:
        ValueError: an argument is not a positive integer; `num_motions` may be 0.

    Example:

    >>> from keras_seq.models.frame_predictor.patch_motion import PatchMotion
    >>> layer = PatchMotion(channels=1, patch_size=4, num_motions=2)
    >>> tuple(layer(np.ones((3, 8, 8, 5), "float32"), np.ones((3, 8, 8, 16), "float32")).shape)
    (3, 8, 8, 16)

    Reference: Finn, Goodfellow and Levine, Unsupervised Learning for Physical Interaction through
    Video Prediction, NeurIPS 2016 (dynamic neural advection, there with a kernel for each pixel and
    without the estimated motion).
    """

    def __init__(
        self,
        channels: int,
        patch_size: int,
        *,
        num_motions: int = 2,
        kernel_size: int = 3,
        **kwargs,
    ):
        owner = type(self).__name__
        checks.positive_int(
            owner, channels=channels, patch_size=patch_size, kernel_size=kernel_size
        )
        if num_motions != 0:
            checks.positive_int(owner, num_motions=num_motions)
        super().__init__(**kwargs)
        self.channels = channels
        self.patch_size = patch_size
        self.num_motions = num_motions
        self.kernel_size = kernel_size
        self._num_shifts = 2 * patch_size + 1
        # band[k, i, r] is 1 if row i of a patch, shifted by k - P, is row r of 3 adjacent patches.
        band = np.zeros((self._num_shifts, patch_size, 3 * patch_size), "float32")
        for shift in range(self._num_shifts):
            band[shift, range(patch_size), np.arange(patch_size) + shift] = 1
        self._band = band.reshape(self._num_shifts, -1)

    def build(self, inputs_shape, latest_shape=None):
        bias = [_INITIAL_PIXEL_LOGIT] * (self.channels * self.patch_size**2)
        if self.num_motions:
            choices = 2 * self._num_shifts * self.num_motions
            bias = [*bias, *[0.0] * choices, _INITIAL_MIX_LOGIT, *[0.0] * self.num_motions]
        shape = (self.kernel_size, self.kernel_size, inputs_shape[-1], len(bias))
        self.kernel = self.add_weight(
            shape=shape,
            name="kernel",
            initializer=keras.initializers.VarianceScaling(_KERNEL_SCALE),
        )
        self.bias = self.add_weight(
            shape=(len(bias),),
            name="bias",
            initializer=lambda shape, dtype: ops.convert_to_tensor(bias, dtype),
        )
        if self.num_motions:
            self.sharpness = self.add_weight(
                shape=(),
                name="sharpness",
                initializer=keras.initializers.Constant(_INITIAL_SHARPNESS),
            )
        self.built = True

    def call(self, inputs: Any, latest: Any, before: Any = None) -> Any:
        shape = ops.shape(latest)
        h = ops.reshape(inputs, (-1, *ops.shape(inputs)[-3:]))
        z = ops.conv(h, self.kernel, padding="same", data_format="channels_last") + self.bias
        num_pixels = self.channels * self.patch_size**2
        y = ops.sigmoid(z[..., :num_pixels])
        if self.num_motions:
            mix = ops.softmax(z[..., -self.num_motions - 1 :])
            shifts = ops.reshape(
                z[..., num_pixels : -self.num_motions - 1],
                (-1, *shape[-3:-1], self.num_motions, 2, self._num_shifts),
            )
            x = ops.reshape(latest, (-1, *shape[-3:]))
            before = x if before is None else ops.reshape(before, (-1, *shape[-3:]))
            shifts = shifts + self._estimated_motion(x, before)[..., None, :, :]
            moved = self._move(x, shifts)
            y = mix[..., :1] * y + ops.sum(mix[..., 1:, None] * moved, axis=-2)
        return ops.reshape(y, shape)

    def compute_output_shape(self, inputs_shape, latest_shape, before_shape=None):
        return tuple(latest_shape)

    def _estimated_motion(self, x, before):
        """How well each shift of the frame before matches x: (B, h, w, 2, 2P + 1)."""
        P, C, shifts = self.patch_size, self.channels, range(self._num_shifts)
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
        shifted = ops.stack([shifted[:, i : i + H] for i in shifts], axis=1)
        shifted = ops.stack([shifted[:, :, :, i : i + W] for i in shifts], axis=2)
        errors = ops.square(ops.stop_gradient(x[:, None, None] - shifted))
        errors = ops.reshape(errors, (B * self._num_shifts**2, h, P, w, P * C))
        errors = ops.pad(ops.mean(errors, axis=(2, 4)), [(0, 0), (1, 1), (1, 1)])
        errors = sum(errors[:, i : i + h] for i in range(3))
        errors = sum(errors[:, :, i : i + w] for i in range(3)) / 9
        errors = ops.reshape(errors, (B, self._num_shifts, self._num_shifts, h, w))
        floor = _NOISE_FLOOR * ops.mean(ops.square(ops.stop_gradient(x)), axis=(1, 2, 3)) + 1e-12
        floor = ops.reshape(floor, (B, 1, 1, 1, 1))
        e = -self.sharpness * errors / (ops.mean(errors, axis=(1, 2), keepdims=True) + floor)
        scores = ops.stack([ops.logsumexp(e, axis=2), ops.logsumexp(e, axis=1)], axis=1)
        return ops.transpose(scores, (0, 3, 4, 1, 2))

    def _move(self, x, shifts):
        """The patches of x, (B, h, w, P P C), moved by each motion: (B, h, w, M, P P C)."""
        P, M = self.patch_size, self.num_motions
        B, h, w, _ = ops.shape(x)
        # Flattened, because oneDNN has no softmax over six axes.
        shifts = ops.softmax(ops.reshape(shifts, (-1, self._num_shifts)))
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

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "channels": self.channels,
            "patch_size": self.patch_size,
            "num_motions": self.num_motions,
            "kernel_size": self.kernel_size,
        }
