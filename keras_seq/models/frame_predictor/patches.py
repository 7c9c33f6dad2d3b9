"""Frames as patches, squares of pixels that become channels, and back."""

from keras import ops


def patches_of(frames, side):
    """(B, T, H, W, C) as patches of P by P pixels, (B, T, H/P, W/P, P P C).

    Frames are filled up with zeros, at the right and at the bottom, to whole patches.

    Example:

    >>> from keras_seq.models.frame_predictor.patches import patches_of
    >>> tuple(patches_of(keras.ops.ones((2, 3, 4, 5, 1)), 2).shape)
    (2, 3, 2, 3, 4)
    """
    B, T, H, W, C = ops.shape(frames)
    if side == 1:
        return frames
    frames = ops.pad(frames, [(0, 0), (0, 0), (0, -H % side), (0, -W % side), (0, 0)])
    h, w = -(-H // side), -(-W // side)
    x = ops.reshape(frames, (B * T, h, side, w, side, C))
    return ops.reshape(ops.transpose(x, (0, 1, 3, 2, 4, 5)), (B, T, h, w, C * side * side))


def frames_of(patches, side, shape):
    """Patches back as frames of the H, W and C of `shape`, (B, T, H, W, C).

    Example:

    >>> from keras_seq.models.frame_predictor.patches import frames_of
    >>> tuple(frames_of(keras.ops.ones((2, 3, 2, 3, 4)), 2, (2, 3, 4, 5, 1)).shape)
    (2, 3, 4, 5, 1)
    """
    if side == 1:
        return patches
    B, T, h, w, _ = ops.shape(patches)
    H, W, C = shape[2:]
    x = ops.transpose(ops.reshape(patches, (B * T, h, w, side, side, C)), (0, 1, 3, 2, 4, 5))
    return ops.reshape(x, (B, T, h * side, w * side, C))[:, :, :H, :W]
