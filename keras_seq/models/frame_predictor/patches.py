"""Conversion between frames and patches, which are squares of pixels that become channels."""

from typing import Any

from keras import ops


def to_patches(frames: Any, patch_size: int) -> Any:
    """Frames (B, T, H, W, C) to patches of P x P pixels, (B, T, H/P, W/P, P P C).

    Frames are padded with zeros on the right and at the bottom to whole patches.

    Example:

    >>> from keras_seq.models.frame_predictor.patches import to_patches
    >>> tuple(to_patches(keras.ops.ones((2, 3, 4, 5, 1)), 2).shape)
    (2, 3, 2, 3, 4)
    """
    B, T, H, W, C = ops.shape(frames)
    if patch_size == 1:
        return frames
    frames = ops.pad(frames, [(0, 0), (0, 0), (0, -H % patch_size), (0, -W % patch_size), (0, 0)])
    h, w = -(-H // patch_size), -(-W // patch_size)
    x = ops.reshape(frames, (B * T, h, patch_size, w, patch_size, C))
    return ops.reshape(
        ops.transpose(x, (0, 1, 3, 2, 4, 5)), (B, T, h, w, C * patch_size * patch_size)
    )


def to_frames(patches: Any, patch_size: int, shape: tuple) -> Any:
    """Patches to frames with the H, W and C of `shape`, (B, T, H, W, C).

    Example:

    >>> from keras_seq.models.frame_predictor.patches import to_frames
    >>> tuple(to_frames(keras.ops.ones((2, 3, 2, 3, 4)), 2, (2, 3, 4, 5, 1)).shape)
    (2, 3, 4, 5, 1)
    """
    if patch_size == 1:
        return patches
    B, T, h, w, _ = ops.shape(patches)
    H, W, C = shape[2:]
    x = ops.transpose(
        ops.reshape(patches, (B * T, h, w, patch_size, patch_size, C)), (0, 1, 3, 2, 4, 5)
    )
    return ops.reshape(x, (B, T, h * patch_size, w * patch_size, C))[:, :, :H, :W]
