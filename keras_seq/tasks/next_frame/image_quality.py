"""SSIM and PSNR of frames, as in tf.image, on every backend."""

import numpy as np
import tensorflow as tf

from keras_seq.data.tensorflow_host import tensorflow_on_host

_WINDOW = 11  # pixels, as published
_BEST_PSNR = 100.0  # decibels, for equal frames, whose PSNR would be infinite


def ssim(truth: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """The structural similarity of each frame to the true one: 1 where they are equal.

    Args:
        truth, predicted: arrays (N, H, W, C) in [0, 1]. For frames smaller than the 11 x 11
            window of the measure, a smaller window is used.

    Returns:
        NumPy array (N,).

    Example:

    >>> from keras_seq.tasks.next_frame.image_quality import ssim
    >>> frames = np.random.default_rng(0).random((2, 16, 16, 1)).astype("float32")
    >>> ssim(frames, frames)
    array([1., 1.], dtype=float32)

    Reference: Wang, Bovik, Sheikh and Simoncelli, Image Quality Assessment: From Error Visibility
    to Structural Similarity, IEEE Transactions on Image Processing 2004.
    """
    tensorflow_on_host()
    window = min(_WINDOW, *truth.shape[1:3])
    return tf.image.ssim(truth, predicted, 1.0, filter_size=window).numpy()


def psnr(truth: np.ndarray, predicted: np.ndarray, mask: np.ndarray | None = None) -> np.ndarray:
    """The peak signal-to-noise ratio of each frame, in decibels, at most 100.

    Args:
        truth, predicted: arrays (N, H, W, C) in [0, 1].
        mask: bool (N, H, W), the pixels that count, at least one per frame; None: all.

    Returns:
        NumPy array (N,).

    Example:

    >>> from keras_seq.tasks.next_frame.image_quality import psnr
    >>> psnr(np.zeros((1, 4, 4, 1), "float32"), np.full((1, 4, 4, 1), 0.1, "float32"))
    array([20.], dtype=float32)
    """
    tensorflow_on_host()
    if mask is None:
        found = tf.image.psnr(truth, predicted, 1.0).numpy()
    else:
        found = [
            tf.image.psnr(a[seen][None], b[seen][None], 1.0).numpy()
            for a, b, seen in zip(truth, predicted, mask, strict=True)
        ]
    return np.minimum(found, np.float32(_BEST_PSNR))
